// The folder a training writes: which files it holds and what they say. Their format is Networks'.

internal import Basics
internal import FoundationEssentials
internal import Networks
package import WeightFiles

/// The states of a network that a training keeps.
package enum TrainingState: String, Sendable {
  case untrained
  /// Highest test accuracy.
  case best
  /// The end of a training on true labels.
  case overtrained
  /// The end of a training on labels that are random, wholly or in part.
  case random
}

/// `untrained`, `best` and `overtrained` (or `random`) weights, the checkpoint and the log.
package struct TrainingFolder: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// The path of a state's weight file.
  package func file(_ state: TrainingState) -> String { "\(path)/\(state.rawValue).safetensors" }
  package var checkpoint: String { "\(path)/checkpoint.safetensors" }
  package var log: String { "\(path)/log.jsonl" }

  private var files: [String] {
    [.untrained, .best, .overtrained, .random].map(file) + [checkpoint, log]
  }

  /// The checkpoint that lies here.
  func readCheckpoint() throws -> WeightFile {
    guard FileManager.default.fileExists(atPath: checkpoint) else {
      throw TrainingError("\(path): expected a training's checkpoint to resume, found none")
    }
    return try WeightFile.read(checkpoint)
  }

  /// The history of the training whose checkpoint lies here.
  package func history() throws -> TrainingHistory {
    try Self.history(of: readCheckpoint(), at: checkpoint)
  }

  /// The training's history in a weight file's metadata.
  ///
  /// - Throws: `TrainingError` where there is none or it cannot be read.
  package static func history(of file: WeightFile, at path: String) throws -> TrainingHistory {
    guard let text = file.metadata["training"], let history = try? TrainingHistory(json: text)
    else {
      throw TrainingError(
        "\(path): expected a training's history in its metadata, found "
          + (file.metadata["training"] == nil ? "none" : "one that cannot be read"))
    }
    return history
  }

  /// Throws if a training lies here that a new one would overwrite.
  func checkIsFree() throws {
    guard let file = files.first(where: FileManager.default.fileExists(atPath:)) else { return }
    guard let found = try? history() else {
      throw TrainingError("\(path): holds \(file) already; replace it with --force")
    }
    throw TrainingError(
      found.isFinished
        ? "\(path): holds a finished training of \(found.epochs.count) epochs; replace it with "
          + "--force, or train on with --resume --epochs N"
        : "\(path): holds a training of \(found.epochs.count) of \(found.options.epochs) epochs; "
          + "continue it with --resume or replace it with --force")
  }

  /// Keeps other trainings out of the folder while the lock is held; makes it where it is missing.
  ///
  /// - Throws: `TrainingError` where another training is at work in it, or it cannot be written.
  func lock() throws -> FolderLock {
    let lock: FolderLock?
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      lock = try FolderLock(path)
    } catch {
      throw TrainingError("\(path): expected a folder that can be written, found otherwise")
    }
    guard let lock else {
      throw TrainingError(
        "\(path): expected a folder that nobody trains into, found another training at work; name another --out, or "
          + "wait for it to end")
    }
    return lock
  }

  /// Takes away what an earlier training left.
  func clear() throws {
    do {
      for file in files where FileManager.default.fileExists(atPath: file) {
        try FileManager.default.removeItem(atPath: file)
      }
    } catch {
      throw TrainingError("\(path): expected a folder that can be written, found otherwise")
    }
  }

  func writeLog(_ history: TrainingHistory) throws {
    do {
      try Data(try history.logLines().utf8).write(to: URL(filePath: log), options: .atomic)
    } catch {
      throw TrainingError("\(log): the log cannot be written")
    }
  }
}
