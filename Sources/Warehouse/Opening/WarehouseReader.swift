// Several connections that read one state of a file side by side.

internal import SQLiteKit

/// A connection of its own, in a transaction that ends with it.
package final class WarehouseReader: Sendable {
  private let warehouse: Warehouse

  fileprivate init(_ warehouse: consuming Warehouse) { self.warehouse = warehouse }

  /// Calls `body` with the file, as it was when the reader was made.
  /// - Throws: What `body` throws, SQLite's errors as the file's.
  package func read<T>(_ body: (borrowing Warehouse) throws -> T) throws -> T {
    try warehouse.told { try body(warehouse) }
  }

  /// The same for who tells of errors in another way.
  func use<T>(_ body: (borrowing Warehouse) -> T) -> T { body(warehouse) }
}

extension Warehouse {
  /// So many readers of the state that is committed, whoever writes meanwhile; a single one where others write all the time.
  /// - Parameter areShared: Whether several threads may use one of them at a time.
  /// - Precondition: The connection is in no transaction.
  package func readers(_ count: Int, areShared: Bool = true) throws -> [WarehouseReader] {
    precondition(
      !connection.isInTransaction, "What is not committed is seen by its own connection alone.")
    func begin(_ count: Int) throws -> [WarehouseReader] {
      try (0..<count).map { _ in
        var file = try Warehouse.open(path, mode: .readOnly, isShared: areShared)
        file.stop(when: isStopped)
        try told { try file.connection.execute("begin; select count(*) from sqlite_schema") }
        return WarehouseReader(file)
      }
    }
    func version() throws -> Int? { try told { try connection.integer("pragma data_version") } }
    for _ in 0..<3 {
      let before = try version()
      let readers = try begin(count)
      if try version() == before { return readers }
    }
    return try begin(1)
  }
}
