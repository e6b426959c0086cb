// Separations of runs whose samples are grouped by other labels than the true ones.

internal import SQLiteKit

/// What one layer of a run separates, samples grouped one way.
package struct GroupedSeparation: Sendable {
  package let run: Int
  package let layerPosition: Int
  package let layer: String
  package let kind: String
  /// By grouping: true, permuted, predicted, assigned, own labels and their floors. Per interaction, in nats.
  package var values: [String: Double]

  package init(
    run: Int, layerPosition: Int, layer: String, kind: String, values: [String: Double] = [:]
  ) {
    (self.run, self.layerPosition, self.layer, self.kind) = (run, layerPosition, layer, kind)
    self.values = values
  }
}

extension ReportReader {
  /// Of those of `runs` that were measured by other labels than the true ones, in the order of runs, layers and kinds.
  static func groupings(_ connection: borrowing Connection, _ runs: Set<Int>) throws
    -> [GroupedSeparation]
  {
    var grouped: [GroupedSeparation] = []
    try each(
      connection,
      """
      select run_id, layer_position, layer, kind, grouping, separation from separation_by_grouping
      where separation is not null and run_id in (
        select run_id from run
        where exists (select 1 from entropy
          where entropy.run_id = run.run_id and grouping not in ('true', 'permuted')))
      order by run_id, layer_position, kind
      """
    ) { row in
      let one = GroupedSeparation(
        run: row.int(0), layerPosition: row.int(1), layer: row.text(2), kind: row.text(3))
      guard runs.contains(one.run) else { return }
      let isSame =
        grouped.last.map {
          ($0.run, $0.layerPosition, $0.kind) == (one.run, one.layerPosition, one.kind)
        } ?? false
      if !isSame { grouped.append(one) }
      grouped[grouped.count - 1].values[row.text(4)] = row.double(5)
    }
    return grouped
  }
}
