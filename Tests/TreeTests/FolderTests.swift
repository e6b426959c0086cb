// Folders stay small enough to look through: a mixed one has 25 source files at most. Lists of one kind may grow.

import Foundation
import TestSupport
import Testing

@Suite struct FolderTests {
  @Test func `No folder of Sources has more than 25 source files`() throws {
    var counts: [String: Int] = [:]
    for file in try sourceFiles() where [".swift", ".c", ".h"].contains(where: file.hasSuffix) {
      counts[file.split(separator: "/").dropLast().joined(separator: "/"), default: 0] += 1
    }
    #expect(counts.count > 30)
    let lists: Set = [
      "Sources/Analytics/Detectors", "Sources/Networks/Layers", "Sources/Networks/Architectures",
      "Sources/DataSets/Shifts",
    ]
    for (folder, count) in counts where !lists.contains(folder) {
      #expect(count <= 25, "\(folder) has \(count) files")
    }
  }
}
