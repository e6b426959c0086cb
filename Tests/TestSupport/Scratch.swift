// A directory of its own for a test that needs files; gone when the test is.

import FoundationEssentials

package final class Scratch {
  package let directory: String

  package init() throws {
    directory = FileManager.default.temporaryDirectory.path + "/engram-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  package func path(_ name: String) -> String { directory + "/" + name }

  package func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: path(name)))
    return path(name)
  }

  package func read(_ name: String) throws -> [UInt8] { try Self.read(path: path(name)) }

  package static func read(path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path)))
  }

  /// 0 for a missing file.
  package func size(_ name: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path(name))
    return attributes?[.size] as? Int ?? 0
  }

  package func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }
}
