// One team's memory for attacks, and the way of one block through all restarts and steps.

internal import Basics
internal import CKernels

/// What all blocks of an attack share.
struct AttackJob: Sendable {
  let attack: Attack
  let pixels: [Float]
  let labels: [Int]
  let positions: [Int]
  let pixelCount: Int
  let preprocessing: PixelPreprocessing

  /// What a sample's loss is measured against.
  func goal(_ sample: Int) -> Int { attack.target ?? labels[sample] }

  /// Each start's own generator: SplitMix64(seed: m(m(m(seed) ^ position) ^ restart)), where m(s)
  /// is the first number of SplitMix64(seed: s) and restarts count from 0.
  func generator(_ sample: Int, restart: Int) -> SplitMix64 {
    var state = attack.seed
    for word in [0, positions[sample], restart] {
      var mixer = SplitMix64(seed: state ^ UInt64(word))
      state = mixer.next()
    }
    return SplitMix64(seed: state)
  }
}

/// Used for one block at a time.
@safe
final class AttackPass {
  private let job: AttackJob
  private let team: Team
  private let ball: PixelBall
  /// source, current, lower and upper of every image of the block.
  private let images: FloatStorage
  private let inputGradient: FloatStorage
  private let pixelGradient: FloatStorage
  private let logits: FloatStorage

  init(_ job: AttackJob, team: Team) {
    self.job = job
    self.team = team
    ball = PixelBall(job.attack)
    let program = team.leader.program
    images = FloatStorage(count: 4 * blockSize * job.pixelCount)
    inputGradient = FloatStorage(count: blockSize * program.architecture.input.count)
    pixelGradient = FloatStorage(count: job.pixelCount)
    logits = FloatStorage(count: blockSize * program.outputCount)
  }

  /// Up to a block of samples.
  func run(_ samples: Range<Int>) -> AttackResult {
    load(samples)
    var worst = AttackResult(pixels: [], losses: [], predicted: [])
    for restart in 0..<job.attack.restarts {
      start(samples, restart: restart)
      for _ in 0..<job.attack.steps { step(samples) }
      let outcome = outcome(samples)
      if restart == 0 {
        worst = outcome
      } else {
        for row in 0..<samples.count where isWorse(outcome, worst, row, samples) {
          worst.replace(row, by: outcome, pixelCount: job.pixelCount)
        }
      }
    }
    return worst
  }

  private func image(_ row: Int) -> AttackedImage {
    let size = job.pixelCount
    let base = unsafe images.base + 4 * row * size
    return unsafe AttackedImage(
      count: size, source: base, current: base + size, lower: base + 2 * size,
      upper: base + 3 * size)
  }

  private func load(_ samples: Range<Int>) {
    for (row, sample) in samples.enumerated() {
      let image = image(row)
      for i in 0..<job.pixelCount {
        unsafe image.source[i] = job.pixels[sample * job.pixelCount + i]
      }
      ball.setBounds(image)
    }
  }

  private func start(_ samples: Range<Int>, restart: Int) {
    for (row, sample) in samples.enumerated() {
      let image = image(row)
      switch job.attack.start {
      case .zero: unsafe image.current.update(from: image.source, count: image.count)
      case .random:
        var generator = job.generator(sample, restart: restart)
        ball.start(image, generator: &generator)
      }
    }
  }

  private func step(_ samples: Range<Int>) {
    forward(samples)
    unsafe team.leader.seed(logits.base, count: samples.count) { row, logits, gradient in
      if let temperature = job.attack.temperature {
        // Its sign alone counts: a scale of T keeps the gradient's size what it is without one.
        _ = SoftmaxCrossEntropy.backward(
          logits, label: SoftmaxCrossEntropy.prediction(logits), temperature: temperature,
          scale: temperature, gradient: &gradient)
      } else {
        _ = SoftmaxCrossEntropy.backward(
          logits, label: job.goal(samples.lowerBound + row), scale: 1, gradient: &gradient)
      }
    }
    unsafe team.backward(
      first: 0, count: samples.count, parameterGradient: nil, spare: nil,
      inputGradient: inputGradient.base)
    let inputs = team.leader.program.architecture.input.count
    for row in 0..<samples.count {
      let image = image(row)
      let pixels = unsafe UnsafeBufferPointer(start: image.current, count: image.count)
      let gradient = unsafe UnsafeBufferPointer(
        start: inputGradient.base + row * inputs, count: inputs)
      let buffer = unsafe UnsafeMutableBufferPointer(
        start: pixelGradient.base, count: image.count)
      var pulled = unsafe buffer.mutableSpan
      unsafe job.preprocessing.pullback(pixels.span, gradient.span, &pulled)
      unsafe ball.step(
        image, along: pixelGradient.base, sign: job.attack.descends ? -1 : 1)
    }
  }

  /// The network at the block's current pixels; its outputs are in `logits` then.
  private func forward(_ samples: Range<Int>) {
    team.forward(first: 0, count: samples.count) { row, input in
      let image = image(row)
      let pixels = unsafe UnsafeBufferPointer(start: image.current, count: image.count)
      unsafe job.preprocessing.apply(pixels.span, &input)
    }
    unsafe team.leader.copyOutput(count: samples.count, to: logits.base)
  }

  private func outcome(_ samples: Range<Int>) -> AttackResult {
    forward(samples)
    var result = AttackResult(pixels: [], losses: [], predicted: [])
    result.pixels.reserveCapacity(samples.count * job.pixelCount)
    let classes = team.leader.program.outputCount
    for (row, sample) in samples.enumerated() {
      let output = unsafe UnsafeBufferPointer(start: logits.base + row * classes, count: classes)
      result.losses.append(
        unsafe SoftmaxCrossEntropy.loss(output.span, label: job.goal(sample)))
      result.predicted.append(unsafe SoftmaxCrossEntropy.prediction(output.span))
      let image = image(row)
      unsafe result.pixels += UnsafeBufferPointer(start: image.current, count: image.count)
    }
    return result
  }

  /// Fooled counts before not fooled, then the loss decides.
  private func isWorse(
    _ new: AttackResult, _ old: AttackResult, _ row: Int, _ samples: Range<Int>
  ) -> Bool {
    let goal = job.goal(samples.lowerBound + row)
    let isTargeted = job.attack.target != nil
    let isFooled = (new: new.predicted[row] == goal, old: old.predicted[row] == goal)
    if isFooled.new != isFooled.old { return isFooled.new == isTargeted }
    return isTargeted ? new.losses[row] < old.losses[row] : new.losses[row] > old.losses[row]
  }
}
