// Between what bounds the numbers of a table lie, by column. Verify walks them; a test holds them to the schema's columns.

/// The range of a column's numbers.
package struct ValueRange: Sendable {
  package let column: String
  /// SQL over the row `r`, its layer `layer` and its run ?1, inclusive.
  let low: String
  let high: String
  /// Whether there need not be one.
  let isOptional: Bool
  /// For which rows there is one, in SQL; those of others are null. nil: for all.
  let condition: String?

  private init(
    _ column: String, _ low: String, _ high: String, optional: Bool, where condition: String?
  ) {
    self.column = column
    self.low = low
    self.high = high
    self.isOptional = optional
    self.condition = condition
  }

  /// More than sums over what Float32 holds come to, and small enough that squares and sums of it are finite.
  private static let largest = "1e100"
  /// Sums are rounded: a bound is passed by as much at times.
  private static let slack = "1e-9"

  static func within(
    _ column: String, _ low: String, _ high: String, optional: Bool = false,
    where condition: String? = nil
  ) -> ValueRange { ValueRange(column, low, high, optional: optional, where: condition) }

  /// Any number but NaN, which SQLite keeps as null, the infinite ones, and those that no measure comes to.
  static func finite(_ column: String, optional: Bool = false) -> ValueRange {
    within(column, "-\(largest)", largest, optional: optional)
  }

  static func share(
    _ column: String, optional: Bool = false, where condition: String? = nil
  ) -> ValueRange {
    within(column, "-\(slack)", "1 + \(slack)", optional: optional, where: condition)
  }

  /// Of what is never negative, rounding aside.
  static func atLeastZero(
    _ column: String, optional: Bool = false, where condition: String? = nil
  ) -> ValueRange {
    within(column, "-\(slack)", largest, optional: optional, where: condition)
  }

  /// Of logarithms of probabilities, summed over so many; a Float64 above zero has none below −745.2. Those of densities
  /// may be any number.
  static func logProbability(
    _ column: String, summedOver count: String = "1", optional: Bool = false
  ) -> ValueRange {
    within(
      column, ofCounts("-745.2 * \(count)"), ofCounts(slack, else: largest), optional: optional)
  }

  static func positive(
    _ column: String, optional: Bool = false, where condition: String? = nil
  ) -> ValueRange {
    within(column, "5e-324", largest, optional: optional, where: condition)
  }

  /// Rows of what is counted, and of the control in activation space.
  static let isOfCounts = "r.kind <> 'activation'"
  static let isOfActivations = "r.kind = 'activation'"

  /// A bound of what is counted; of the control it is another.
  static func ofCounts(_ bound: String, else other: String = "-1e100") -> String {
    "case when \(isOfCounts) then \(bound) else \(other) end"
  }

  /// Of whole numbers that count something.
  static func count(
    _ column: String, from low: Int = 0, upTo high: String = "9223372036854775807"
  ) -> ValueRange { within(column, "\(low)", high, optional: false) }

  /// How many interactions the row's layer has, or neurons where the row is of those.
  static let interactions =
    "layer.n_out * case when r.kind = 'neuron' then 1 else layer.n_in + layer.has_bias end"

  /// Of a group of rows: how many have a number, the least and the largest one.
  var extremes: String {
    "count(\(column)) as \(column)_n, min(\(column)) as \(column)_min, max(\(column)) as \(column)_max"
  }

  /// The `min` or `max` of a group that may stand for all of its rows; an infinity where some rows have a number, and others
  /// that ought to have one or ought to have none.
  func extreme(_ name: String) -> String {
    let own = "\(column)_\(name)"
    let checked = "case \(column)_n when n then \(own) when 0 then null else 9e999 end"
    return "\(isOptional ? own : checked) as \(column)"
  }

  /// Whether its bounds are the same for every run.
  var isOfEveryRun: Bool { !"\(low) \(high)".contains("?1") }
  /// Whether they hang on the row's layer.
  var isOfLayers: Bool { "\(low) \(high)".contains("layer.") }

  /// In SQL over all layers, for rows of a kind: the bounds that no layer's own are narrower than, and whether a number is
  /// expected at all. nil where that hangs on other columns of the row than its kind.
  func boundsOfEveryLayer(kind: MeasuredKind?) -> (low: String, high: String, isExpected: String)? {
    func own(_ text: String) -> String {
      kind.map { text.replacing("r.kind", with: "'\($0.rawValue)'") } ?? text
    }
    let (low, high, condition) = (own(low), own(high), own(condition ?? "true"))
    let texts = "\(low) \(high) \(condition)".replacing("layer.", with: "")
    guard !texts.contains("r."), !texts.contains("?1") else { return nil }
    return ("(select max(\(low)) from layer)", "(select min(\(high)) from layer)", condition)
  }

  /// True for the rows that lie outside.
  var isOutside: String {
    let inside = "(r.\(column) between \(low) and \(high))"
    if let condition {
      return "case when \(condition) then \(inside) is not 1 else r.\(column) is not null end"
    }
    return isOptional ? "r.\(column) is not null and \(inside) is not 1" : "\(inside) is not 1"
  }
}
