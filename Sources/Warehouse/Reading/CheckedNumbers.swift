// Where whole numbers of a file enter: anything outside of what a column can mean is damage, said with its place, before
// something is allocated, multiplied or indexed by it.

internal import SQLiteKit

/// How large numbers of a warehouse get: beyond any real one, and small enough that no product of them overflows.
enum Limits {
  /// Samples, and positions among them.
  static let samples = 0...(1 << 40)
  /// Positions of classes, outputs and layers.
  static let positions = 0...Int(Int32.max)
  /// Of a run.
  static let shards = 1...(1 << 20)
}

extension Warehouse {
  /// The whole number in a column of the current row.
  /// - Parameter what: "run r: n_samples", for the error.
  /// - Throws: `WarehouseError.corrupt` where it is no whole number, or outside of `limits`.
  func whole(
    _ rows: borrowing Statement, _ column: Int, in limits: ClosedRange<Int>,
    _ what: @autoclosure () -> String
  ) throws -> Int {
    let type = rows.type(column)
    guard type == .integer, limits.contains(rows.int(column)) else {
      let found = type == .integer || type == .real ? rows.text(column) : "\(type)"
      throw WarehouseError.corrupt(
        path: path,
        message: "\(what()) is \(found), expected \(limits.lowerBound) to \(limits.upperBound)")
    }
    return rows.int(column)
  }

  /// The case that a column names.
  /// - Throws: `WarehouseError.corrupt` where it names none.
  func named<Name: RawRepresentable & CaseIterable>(
    _ rows: borrowing Statement, _ column: Int, _ what: @autoclosure () -> String
  ) throws -> Name where Name.RawValue == String {
    guard let name = Name(rawValue: rows.text(column)) else {
      throw WarehouseError.corrupt(
        path: path,
        message: "\(what()) is \"\(rows.text(column))\", expected "
          + Name.allCases.map(\.rawValue).joined(separator: " or "))
    }
    return name
  }
}
