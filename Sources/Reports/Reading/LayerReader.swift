// The layers of a run with their sparsity, separation and matrices, and the matrices between runs.

internal import SQLiteKit
internal import Warehouse

extension ReportReader {
  /// - Parameter className: the class of the single-class histograms.
  static func layers(
    _ connection: borrowing Connection, _ run: Int, class className: String?
  ) throws -> [LayerReport] {
    var layers = try rows(
      connection,
      "select position, layer, n_in, n_out from layers where run_id = ? order by position",
      .integer(run)
    ) { row in
      LayerReport(
        position: row.int(0), name: row.text(1), inputs: row.int(2), outputs: row.int(3))
    }
    for index in layers.indices {
      let position = layers[index].position
      for kind in MeasuredKind.allCases {
        var found = KindReport()
        let name = kind.rawValue
        if ProfileKind(rawValue: name) != nil {
          found.sparsity = try sparsity(connection, run, position, name)
          if let className {
            found.classSparsity = try sparsity(connection, run, position, name, class: className)
          }
        }
        found.separation = try separation(connection, run, position, kind)
        found.matrix = try matrix(connection, run, position, name)
        layers[index][kind] = found
      }
    }
    return layers
  }

  private static func sparsity(
    _ connection: borrowing Connection, _ run: Int, _ layer: Int, _ kind: String,
    class className: String? = nil
  ) throws -> SparsityRecord? {
    let histogram = try rows(
      connection,
      """
      select share from sparsity_histogram
      where run_id = ? and layer_position = ? and kind = ? and class is ? order by bin
      """, .integer(run), .integer(layer), .text(kind), Value(className)
    ) { $0.double(0) }
    return try rows(
      connection,
      """
      select mean_proportion, never_share, always_share from layer_sparsity
      where run_id = ?1 and layer_position = ?2 and kind = ?3 and ?4 is null
      union all
      select mean_proportion, never_share, always_share from class_sparsity
      where run_id = ?1 and layer_position = ?2 and kind = ?3 and class = ?4
      """, .integer(run), .integer(layer), .text(kind), Value(className)
    ) { row in
      SparsityRecord(
        mean: row.double(0), never: row.double(1), always: row.double(2), histogram: histogram)
    }.last
  }

  private static func separation(
    _ connection: borrowing Connection, _ run: Int, _ layer: Int, _ kind: MeasuredKind
  ) throws -> Separation? {
    // Its relative_separation is made here: SQLite works out every column anew for each that is made of it.
    try rows(
      connection,
      """
      select separation, separation_permuted, mean_entropy from separation
      where run_id = ? and layer_position = ? and kind = ?
      """, .integer(run), .integer(layer), .text(kind.rawValue)
    ) { row in
      let (separation, entropy) = (row.double(0), row.double(2))
      let isRelative = kind != .activation && entropy != 0
      return Separation(
        separation: separation, floor: real(row, 1), entropy: entropy,
        relative: isRelative ? separation / entropy : nil)
    }.last
  }

  private static func matrix(
    _ connection: borrowing Connection, _ run: Int, _ layer: Int, _ kind: String
  ) throws -> ClassMatrix? {
    var rows = MatrixRows()
    // As the view kl_matrix has them, which goes through all pairs of the data set's classes: a million of a thousand.
    try each(
      connection,
      """
      with chosen as (
        select run_id, dataset_id, layer_id, ?3 as kind from run join run_layer using (run_id) join layer using (layer_id)
        where run_id = ?1 and layer.position = ?2)
      select a.position, a.name, b.position, b.name, kl_per_interaction
      from chosen cross join divergence on from_run_id = run_id and to_run_id = run_id
        and divergence.layer_id = chosen.layer_id and divergence.kind = chosen.kind and grouping = 'true'
      join class as a on a.class_id = from_class_id and a.dataset_id = chosen.dataset_id
      join class as b on b.class_id = to_class_id and b.dataset_id = chosen.dataset_id
      where from_class_id <> to_class_id
      union all
      select class.position, class.name, class.position, class.name, entropy_per_interaction
      from chosen cross join entropy using (run_id, layer_id, kind)
      join class on class.class_id = entropy.class_id and class.dataset_id = chosen.dataset_id
      where grouping = 'true' and entropy is not null
      order by 1, 3
      """, .integer(run), .integer(layer), .text(kind)
    ) { row in
      rows.add(row.int(0), row.text(1), row.int(2), row.text(3), row.double(4))
    }
    return rows.matrix
  }

  /// The matrices between two of `runs`, in the order of runs and layers.
  static func between(_ connection: borrowing Connection, _ runs: Set<Int>) throws
    -> [BetweenRuns]
  {
    var order: [[Int]] = []
    var found: [[Int]: (layer: String, rows: MatrixRows)] = [:]
    try each(
      connection,
      """
      select from_run_id, to_run_id, layer_position, layer, from_position, from_class, to_position,
        to_class, kl_per_interaction
      from run_divergence where kind = 'interaction'
      order by from_run_id, to_run_id, layer_position
      """
    ) { row in
      guard runs.contains(row.int(0)), runs.contains(row.int(1)) else { return }
      let key = [row.int(0), row.int(1), row.int(2)]
      if found[key] == nil {
        order.append(key)
        found[key] = (row.text(3), MatrixRows())
      }
      found[key]?.rows.add(row.int(4), row.text(5), row.int(6), row.text(7), row.double(8))
    }
    return order.compactMap { key in
      guard let (layer, rows) = found[key], let matrix = rows.matrix else { return nil }
      return BetweenRuns(
        from: key[0], to: key[1], layerPosition: key[2], layer: layer, matrix: matrix)
    }
  }
}

/// Cells of a matrix in any order.
private struct MatrixRows {
  private var classes: [Int: String] = [:]
  private var cells: [(from: Int, to: Int, value: Double)] = []

  mutating func add(_ from: Int, _ fromName: String, _ to: Int, _ toName: String, _ value: Double) {
    classes[from] = fromName
    classes[to] = toName
    cells.append((from, to, value))
  }

  var matrix: ClassMatrix? {
    guard !cells.isEmpty else { return nil }
    var matrix = ClassMatrix(classes: classes)
    for cell in cells { matrix.set(from: cell.from, to: cell.to, cell.value) }
    return matrix
  }
}
