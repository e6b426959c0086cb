// A measure that is killed and made again: every measure is as if nothing had happened, and nothing is left beside the file.

import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct MeasureKillTests {
  @Test(arguments: [[], ["--bootstrap", "8"], ["--run", "stylised", "--detect", "clean"]])
  func `A killed measure is made again`(options: [String]) throws {
    try registerEngramFunctions()
    let scratch = try TemporaryDirectory()
    let (start, path) = (scratch.path("start.db"), scratch.path("w.db"))
    try SharedStudy.get().copyWarehouse(to: start)
    do {
      // Without what the command measures, so that whatever is there later was written by it.
      let connection = try Connection.open(start, mode: .readWrite)
      try connection.execute("delete from divergence where from_run_id <> to_run_id")
      for table in RunTable.measured where options.isEmpty {
        try connection.execute("delete from \(table.name)")
      }
      try connection.execute("pragma wal_checkpoint(truncate)")
    }
    let before = try contents(start, ids: false)
    var expected: [String: [[Value]]] = [:]
    try KillMoments(["measure", path] + options, in: scratch.root).walk(
      prepare: {
        try scratch.clear("w.db")
        try copy(start, to: path)
      },
      undisturbed: {
        expected = try contents(path, ids: false)
        #expect(difference(before, expected) != nil)
      },
      again: { moment, result in
        expectSuccess(result)
        #expect(try scratch.names("w.db") == ["w.db"], "killed at moment \(moment)")
        let different = difference(try contents(path, ids: false), expected)
        #expect(different == nil, "killed at moment \(moment)")
        try expectVerified(path)
      })
  }
}
