// One list of detectors: the schema's view, the table's columns, the saved queries and the pages name these and no others.

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

  @Test func theViewNamesThem() {
    let named = SchemaSQL.views.matches(of: /select '([a-z-]+)'(?: as detector)?, ([01])/)
    #expect(named.map { String($0.1) } == Detector.stored.map(\.name))
    #expect(named.map { $0.2 == "1" } == Detector.stored.map(\.isOfLastLayer))
    for detector in Detector.stored {
      #expect(SchemaSQL.views.contains("when '\(detector.name)' then"), "\(detector.name)")
    }
  }

  @Test func theTableHasTheirScores() throws {
    let scratch = try Scratch()
    let warehouse = try Warehouse.open(scratch.path("w.db"), mode: .create)
    var rows = try warehouse.connection.prepare("select name from pragma_table_info('detector')")
    var columns: Set<String> = []
    while try rows.step() { columns.insert(rows.text(0)) }
    let keys: Set = [
      "detector_id", "run_id", "reference_run_id", "layer_id", "sample_id", "alpha",
      "mahalanobis_cutoff",
    ]
    #expect(columns.subtracting(keys) == Set(Detector.stored.compactMap(\.column)))
  }

  @Test func queriesAndPagesNameThem() throws {
    let curve = try #require(try SavedQuery.all().first { $0.name == "detector_curve" })
    let named = try #require(curve.parameter("detector")).meaning
    let names = Detector.stored.map(\.name)
    #expect(
      named.split { $0 == "," || $0 == " " }.map(String.init).filter { $0 != "or" } == names)
    for file in ["README.md", "Schema/README.md"] {
      let text = try page(file)
      for name in names { #expect(text.contains("`\(name)`"), "\(file) lacks \(name)") }
    }
  }
}
