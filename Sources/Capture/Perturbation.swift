// What is done to a data set's images before a run sees them: nothing, an attack on the network, or a shift.

internal import Basics
package import DataSets
package import Networks
internal import Synchronization
internal import Training

/// Part of a run's identity; its text stands in the warehouse.
package enum Perturbation: Hashable, Sendable, CustomStringConvertible {
  case none
  case attack(Attack)
  case shift(Shift)

  package var description: String {
    switch self {
    case .none: "none"
    case .attack(let attack): "\(attack)"
    case .shift(let shift): "\(shift)"
    }
  }

  /// What a run's name ends in when nobody names it.
  var suffix: String {
    switch self {
    case .none: ""
    case .attack(let attack): "/" + "\(attack)".prefix { $0 != ":" }
    case .shift(let shift): "/" + "\(shift)".prefix { $0 != "," }
    }
  }

  /// Throws if it cannot be done to these images, or not with this network.
  func check(_ data: ImageDataSet, _ network: Network) throws {
    switch self {
    case .none: break
    case .shift(let shift): try shift.check(data)
    case .attack(let attack):
      if let target = attack.target, target >= network.classCount {
        throw CaptureError(
          "attack \(attack): the target is an output, by name or by its position from 0 to \(network.classCount - 1)"
        )
      }
    }
  }
}

extension CaptureEngine {
  /// What an attack drives samples off: the output that says their class, else the one they are taken for.
  /// ODIN's step looks at none of them.
  private func attacked(_ positions: ArraySlice<Int>, _ images: BatchImages) throws -> [Int] {
    let answers = positions.map { self.answers[$0] }
    guard answers.contains(nil) else { return answers.compactMap(\.self) }
    let result = forward(images, capturing: false)
    return zip(answers, try predictions(result, at: positions)).map { $0 ?? $1.predicted }
  }

  /// The perturbed images of samples of the data set, in 0 … 255 (ODIN's step goes
  /// a little beyond), one after the other; nil where they are its own.
  func pixels(_ positions: ArraySlice<Int>, images: BatchImages) throws -> [Float]? {
    switch perturbation {
    case .none: return nil
    case .shift(let shift):
      let size = data.shape.count
      var pixels = [Float](repeating: 0, count: positions.count * size)
      let chunk = 16
      let parts = (positions.count + chunk - 1) / chunk
      let images = images.images
      let made = Mutex([[Float]](repeating: [], count: parts))
      Parallel.run(parts, threads: threads) { [data] _, part in
        let own = positions.indices.dropFirst(part * chunk).prefix(chunk)
        let shifted = own.flatMap {
          shift.apply(
            images[$0 - positions.startIndex], shape: data.shape, position: positions[$0])
        }
        made.withLock { $0[part] = shifted }
      }
      made.withLock { made in
        for (part, own) in made.enumerated() {
          pixels.replaceSubrange(part * chunk * size..<part * chunk * size + own.count, with: own)
        }
      }
      return pixels
    case .attack(let attack):
      return try network.attack(
        attack, pixels: images.images.flatMap { $0.map(Float.init) },
        labels: try attacked(positions, images), positions: Array(positions),
        pixelCount: data.shape.count,
        preprocessing: preprocessing.differentiable(for: data.shape), threads: threads
      ).pixels
    }
  }
}
