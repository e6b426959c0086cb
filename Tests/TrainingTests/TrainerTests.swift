import NetworkTestSupport
import Networks
import TestSupport
import Testing
import Training
import WeightFiles

struct TrainerTests {
  private let samples = uniform(200 * 72, seed: 21)
  private let labels = (0..<200).map { $0 * 13 % 4 }

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = 48
    settings.learningRate = 0.1
    settings.decayEvery = 7
    return settings
  }

  private func run(_ trainer: Trainer, epochs: Int) -> [TrainingRecord] {
    (0..<epochs).map { _ in
      trainer.runEpoch(order: trainer.shuffledOrder(200), labels: labels) { position, sample in
        for i in 0..<72 { sample[i] = samples[position * 72 + i] }
      } onStep: { _ in
      }
    }
  }

  @Test func learnsItsSamplesByHeart() {
    var settings = settings
    settings.decayEvery = 391
    let trainer = Trainer(Network(.small, seed: 1), settings: settings, seed: 2)
    let records = run(trainer, epochs: 120)
    #expect(records[0].correct < 100)
    #expect(records[119].correct > 190)
    #expect(records[119].loss < 0.3 * records[0].loss)
    #expect(trainer.epoch == 120 && trainer.step == 600)
  }

  @Test func bitsDoNotDependOnThreads() {
    let results = [1, 2, 3].map { threads in
      let trainer = Trainer(
        Network(.small, seed: 1), settings: settings, seed: 2, threads: threads)
      return (run(trainer, epochs: 2), trainer.checkpoint())
    }
    for other in results.dropFirst() {
      #expect(difference(other.0, results[0].0) == nil)
      #expect(difference(other.1, results[0].1) == nil)
    }
  }

  @Test func twoStepsOfAlexNetDoNotDependOnThreads() {
    let inputs = uniform(80 * 2352, seed: 22)
    let files = [1, 2, 3].map { threads in
      var settings = TrainingSettings()
      settings.batchSize = 40
      let trainer = Trainer(
        Network(.alexNetCIFAR, seed: 1), settings: settings, seed: 2, threads: threads)
      _ = trainer.runEpoch(
        order: trainer.shuffledOrder(80), labels: (0..<80).map { $0 % 10 }
      ) { position, sample in
        for i in 0..<2352 { sample[i] = inputs[position * 2352 + i] }
      } onStep: { _ in
      }
      return trainer.checkpoint()
    }
    #expect(difference(files[1], files[0]) == nil && difference(files[2], files[0]) == nil)
  }

  @Test func resumedEqualsUninterrupted() throws {
    let whole = Trainer(Network(.small, seed: 1), settings: settings, seed: 2)
    let first = run(whole, epochs: 2)
    let file = try WeightFile(
      decoding: whole.checkpoint(metadata: ["note": "mine"]).encoded(), path: "memory")
    #expect(file.metadata["note"] == "mine")
    let resumed = try Trainer(resuming: file, path: "memory", architecture: .small)
    #expect(resumed.settings == settings && resumed.epoch == 2 && resumed.step == 10)
    #expect(first.count == 2)
    #expect(difference(run(resumed, epochs: 2), run(whole, epochs: 2)) == nil)
    #expect(difference(resumed.checkpoint(), whole.checkpoint()) == nil)
  }

  @Test func checkpointsWithoutTheirStateAreRefused() {
    let trainer = Trainer(Network(.small, seed: 1), settings: settings, seed: 2)
    let whole = trainer.checkpoint()
    for key in whole.metadata.keys where key.hasPrefix("training.") {
      var file = whole
      file.metadata[key] = "x"
      let error = #expect(throws: NetworkError.self) {
        try Trainer(resuming: file, path: "w", architecture: .small)
      }
      #expect(error?.description.contains(key) == true)
    }
    var file = whole
    file.tensors["momentum.fc2.bias"] = nil
    let error = #expect(throws: NetworkError.self) {
      try Trainer(resuming: file, path: "w", architecture: .small)
    }
    #expect(error?.description.contains("fc2.bias is missing") == true)
  }

  @Test(arguments: [
    ("step", "\(Int.max)"), ("step", "-1"), ("epoch", "\(Int.max)"), ("batch_size", "65536"),
    ("batch_size", "0"), ("decay_every", "0"), ("learning_rate", "nan"), ("decay", "inf"),
  ])
  func checkpointsWithHostileStateAreRefused(key: String, value: String) {
    var file = Trainer(Network(.small, seed: 1), seed: 2).checkpoint()
    file.metadata["training.\(key)"] = value
    #expect(throws: NetworkError.self) {
      try Trainer(resuming: file, path: "w", architecture: .small)
    }
  }

  /// One step against the formula, from gradients that other tests compare with PyTorch.
  @Test func stepsFollowMomentum() throws {
    let network = Network(.small, seed: 1)
    let reference = Network(.small, seed: 1)
    let trainer = Trainer(network, settings: settings, seed: 2)
    var velocity: [String: [Float]] = [:]
    for step in 0..<3 {
      let order = Array(step * 48..<(step + 1) * 48)
      let gradients = reference.lossAndGradients(
        Array(samples[step * 48 * 72..<(step + 1) * 48 * 72]),
        labels: Array(labels[order[0]...order[47]])
      ).parameters
      var tensors = reference.tensors
      for (name, gradient) in gradients {
        let old = velocity[name] ?? Array(repeating: 0, count: gradient.values.count)
        let new = zip(old, gradient.values).map { Float(0.9) * $0 + $1 }
        velocity[name] = new
        let weights = tensors[name]?.values ?? []
        tensors[name] = Tensor(
          shape: gradient.shape, values: zip(weights, new).map { $0 - Float(0.1) * $1 })
      }
      try reference.load(tensors, path: "reference")
      _ = trainer.runEpoch(order: order, labels: labels) { position, sample in
        for i in 0..<72 { sample[i] = samples[position * 72 + i] }
      } onStep: { _ in
      }
    }
    for (name, tensor) in reference.tensors {
      let found = try #require(network.tensor(name)).values
      #expect(relativeError(found, tensor.values) < 1e-5, "\(name)")
    }
  }

  @Test func theRateDecaysPerSteps() {
    var settings = TrainingSettings()
    #expect(settings.learningRate(step: 0) == 0.01 && settings.learningRate(step: 390) == 0.01)
    #expect(abs(settings.learningRate(step: 391 * 60) - 0.000460698) < 1e-8)
    settings.decayEvery = 10
    #expect(abs(settings.learningRate(step: 29) - 0.01 * 0.95 * 0.95) < 1e-15)
    let plain = (0..<77).reduce(0.01) { rate, _ in rate * 0.95 }
    #expect(abs(settings.learningRate(step: 770) / plain - 1) < 1e-14)
    // The largest step that a checkpoint may hold, at a decay that takes all of them.
    settings.decayEvery = 1
    settings.decay = 1 - 1e-12
    #expect(abs(settings.learningRate(step: 1 << 40) - 0.00333) < 1e-5)
  }
}
