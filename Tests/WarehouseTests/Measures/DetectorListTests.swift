// One list of detectors: the saved queries and the page take these and no others.

import Analytics
import Queries
import SQLiteKit
import Schema
import TestSupport
import Testing
import Warehouse

@Suite struct DetectorListTests {
  private func page(_ name: String) throws -> String {
    String(decoding: try Scratch.read(path: packageDirectory() + "/" + name), as: UTF8.self)
  }

  @Test func queriesAndPagesNameThem() throws {
    let curve = try #require(try SavedQuery.all().first { $0.name == "detector_curve" })
    #expect(try #require(curve.parameter("detector")).domain?.column == "name")
    let names = Detector.all.map(\.name)
    for file in ["Schema/Detectors.md"] {
      let text = try page(file)
      for name in names { #expect(text.contains("`\(name)`"), "\(file) lacks \(name)") }
    }
  }
}
