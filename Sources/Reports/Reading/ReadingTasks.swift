// Pieces of reading that several connections to one state of a file share, each worked on by whoever is free.

internal import Basics
internal import SQLiteKit
internal import Synchronization
internal import Warehouse

/// What a piece gives, once all are done.
final class Awaited<Value> {
  fileprivate var found: Value?

  var value: Value {
    guard let found else { preconditionFailure("Every piece has been worked on.") }
    return found
  }
}

/// In the order in which they begin: what takes longest stands first.
struct ReadingTasks {
  private var tasks: [(borrowing Connection) throws -> Void] = []

  /// - Parameter body: Uses nothing that another piece changes.
  mutating func add<Value>(_ body: @escaping (borrowing Connection) throws -> Value) -> Awaited<
    Value
  > {
    let awaited = Awaited<Value>()
    tasks.append { awaited.found = try body($0) }
    return awaited
  }

  /// Works on all of them, on `connection` and, on threads of their own, on `others`.
  /// - Throws: What the first piece that failed throws, damage of the file's numbers before all else.
  func perform(_ connection: borrowing Connection, beside others: [WarehouseReader]) throws {
    let failures = Mutex<[Int: any Error]>([:])
    Parallel.run(tasks.count, threads: others.count + 1) { worker, item in
      do {
        if worker == 0 {
          try tasks[item](connection)
        } else {
          try others[worker - 1].read { try tasks[item]($0.connection) }
        }
      } catch {
        failures.withLock { $0[item] = error }
      }
    }
    let found = failures.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value)
    let damage = found.first {
      if case WarehouseError.corrupt = $0 { true } else { false }
    }
    if let failure = damage ?? found.first { throw failure }
  }
}
