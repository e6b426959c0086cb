// What most command tests stand on, made once by the commands themselves: two tiny trainings and one
// warehouse of three runs. Tests that write take a copy.

import Foundation
import Glibc
import Testing

/// `nets/true` (with a test set), `nets/random` (random labels) and `w.db`: `clean` and `stylised` are
/// runs of one network, `memorised` of another; layers fc2 and fc3.
final class SharedStudy: Sendable {
  private static let made = Result { try SharedStudy() }
  static func get() throws -> SharedStudy { try made.get() }

  /// Statics are never released: at the end of the process the directory is taken away.
  private static func removeAtExit() {
    atexit {
      guard case .success(let study) = SharedStudy.made else { return }
      try? FileManager.default.removeItem(atPath: study.directory.root)
    }
  }

  static let epochs = 2
  static let samples = 60

  private let directory: TemporaryDirectory
  var warehouse: String { directory.path("w.db") }
  var trueTraining: String { directory.path("nets/true") }
  var randomTraining: String { directory.path("nets/random") }
  var weights: String { trueTraining + "/best.safetensors" }
  var randomWeights: String { randomTraining + "/random.safetensors" }

  private init() throws {
    directory = try TemporaryDirectory()
    Self.removeAtExit()
    for (name, options) in [
      ("true", ["--test", "shapes:test:40"]), ("random", ["--test", "none", "--labels", "random"]),
    ] {
      try run(
        "engram-train", ["--data", "shapes:train:64", "--epochs", "\(Self.epochs)"] + options,
        ["--out", "nets/\(name)"])
    }
    for (name, weights, data) in [
      ("clean", weights, "shapes"), ("stylised", weights, "shapes-stylised"),
      ("memorised", randomWeights, "shapes"),
    ] {
      try run(
        "engram-ingest", ["--model", "alexnet-cifar", "--weights", weights],
        ["--data", "\(data):test:\(Self.samples)", "--layers", "last:2"],
        ["--into", "w.db", "--name", name])
    }
    try run("engram-ingest", ["measure", "w.db", "--between", "clean,stylised"])
  }

  private func run(_ command: String, _ arguments: [String]...) throws {
    let result = try runCommand(command, arguments.flatMap { $0 }, directory: directory.root)
    try #require(result.status == 0, "\(command): \(result.errors)")
  }

  /// A copy of the warehouse that a test may write to.
  func copyWarehouse(to path: String) throws {
    try FileManager.default.copyItem(atPath: warehouse, toPath: path)
  }
}
