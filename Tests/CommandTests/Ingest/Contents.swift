// What a warehouse says, apart from when it was written: for tests that two ways lead to the same one.

import SQLiteKit
import TestSupport
import Warehouse

/// Every row of every table with its ids, without times; those of samples by their keys, for their order is the
/// pages'.
func contents(_ path: String) throws -> [String: [[Value]]] {
  var tables: [String: [[Value]]] = [:]
  for row in try rows(path, "select name from sqlite_schema where type = 'table'") {
    guard case .text(let table) = row[0], !table.hasPrefix("sqlite_") else { continue }
    let columns = try rows(
      path,
      """
      select group_concat(name) from pragma_table_info('\(table)')
      where name not in ('started_at', 'completed_at', 'activation_id', 'significance_id')
      """)
    guard case .text(let names)? = columns.first?.first else { continue }
    let order = names.split(separator: ",").prefix(3).joined(separator: ", ")
    // Blobs by their length and checksum.
    let shown = names.split(separator: ",").map { name in
      ["x", "z", "bits", "counts", "weight", "bias"].contains(String(name))
        ? "length(\(name)), engram_checksum(\(name))" : String(name)
    }
    tables[table] = try rows(
      path, "select \(shown.joined(separator: ", ")) from \(table) order by \(order)")
  }
  return tables
}

/// The tables in which two warehouses differ, each with the first row that does.
func differences(_ a: [String: [[Value]]], _ b: [String: [[Value]]]) -> [String] {
  difference(a, b)?.split(separator: "\n").map { String($0) } ?? []
}
