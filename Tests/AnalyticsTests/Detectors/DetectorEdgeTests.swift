// What detectors make of input that their definitions leave open: no numbers, no labels, one class, one output, x = 0,
// directions without variance, fewer samples than neighbours.

import Analytics
import TestSupport
import Testing

@Suite struct DetectorEdgeTests {
  private func setting(
    inputs: Int = 6, outputs: Int = 3, reference: Int = 150, seed: UInt64 = 1
  ) throws -> DetectorSetting {
    try DetectorSetting(
      inputs: inputs, outputs: outputs, reference: reference, samples: 12, seed: seed)
  }

  private let ofLayer = Detector.all.filter(\.isOfLastLayer).map(ChosenDetector.init)

  @Test func `What is not finite has no score and teaches nothing`() throws {
    var setting = try setting()
    let clean = try setting.scores(ofLayer)
    let (d, c) = (setting.layer.inputs, setting.layer.outputs)
    setting.samples.x[4 * d + 1] = .nan
    setting.samples.z[7 * c] = .infinity
    // Rows put in between change nothing of what the others teach.
    setting.reference.x.insert(
      contentsOf: [.infinity] + [Float](repeating: 1, count: d - 1), at: 5 * d)
    setting.reference.z.insert(contentsOf: [Float](repeating: 0, count: c), at: 5 * c)
    setting.reference.labels?.insert(0, at: 5)
    setting.reference.x += [Float](repeating: 1, count: d)
    setting.reference.z += [Float](repeating: .nan, count: c)
    setting.reference.labels?.append(nil)
    let scores = try setting.scores(ofLayer)
    for (index, one) in ofLayer.enumerated() {
      var expected = clean[index]
      if one.detector.needs.contains(.inputs) { expected[4] = nil }
      expected[7] = nil
      #expect(difference(scores[index], expected) == nil, "\(one)")
    }
    var teaching = DetectorTeaching(ofLayer, layer: setting.layer, samples: 152)
    for block in setting.blocksOf(setting.reference, 40) { teaching.add(block) }
    #expect(teaching.leftOut == 2)
  }

  @Test func `Without labels some are not taught, and say so`() throws {
    var setting = try setting()
    setting.reference.labels = [Int?](repeating: nil, count: 150)
    let taught = setting.taught(ofLayer, blocks: 50)
    let failed = Set(taught.failures.map(\.detector.detector.name))
    #expect(
      failed == Set(Detector.all.filter { $0.lesson == .labels && $0.isOfLastLayer }.map(\.name)))
    for (one, reason) in taught.failures { #expect(reason.contains("label"), "\(one): \(reason)") }
    // Labels of no output teach what needs classes, not what needs outputs.
    setting.reference.labels = (0..<150).map { 3 + $0 % 2 }
    #expect(try setting.failure("mahalanobis") == nil)
    #expect(try setting.failure("she") == "no sample of the reference is predicted right")
    for name in ["itp", "nap"] {
      #expect(
        try setting.failure(name)
          == "no sample of the reference has a label that is one of the outputs")
    }
  }

  @Test func `Nothing finite teaches nothing`() throws {
    var setting = try setting()
    setting.reference.z = setting.reference.z.map { _ in .nan }
    let taught = setting.taught(ofLayer, blocks: 50)
    let failed = taught.failures.map(\.detector.detector.name)
    #expect(failed == Detector.all.filter { $0.isOfLastLayer && $0.lesson != .none }.map(\.name))
  }

  @Test func `A class that is never right has no score of SHE`() throws {
    var setting = try setting()
    setting.reference.labels = setting.reference.labels?.map { $0 == 1 ? 2 : $0 }
    let taught = setting.taught(try ChosenDetector.parse("she"), blocks: 50)
    let scores = setting.blocksOf(setting.samples, 12).map { taught.scores(of: $0)[0] }[0]
    let c = setting.layer.outputs
    let predicted = (0..<12).map { row in
      let own = Array(setting.samples.z[row * c..<(row + 1) * c])
      return own.firstIndex(of: own.max() ?? 0)
    }
    #expect(predicted.contains(1))
    for (score, output) in zip(scores, predicted) { #expect((score == nil) == (output == 1)) }
    #expect(taught.notes.count == 1 && taught.notes[0].hasPrefix("she: no sample"))
  }

  @Test func `A class without samples has no pattern and is not pruned`() throws {
    var setting = try setting()
    setting.reference.labels = setting.reference.labels?.map { $0 == 1 ? nil : $0 }
    let chosen = try ChosenDetector.parse("nap,itp:percentile=100,itp:percentile=0,lambda=1000")
    let taught = setting.taught(chosen, blocks: 50)
    #expect(taught.notes.map { String($0.prefix(4)) } == ["nap:", "itp:", "itp:"])
    let d = setting.layer.inputs
    for (row, score) in try setting.scores("nap").enumerated() {
      let own = setting.samples.z[row * 3..<(row + 1) * 3]
      if own.firstIndex(of: own.max() ?? 0) == row * 3 + 1 { #expect(score == -Double(d)) }
    }
  }

  @Test func `x = 0 has a score of every detector`() throws {
    var setting = try setting()
    let d = setting.layer.inputs
    setting.samples.x.replaceSubrange(0..<d, with: [Float](repeating: 0, count: d))
    let scores = try setting.scores(ofLayer)
    for (one, scores) in zip(ofLayer, scores) { #expect(scores[0] != nil, "\(one)") }
    func score(_ name: String) -> Double? {
      ofLayer.firstIndex { $0.description == name }.flatMap { scores[$0][0] }
    }
    // Every x̂ of the reference is at distance 1; nothing of W x is left but b.
    #expect(isClose(score("knn") ?? 0, -1, relative: 1e-12))
    #expect(score("nnguide") == 0 && score("she") == 0 && score("gradnorm") == 0)
    #expect(score("scale") == score("ash-b") && score("scale") == score("react"))
  }

  @Test func `The mean of the reference has a score`() throws {
    var setting = try setting(inputs: 2, reference: 150)
    // Whole numbers: their mean is a Float32.
    setting.reference.x = (0..<300).map { Float($0 % 4 + 1) }
    setting.samples.x.replaceSubrange(0..<2, with: [2, 3])
    let nci = try setting.scores("nci")
    let fdbd = try setting.scores("fdbd")
    #expect(nci[0] == 0)
    #expect((fdbd[0] ?? 0) > 1e6)
  }

  @Test func `One output tells nothing, and nothing breaks`() throws {
    let setting = try setting(outputs: 1)
    let scores = try setting.scores(ofLayer)
    for (one, scores) in zip(ofLayer, scores) {
      #expect(scores.allSatisfy { $0 != nil }, "\(one)")
      let constant = [
        "max-softmax": 1.0, "entropy": 0, "gen": 0, "kl-matching": 0, "odin": 1, "fdbd": 0,
        "gradnorm": 0,
      ]
      if let expected = constant[one.description] {
        #expect(scores.allSatisfy { abs($0 ?? 9) == expected }, "\(one)")
      }
    }
  }

  @Test func `One class is enough`() throws {
    var setting = try setting()
    setting.reference.labels = setting.reference.labels?.map { _ in 0 }
    let near = try setting.scores("mahalanobis")
    let relative = try setting.scores("relative-mahalanobis")
    // The class is all there is.
    for (near, relative) in zip(near, relative) {
      #expect(abs(relative ?? 9) <= 1e-9 * abs(near ?? 0))
    }
  }

  @Test func `A direction without variance counts nothing`() throws {
    // Column 1 repeats column 0 and column 4 never differs: what the other columns say alone.
    var (full, least) = (try setting(), try setting(inputs: 4))
    func spread(_ samples: LayerSamples) -> [Float] {
      stride(from: 0, to: samples.x.count, by: 4).flatMap { start in
        let u = samples.x[start..<start + 4]
        return [u[start], u[start], u[start + 1], u[start + 2], 5, u[start + 3]]
      }
    }
    full.reference = least.reference
    full.samples = least.samples
    full.reference.x = spread(least.reference)
    full.samples.x = spread(least.samples)
    for name in ["mahalanobis", "relative-mahalanobis"] {
      let found = try full.scores(name)
      #expect(difference(found, try least.scores(name), absolute: 1e-6, relative: 1e-6) == nil)
      // Away from where the reference lies: nothing.
      full.samples.x[4] = 1000
      #expect(difference(try full.scores(name), found, absolute: 1e-6, relative: 1e-6) == nil)
      full.samples.x[4] = 5
    }
  }

  @Test func `Too few samples or too many directions are told`() throws {
    let setting = try setting(reference: 40)
    #expect(try setting.failure("knn")?.contains("take k=40 or less") == true)
    #expect(try setting.failure("nnguide")?.contains("take k=40 or less") == true)
    #expect(try setting.failure("knn:k=40") == nil)
    #expect(
      try setting.failure("vim:D=6") == "D is 6, and the layer has 6 inputs: take D=5 or less")
    #expect(try setting.failure("vim:D=5") == nil)
    // The k that is asked for is of samples that teach.
    var fewer = setting
    fewer.reference.x[0] = .nan
    #expect(try fewer.failure("knn:k=40")?.contains("take k=39 or less") == true)
    // Two directions, three taken away.
    var flat = setting
    flat.reference.x = (0..<40).flatMap { row in
      [Float(row % 7), Float(row % 5), 0, 0, 0, 0]
    }
    let reason = try flat.failure("vim:D=4")
    #expect(reason?.contains("does not spread beyond its 4 largest directions") == true)
  }

  @Test func `All of the reference is the k-th neighbour's distance`() throws {
    let setting = try setting(reference: 40)
    let scores = try setting.scores("knn:k=40")
    func unit(_ x: ArraySlice<Float>) -> [Double] {
      let norm = x.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      return x.map { Double($0) / norm }
    }
    for (row, score) in scores.enumerated() {
      let own = unit(setting.samples.x[row * 6..<(row + 1) * 6])
      let farthest = (0..<40).map { other in
        zip(own, unit(setting.reference.x[other * 6..<(other + 1) * 6])).reduce(0) {
          $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
        }
      }.max()
      #expect(isClose(-(score ?? 0), farthest ?? 0, relative: 1e-12))
    }
    // A sample of the reference is its own nearest, at 0.
    var same = setting
    same.samples = LayerSamples(
      x: Array(setting.reference.x[..<72]), z: Array(setting.reference.z[..<36]), labels: nil)
    #expect(try same.scores("knn:k=1").allSatisfy { $0 == 0 })
  }

  @Test func `The percentile of ReAct is exact, whatever the signs`() throws {
    var generator = TestGenerator(5)
    let layer = try LastLayer(inputs: 3, outputs: 1, weights: [1, 0, 0], bias: nil)
    // Of equal values there are many, and of numbers so close that they share the upper half of their bits.
    let x =
      generator.normals(240) + [Float](repeating: -0.0, count: 30)
      + [Float](repeating: 0, count: 30)
      + (0..<60).map { 1 + Float($0) * .ulpOfOne } + [
        -Float.leastNonzeroMagnitude, .leastNonzeroMagnitude, -3e38, 3e38, 1, 1,
      ]
    let z = [Float](repeating: 0, count: x.count / 3)
    let sorted = x.map(Double.init).sorted()
    let setting = DetectorSetting(
      layer: layer, reference: LayerSamples(x: x, z: z, labels: nil),
      samples: LayerSamples(x: [.greatestFiniteMagnitude, 0, 0], z: [0], labels: nil))
    for percent in [0, 12.5, 33, 50, 66, 77.7, 90, 99, 100] {
      let place = percent / 100 * Double(sorted.count - 1)
      let (low, high) = (sorted[Int(place)], sorted[min(Int(place) + 1, sorted.count - 1)])
      let expected = low + (high - low) * (place - place.rounded(.down))
      // With one output the energy is min(x, t).
      let score = try setting.scores("react:percentile=\(percent)")[0]
      #expect(isClose(score ?? .nan, expected, relative: 1e-12, floor: 1e-15), "\(percent)")
    }
  }

  @Test func `Sure predictions stay apart`() throws {
    var setting = try setting()
    // p = 1 to the last bit of a Float64, and yet not the same.
    let z: [[Float]] = (0..<12).map { [50 + Float($0), 0, -3] }
    setting.samples.z = z.flatMap(\.self)
    for name in ["entropy", "gen", "energy", "max-logit", "odin"] {
      let scores = try setting.scores(name).compactMap(\.self)
      #expect(scores == scores.sorted() && Set(scores).count == 12, "\(name): \(scores)")
    }
  }

  @Test func `Logits a thousand apart are finite`() throws {
    var setting = try setting()
    setting.samples.z = (0..<12).flatMap { [Float($0) * 1000, -2000, 3e30] }
    for (one, scores) in zip(ofLayer, try setting.scores(ofLayer)) {
      #expect(scores.allSatisfy { $0 != nil }, "\(one)")
    }
  }

  @Test func `A weight that is not finite has no detectors`() {
    #expect(throws: AnalyticsError.self) {
      try LastLayer(inputs: 1, outputs: 2, weights: [1, .nan], bias: nil)
    }
  }

  @Test func `A reference that does not fit is told before it is read`() throws {
    let setting = try setting()
    let teaching = DetectorTeaching(
      try ChosenDetector.parse("knn,energy"), layer: setting.layer, samples: 1 << 40)
    #expect(teaching.passes == 0)
    let taught = teaching.taught()
    #expect(taught.detectors.map(\.description) == ["energy"])
    #expect(taught.failures[0].reason.contains("take more than 4 GiB: take "))
  }
}
