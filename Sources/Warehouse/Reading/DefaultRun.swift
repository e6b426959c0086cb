// The run that is taken where none is named. The rule stands in the view default_runs (Schema/views.sql).

package import SQLiteKit

/// A run that nobody named, and why it is the one.
package struct DefaultRun: Hashable, Sendable {
  package let id: Int
  package let name: String
  /// "the newest complete clean run of a trained network", or what is taken where there is none.
  package let choice: String
  /// Of how many runs of the warehouse.
  package let runs: Int

  /// The rule without its fallbacks, as the heads of saved queries have it.
  package static let rule = "the newest complete clean run of a trained network"

  /// The first of the runs in the order of default_runs, of those of `ids` where they are given; nil without one.
  package static func first(
    in connection: borrowing Connection, among ids: Set<Int>? = nil
  ) throws -> DefaultRun? {
    var rows = try connection.prepare(
      "select run_id, run, choice, count(*) over () from default_runs order by place")
    while try rows.step() {
      guard ids?.contains(rows.int(0)) ?? true else { continue }
      return DefaultRun(
        id: rows.int(0), name: rows.text(1), choice: rows.text(2), runs: rows.int(3))
    }
    return nil
  }

  /// "of 17 runs", and which fallback it was.
  package var explanation: String {
    "of \(runs) run\(runs == 1 ? "" : "s")" + (choice == Self.rule ? "" : " (\(choice))")
  }
}
