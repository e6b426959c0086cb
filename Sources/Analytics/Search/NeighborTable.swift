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
//
// engram_neighbors(run, layer, k [, metric]) → sample_id, rank, neighbor_id, distance
//   K6  The same of every sample of the run, itself left out: k rows each, fewer where the run has fewer samples. Samples
//       come by sample_id, their neighbors by rank. Of equally near ones at the k-th place any may be taken.

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
      reading: nearest),
    SQLTable(
      name: "engram_neighbors", parameters: "run, layer, k [, metric]",
      columns: ["sample_id", "rank", "neighbor_id", "distance"],
      summary:
        "of every sample of a run the k others whose x in a layer are nearest, by the metric 'euclidean' (unless given) "
        + "or 'normalized'; run and layer by name or id",
      example: SQLExample("select count(*) from engram_neighbors('training', 'fc3', null)", "0"),
      reading: neighbors),
  ]

  @Sendable private static func nearest(
    _ arguments: SQLArguments, _ memory: SQLTableMemory
  ) throws(SQLFunctionError) -> SQLTableRows {
    let k = try arguments.neighborCount(3)
    let isNormalized = try arguments.isNormalizedMetric(4)
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

  @Sendable private static func neighbors(
    _ arguments: SQLArguments, _ memory: SQLTableMemory
  ) throws(SQLFunctionError) -> SQLTableRows {
    let k = try arguments.neighborCount(2)
    let key = NeighborPoints.Key(
      run: try arguments.label(0), layer: try arguments.label(1),
      isNormalized: try arguments.isNormalizedMetric(3))
    return AllNeighborRows(try NeighborPoints.kept(key, memory), k)
  }
}

extension SQLArguments {
  fileprivate func neighborCount(_ index: Int) throws(SQLFunctionError) -> Int {
    let k = try integer(index)
    guard k > 0 else { throw SQLFunctionError(argument: index, "is \(k), not a number of samples") }
    return k
  }

  /// 'euclidean' where the argument is left out.
  fileprivate func isNormalizedMetric(_ index: Int) throws(SQLFunctionError) -> Bool {
    guard index < count else { return false }
    let metric = try text(index)
    guard ["euclidean", "normalized"].contains(metric) else {
      throw SQLFunctionError(
        argument: index, "is '\(metric)', not a metric (euclidean, normalized)")
    }
    return metric == "normalized"
  }
}

private final class NeighborRows: RankedRows {
  let points: NeighborPoints

  init(_ points: NeighborPoints, _ nearest: [(sample: Int, distance: Double)]) {
    self.points = points
    super.init(nearest.map(\.sample)) { place, _ in SQLResult(nearest[place].distance) }
  }
}

/// Made for some hundred samples at a time.
private final class AllNeighborRows: SQLTableRows {
  private let points: NeighborPoints
  private let k: Int
  private static let samplesAtATime = 512
  /// Of `found`, the samples' place among the points.
  private var first = 0
  private var found: [[(sample: Int, distance: Double)]] = []
  private var sample = 0
  private var place = -1

  init(_ points: NeighborPoints, _ k: Int) { (self.points, self.k) = (points, k) }

  override func next() -> Bool {
    place += 1
    while true {
      if sample < found.count {
        if place < found[sample].count { return true }
        (sample, place) = (sample + 1, 0)
        continue
      }
      first += found.count
      guard first < points.count else { return false }
      found = points.nearestOthers(
        k, of: first..<min(first + Self.samplesAtATime, points.count))
      (sample, place) = (0, 0)
    }
  }

  override func value(_ column: Int) -> SQLResult {
    guard sample < found.count, found[sample].indices.contains(place) else { return .null }
    return switch column {
    case 0: .integer(points.sample(first + sample))
    case 1: .integer(place + 1)
    case 2: .integer(found[sample][place].sample)
    case 3: SQLResult(found[sample][place].distance)
    default: .null
    }
  }
}
