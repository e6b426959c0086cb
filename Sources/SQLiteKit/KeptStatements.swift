// Statements that are prepared once and asked again and again. Leaves out a bound: whoever keeps statements has few texts.

internal import CSQLite
internal import Synchronization

/// A connection's statements at rest, by their text.
final class KeptStatements: Sendable {
  private let resting = Mutex<[String: KeptStatement]>([:])

  func take(_ sql: String) -> KeptStatement? { resting.withLock { $0.removeValue(forKey: sql) } }
  func keep(_ statement: KeptStatement, _ sql: String) { resting.withLock { $0[sql] = statement } }
}

/// One that a dictionary can hold; whoever has taken it is alone with it.
final class KeptStatement: @unchecked Sendable {
  fileprivate var statement: Statement

  init(_ statement: consuming Statement) { self.statement = statement }
}

extension Connection {
  /// Calls `body` with the statement of that text, which is prepared when it is asked for the first time and stays with the
  /// connection, its parameters null. A call within `body` for the same text has a statement of its own.
  package func keeping<T>(_ sql: String, _ body: (inout Statement) throws -> T) throws -> T {
    let kept = try statements.take(sql) ?? KeptStatement(prepare(sql))
    defer {
      kept.statement.reset()
      kept.statement.clearBindings()
      statements.keep(kept, sql)
    }
    return try body(&kept.statement)
  }
}

extension Statement {
  fileprivate mutating func clearBindings() { unsafe sqlite3_clear_bindings(handle) }
}
