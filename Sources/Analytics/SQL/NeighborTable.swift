// The nearest samples of a run, as rows.
//
// engram_knn_distance(run, layer, vector, k [, metric]) → rank, sample_id, distance
//   K1  The k samples of a run whose x in a layer are nearest to a vector, nearest first, of equally near ones the first
//       sample_id first; all, where there are fewer. A run and a layer are named or given by their id.
//   K2  distance is ‖x − vector‖, with 'euclidean' or without a metric, or ‖x / ‖x‖ − vector / ‖vector‖‖ with 'normalized',
//       of which zeros stay zeros: the detector knn scores the square of that to the k-th.
//   K3  A run or layer that is not there, a run without samples of the layer, a vector of another length, a k below 1, or
//       another metric is an error. A sample whose x is not finite is no neighbour, and a vector that is not finite has none.
//   K4  x of all samples is held in memory, 8 bytes an element, up to 4 GiB: from call to call, until the database changes. In
//       a transaction that has written, only as long as a statement joins the table.
//   K5  x is that of the table `vector`, which says whose it is where several warehouses are attached.

import Basics
import Bits

extension SQLTable {
  static let neighborTables: [SQLTable] = [
    SQLTable(
      name: "engram_knn_distance", parameters: "run, layer, vector, k [, metric]",
      columns: ["rank", "sample_id", "distance"],
      summary:
        "the k samples of a run whose x in a layer are nearest to a vector, by the metric 'euclidean' (unless given) "
        + "or 'normalized', of x / ‖x‖; run and layer by name or id",
      example: SQLExample(
        "select count(*) from engram_knn_distance('training', 'fc3', null, 50)", "0"),
      reading: neighbors)
  ]

  @Sendable private static func neighbors(
    _ arguments: SQLArguments, _ memory: SQLTableMemory
  ) throws(SQLFunctionError) -> SQLTableRows {
    let k = try arguments.integer(3)
    guard k > 0 else { throw SQLFunctionError(argument: 3, "is \(k), not a number of samples") }
    var isNormalized = false
    if arguments.count > 4 {
      let metric = try arguments.text(4)
      guard ["euclidean", "normalized"].contains(metric) else {
        throw SQLFunctionError(
          argument: 4, "is '\(metric)', not a metric (euclidean, normalized)")
      }
      isNormalized = metric == "normalized"
    }
    let vector = try arguments.wideVector(2)
    let key = NeighborPoints.Key(
      run: try arguments.label(0), layer: try arguments.label(1), isNormalized: isNormalized)
    let points: NeighborPoints
    if let previous = memory.previous as? NeighborRows, previous.points.key == key {
      points = previous.points
    } else {
      points = try NeighborPoints.kept(key, memory)
    }
    guard vector.count == points.columns else {
      throw SQLFunctionError(
        argument: 2, "has \(vector.count) elements, the layer \(points.columns) inputs")
    }
    return NeighborRows(points, points.nearest(k, to: vector))
  }
}

/// x of the samples of a run in a layer.
private final class NeighborPoints {
  struct Key: Equatable {
    let run: SQLArguments.ClassLabel
    let layer: SQLArguments.ClassLabel
    let isNormalized: Bool
  }

  let key: Key
  let columns: Int
  private var samples: [Int] = []
  /// Row-major.
  private var values: [Double] = []
  /// Of the database, when they were read.
  private var state: [Int]?
  private static let mostBytes = 4 << 30

  /// Those that were read last, if they are these and nothing has changed since.
  static func kept(
    _ key: Key, _ memory: SQLTableMemory
  ) throws(SQLFunctionError) -> NeighborPoints {
    let state = try memory.state()
    if let kept = memory.kept as? NeighborPoints, kept.key == key, let state, kept.state == state {
      return kept
    }
    memory.kept = nil
    let points = try NeighborPoints(key, memory)
    points.state = state
    if state != nil { memory.kept = points }
    return points
  }

  private init(_ key: Key, _ memory: SQLTableMemory) throws(SQLFunctionError) {
    self.key = key
    let run = try Self.id(
      0, key.run, "a run", memory, byID: "select run_id from run where run_id = ?1",
      byName: "select run_id from run where name = ?1")
    let layer = try Self.id(
      1, key.layer, "a layer of the run", memory, [run],
      byID:
        "select layer_id from layer join run using (model_id) where layer_id = ?1 and run_id = ?2",
      byName:
        "select layer_id from layer join run using (model_id) where layer.name = ?1 and run_id = ?2"
    )
    var (columns, samples, values) = (0, [Int](), [Double]())
    try memory.forEachRow(
      "select sample_id, x from vector where run_id = ?1 and layer_id = ?2 order by sample_id",
      [.integer(run), .integer(layer)]
    ) { row throws(SQLFunctionError) in
      let sample = row.integer(0)
      guard let blob = row.blob(1) else {
        throw SQLFunctionError("sample \(sample) has no x in the layer")
      }
      let x = try Self.elements(blob, of: sample)
      if columns == 0 { columns = x.count }
      guard x.count == columns else {
        throw SQLFunctionError(
          "x of sample \(sample) has \(x.count) elements, that of another sample \(columns)")
      }
      guard x.allSatisfy(\.isFinite) else { return }
      samples.append(sample)
      values += key.isNormalized ? unit(x) : x
      guard values.count <= Self.mostBytes / 8 else {
        throw SQLFunctionError("x of the run's samples takes more than 4 GiB")
      }
    }
    guard columns > 0 else {
      throw SQLFunctionError(argument: 0, "is a run without samples of the layer")
    }
    (self.columns, self.samples, self.values) = (columns, samples, values)
  }

  private static func elements(
    _ blob: RawSpan, of sample: Int
  ) throws(SQLFunctionError) -> [Double] {
    do {
      return try FloatVector.decode(blob, count: blob.byteCount / 4).map(Double.init)
    } catch {
      throw SQLFunctionError("x of sample \(sample) is no \(error)")
    }
  }

  /// The row that argument `index` names; `what` is said where there is none.
  private static func id(
    _ index: Int, _ label: SQLArguments.ClassLabel, _ what: String, _ memory: SQLTableMemory,
    _ others: [Int] = [], byID: String, byName: String
  ) throws(SQLFunctionError) -> Int {
    var found: Int?
    let others = others.map { SQLResult.integer($0) }
    let shown: String
    switch label {
    case .integer(let id):
      shown = "\(id)"
      try memory.forEachRow(byID, [.integer(id)] + others) { row throws(SQLFunctionError) in
        found = row.integer(0)
      }
    case .text(let name):
      shown = "'\(name)'"
      try memory.forEachRow(byName, [.text(name.text)] + others) { row throws(SQLFunctionError) in
        found = row.integer(0)
      }
    }
    guard let found else { throw SQLFunctionError(argument: index, "is \(shown), not \(what)") }
    return found
  }

  func nearest(_ k: Int, to vector: [Double]) -> [(sample: Int, distance: Double)] {
    guard vector.allSatisfy(\.isFinite), !samples.isEmpty else { return [] }
    let query = key.isNormalized ? unit(vector) : vector
    var largest = LargestValues(min(k, samples.count))
    let all = values
    let own = query.span
    let values = all.span
    for index in samples.indices {
      let distance = squaredDistance(own, values, from: index * columns)
      if -distance > largest.least || largest.kept.count < min(k, samples.count) {
        largest.add(-distance, index)
      }
    }
    return largest.kept.map { one in
      var sum = 0.0
      for column in 0..<columns {
        let difference = own[column] - values[one.index * columns + column]
        sum += difference * difference
      }
      return (samples[one.index], sum.squareRoot())
    }.sorted { ($0.distance, $0.sample) < ($1.distance, $1.sample) }
  }

  /// By four sums: one would wait for itself.
  private func squaredDistance(
    _ a: Span<Double>, _ b: Span<Double>, from start: Int
  ) -> Double {
    var (first, second, third, fourth) = (0.0, 0.0, 0.0, 0.0)
    var column = 0
    while column + 4 <= a.count {
      let d0 = a[column] - b[start + column]
      let d1 = a[column + 1] - b[start + column + 1]
      let d2 = a[column + 2] - b[start + column + 2]
      let d3 = a[column + 3] - b[start + column + 3]
      first += d0 * d0
      second += d1 * d1
      third += d2 * d2
      fourth += d3 * d3
      column += 4
    }
    while column < a.count {
      let difference = a[column] - b[start + column]
      first += difference * difference
      column += 1
    }
    return (first + second) + (third + fourth)
  }
}

private final class NeighborRows: SQLTableRows {
  let points: NeighborPoints
  private let nearest: [(sample: Int, distance: Double)]
  private var position = -1

  init(_ points: NeighborPoints, _ nearest: [(sample: Int, distance: Double)]) {
    (self.points, self.nearest) = (points, nearest)
  }

  override func next() -> Bool {
    position += 1
    return position < nearest.count
  }

  override func value(_ column: Int) -> SQLResult {
    guard nearest.indices.contains(position) else { return .null }
    return switch column {
    case 0: .integer(position + 1)
    case 1: .integer(nearest[position].sample)
    case 2: SQLResult(nearest[position].distance)
    default: .null
    }
  }
}
