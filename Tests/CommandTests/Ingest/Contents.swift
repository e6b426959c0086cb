// What a warehouse says, apart from when it was written: for tests that two ways lead to the same one.

import SQLiteKit
import TestSupport
import Testing
import Warehouse

/// Every row of every table with its ids, without times; those of samples by their keys, for their order is the
/// pages'.
/// - Parameter ids: False leaves out the ids of measures' rows, which are other ones when they are measured again.
func contents(_ path: String, ids: Bool = true) throws -> [String: [[Value]]] {
  var tables: [String: [[Value]]] = [:]
  for row in try rows(path, "select name from sqlite_schema where type = 'table'") {
    guard case .text(let table) = row[0], !table.hasPrefix("sqlite_") else { continue }
    let columns = try rows(
      path,
      """
      select group_concat(name) from pragma_table_info('\(table)')
      where name not in ('started_at', 'completed_at', 'activation_id', 'significance_id')
      """)
    guard case .text(let all)? = columns.first?.first else { continue }
    let isMeasure = RunTable.measured.contains { $0.name == table }
    let names = all.split(separator: ",").filter { ids || !isMeasure || $0 != table + "_id" }
    let order = names.prefix(ids || !isMeasure ? 3 : names.count).joined(separator: ", ")
    // Blobs by their length and checksum.
    let shown = names.map { name in
      ["x", "z", "bits", "counts", "weight", "bias"].contains(String(name))
        ? "length(\(name)), engram_checksum(\(name))" : String(name)
    }
    tables[table] = try rows(
      path, "select \(shown.joined(separator: ", ")) from \(table) order by \(order)")
  }
  return tables
}

/// Notes the tables in which two warehouses differ, each with its first row that does.
func expectSame(
  _ found: [String: [[Value]]], _ expected: [String: [[Value]]], _ place: String = "",
  location: SourceLocation = #_sourceLocation
) {
  if let different = difference(found, expected) {
    Issue.record("\(place): \(different)", sourceLocation: location)
  }
}
