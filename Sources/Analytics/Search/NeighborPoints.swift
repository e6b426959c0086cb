// x of the samples of a run in a layer, and which of them are nearest to what: behind the functions of NeighborTable.swift.

import Basics
import Bits

/// x of the samples of a run in a layer.
final class NeighborPoints {
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
  /// ‖x‖² / 2 of each, once they are needed.
  private var halves: [Double] = []
  private static let mostBytes = 4 << 30
  /// Samples whose products with others are made at once.
  private static let panel = 1024

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
    let (run, layer) = try memory.runAndLayer(key.run, key.layer)
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

  var count: Int { samples.count }

  func sample(_ index: Int) -> Int { samples[index] }

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

  /// The k other samples nearest to each of some, nearest first. They are found by products, of which a · b − ‖b‖² / 2 is
  /// largest where b is nearest to a; distances are then those of the differences, so that nothing cancels.
  func nearestOthers(_ k: Int, of own: Range<Int>) -> [[(sample: Int, distance: Double)]] {
    let kept = min(k, samples.count - 1)
    guard kept > 0 else { return own.map { _ in [] } }
    if halves.isEmpty {
      halves = samples.indices.map { index in
        values[index * columns..<(index + 1) * columns].reduce(0) { $0 + $1 * $1 } / 2
      }
    }
    let (all, half, samples, width) = (values, halves, samples, columns)
    let rows = LinearAlgebra.productRows
    return Parallel.map(own.count, atATime: rows) { part in
      let first = own.lowerBound + part.lowerBound
      let block = LinearAlgebra.productBlocks(
        Array(all[first * width..<(first + part.count) * width]), count: part.count, k: width
      )[0]
      var largest = [LargestValues](repeating: LargestValues(kept), count: part.count)
      var products: [Double] = []
      for start in stride(from: 0, to: samples.count, by: Self.panel) {
        let panel = start..<min(start + Self.panel, samples.count)
        LinearAlgebra.multiply(
          block: block, with: all, from: start, n: panel.count, k: width, into: &products)
        let (found, half) = (products.span, half.span)
        for row in 0..<part.count {
          let offset = row * panel.count - start
          var least = largest[row].least
          for index in panel {
            let value = found[offset + index] - half[index]
            guard value > least, index != first + row else { continue }
            largest[row].add(value, index)
            least = largest[row].least
          }
        }
      }
      return largest.enumerated().map { row, largest in
        largest.kept.map { one in
          (samples[one.index], Self.distance(all, first + row, one.index, width))
        }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
      }
    }.flatMap(\.self)
  }

  private static func distance(_ all: [Double], _ a: Int, _ b: Int, _ columns: Int) -> Double {
    var sum = 0.0
    let all = all.span
    var column = 0
    while column < columns {
      let difference = all[a * columns + column] - all[b * columns + column]
      sum += difference * difference
      column += 1
    }
    return sum.squareRoot()
  }
}
