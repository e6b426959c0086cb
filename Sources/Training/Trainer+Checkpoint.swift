// A trainer's whole state as a weight file, and back.

internal import Basics
package import Networks
package import WeightFiles

extension Trainer {
  private static let velocityPrefix = "momentum."

  /// Parameters, momentum ("momentum." + the parameter's name), and as metadata the settings, the
  /// counters and the generator's state. `metadata` is the caller's own and comes back with the
  /// file.
  package func checkpoint(metadata: [String: String] = [:]) -> WeightFile {
    var file = network.weightFile(metadata: metadata)
    for (name, tensor) in optimiser.velocities {
      file.tensors[Self.velocityPrefix + name] = tensor
    }
    let state = [
      "epoch": "\(epoch)", "step": "\(step)", "generator": "\(generator.state)",
      "batch_size": "\(settings.batchSize)", "learning_rate": "\(settings.learningRate)",
      "momentum": "\(settings.momentum)", "decay": "\(settings.decay)",
      "decay_every": "\(settings.decayEvery)",
    ]
    for (key, value) in state { file.metadata["training.\(key)"] = value }
    return file
  }

  /// Continues where `checkpoint` was made: the following epochs give the bits they would have
  /// given.
  package convenience init(
    resuming file: WeightFile, path: String, architecture: Architecture? = nil,
    threads: Int = Parallel.processors
  ) throws {
    func value<T: LosslessStringConvertible>(_ key: String, _ type: T.Type) throws -> T {
      let text = file.metadata["training.\(key)"]
      guard let text, let value = T(text) else {
        throw NetworkError(
          "\(path): expected the metadata entry \"training.\(key)\", found "
            + "\(text.map { "\"\($0)\"" } ?? "none"); is it a training checkpoint?")
      }
      return value
    }
    var settings = TrainingSettings()
    settings.batchSize = try value("batch_size", Int.self)
    settings.learningRate = try value("learning_rate", Double.self)
    settings.momentum = try value("momentum", Double.self)
    settings.decay = try value("decay", Double.self)
    settings.decayEvery = try value("decay_every", Int.self)
    let epoch = try value("epoch", Int.self)
    let step = try value("step", Int.self)
    let generator = try value("generator", UInt64.self)
    // So few that no sum of them overflows in a training's life.
    let steps = 0..<(1 << 40)
    guard TrainingSettings.batchSizes.contains(settings.batchSize), settings.decayEvery > 0,
      steps.contains(epoch), steps.contains(step),
      [settings.learningRate, settings.momentum, settings.decay].allSatisfy(\.isFinite)
    else {
      throw NetworkError("\(path): expected sizes and counts of a training, found others.")
    }

    let prefix = Self.velocityPrefix
    var weights = file
    weights.tensors = file.tensors.filter { !$0.key.hasPrefix(prefix) }
    let network = try Network(weights, path: path, architecture: architecture)
    var velocities: [String: Tensor] = [:]
    for (name, tensor) in file.tensors where name.hasPrefix(prefix) {
      velocities[String(name.dropFirst(prefix.count))] = tensor
    }

    self.init(network, settings: settings, seed: generator, threads: threads)
    try optimiser.load(velocities, path: "\(path), momentum")
    self.epoch = epoch
    self.step = step
  }
}
