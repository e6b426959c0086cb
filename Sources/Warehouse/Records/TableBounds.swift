// Bounds of a table's numbers as numbers themselves, the widest that are no wider than any layer's own: what lies within them
// lies within its range, and nothing has to be looked up for it. Leaves out what they do not tell (ValueRange.isOutside does).

internal import Basics
internal import SQLiteKit

struct TableBounds {
  /// Of one column.
  struct Bound {
    let column: String
    let low: Double
    let high: Double
    /// Whether there is a number at all.
    let isExpected: Bool
    let isOptional: Bool
  }

  /// By kind, in the order of the table's ranges; of a table without kinds one entry without a kind.
  private let kinds: [(kind: MeasuredKind?, bounds: [Bound])]

  /// nil where the ranges hang on more than layers and kinds, and in a file without layers.
  init?(_ connection: borrowing Connection, _ table: RunTable) throws {
    let hasKinds = table.key.contains("kind")
    var kinds: [(kind: MeasuredKind?, bounds: [Bound])] = []
    for kind in hasKinds ? MeasuredKind.allCases.map(Optional.some) : [nil] {
      let texts = table.ranges.compactMap { $0.boundsOfEveryLayer(kind: kind) }
      guard texts.count == table.ranges.count, !texts.isEmpty else { return nil }
      var numbers = try connection.prepare(
        "select \(texts.map { "\($0.low), \($0.high), \($0.isExpected)" }.joined(separator: ", "))")
      _ = try numbers.step()
      // Of a warehouse without a layer nothing is known.
      guard (0..<numbers.columnCount).allSatisfy({ !numbers.isNull($0) }) else { return nil }
      let bounds = table.ranges.enumerated().map { index, range in
        Bound(
          column: range.column, low: numbers.double(3 * index), high: numbers.double(3 * index + 1),
          isExpected: numbers.int(3 * index + 2) != 0, isOptional: range.isOptional)
      }
      kinds.append((kind, bounds))
    }
    self.kinds = kinds
  }

  /// In SQL over the row `r`: true for every row out of range, and for those that only the bounds of their own layer can tell.
  /// Nothing in it is asked twice: SQLite then has little to do for a row.
  var isUncertain: String {
    kinds.map { kind, bounds in
      let inside = bounds.map(\.isInside).joined(separator: " and ")
      return kind.map { "not (r.kind is '\($0.rawValue)' and \(inside))" } ?? "not (\(inside))"
    }.joined(separator: " and ")
  }

  /// The same of rows that have `columns` first.
  func watched(beside columns: [String]) -> WatchedColumns {
    var all = columns
    func place(_ column: String) -> Int {
      if let place = all.firstIndex(of: column) { return place }
      all.append(column)
      return all.count - 1
    }
    let names = kinds.compactMap { $0.kind?.rawValue }
    return WatchedColumns(
      kindPlace: names.isEmpty ? nil : place("kind"), names: names,
      width: kinds[0].bounds.count,
      bounds: kinds.flatMap { kind in
        kind.bounds.map { bound in
          WatchedColumns.Bound(
            place: place(bound.column), low: bound.low, high: bound.high,
            isExpected: bound.isExpected, mayLack: bound.isOptional || !bound.isExpected)
        }
      }, added: Array(all[columns.count...]))
  }
}

extension TableBounds.Bound {
  /// True for every row within these bounds; false for those outside, or null where there need not be a number.
  fileprivate var isInside: String {
    let number = "r.\(column)"
    if !isExpected { return "\(number) is null" }
    let inside = "\(number) between \(low) and \(high)"
    return isOptional ? inside : "\(inside) and \(number) is not null"
  }
}

/// The columns that bounds are of, in rows of a sweep.
struct WatchedColumns {
  fileprivate struct Bound {
    let place: Int
    let low: Double
    let high: Double
    let isExpected: Bool
    let mayLack: Bool
  }

  /// Where the row says its kind; nil in a table without kinds.
  fileprivate let kindPlace: Int?
  fileprivate let names: [String]
  /// Of each kind, so many.
  fileprivate let width: Int
  fileprivate let bounds: [Bound]
  /// Columns that the sweep has to have beside its own.
  let added: [String]

  fileprivate init(
    kindPlace: Int?, names: [String], width: Int, bounds: [Bound], added: [String]
  ) {
    (self.kindPlace, self.names, self.added) = (kindPlace, names, added)
    (self.width, self.bounds) = (width, bounds)
  }

  /// Whether all numbers lie within.
  func areInside(_ rows: SweptRows) -> Bool {
    let (types, words, bounds, width) = (rows.types, rows.words, bounds, width)
    // By text, the first bound of the kind that it names.
    let firsts = rows.texts.map { text in
      names.firstIndex { $0.hasBytes(of: text) }.map { $0 * width }
    }
    for row in 0..<rows.count {
      var first = 0
      if let kindPlace {
        let place = row * rows.width + kindPlace
        guard types[place] == .text, words[place] >= 0, let own = firsts[words[place]] else {
          return false
        }
        first = own
      }
      var next = first
      while next < first + width {
        let bound = bounds[next]
        next += 1
        let place = row * rows.width + bound.place
        let number: Double
        switch types[place] {
        case .null:
          if bound.mayLack { continue }
          return false
        case .integer: number = Double(words[place])
        case .real: number = Double(bitPattern: UInt64(UInt(bitPattern: words[place])))
        case .text, .blob: return false
        }
        guard bound.isExpected, bound.low <= number, number <= bound.high else { return false }
      }
    }
    return true
  }
}
