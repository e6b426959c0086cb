// The samples of a run that come first by the pre-activations of some neurons of a layer: those that excite them most, or those
// nearest to a given one. Where the layer has an index (NeuronPartitions), its bounds say which samples may come first, and
// only their pre-activations are read; else those of all are. The answer is the same, bit for bit: a bound is added up in the
// same order as the value, so that rounding keeps it one.

import Bits

/// One search.
struct SampleSearch {
  /// What comes first.
  enum Order {
    /// The largest sum over the neurons.
    case largest
    /// The smallest distance to a sample, by its values at the neurons; the sample itself left out.
    case nearest(to: [Float], of: Int)
  }

  /// A sample that was found; without cost where a value is not finite.
  struct Found {
    let position: Int
    let sample: Int
    /// Less comes first: minus the sum, or the squared distance.
    let cost: Double?
    /// At the neurons, in their order.
    let values: [Float]

    /// By cost, of equal ones by position; those without one last.
    static func comesFirst(_ a: Found, _ b: Found) -> Bool {
      let (x, y) = (a.cost ?? .infinity, b.cost ?? .infinity)
      return x == y ? a.position < b.position : x < y
    }
  }

  let memory: SQLTableMemory
  let run: Int
  let layer: Int
  let neurons: [Int]
  let order: Order
  let count: Int

  /// Samples whose values are read first by the bounds, for each that is wanted.
  private static let firstReads = 4
  private static let readsAtATime = 256
  private static let rowsForOne = 8

  func found() throws(SQLFunctionError) -> [Found] {
    guard count > 0 else { return [] }
    if case .nearest(let given, _) = order, !given.allSatisfy(\.isFinite) { return try scanned() }
    guard let index = try SampleIndex(memory, run: run, layer: layer) else { return try scanned() }
    return try found(by: index)
  }

  /// By the values of all samples.
  func scanned() throws(SQLFunctionError) -> [Found] {
    var best = BestFound(count)
    _ = try forEachSample(
      """
      select sample.position, sample_id, z from activation join sample using (sample_id)
      where run_id = ?1 and layer_id = ?2
      """, [.integer(run), .integer(layer)]
    ) { found in best.add(found) }
    return best.sorted
  }

  private func found(by index: SampleIndex) throws(SQLFunctionError) -> [Found] {
    var bounds = [Double](repeating: 0, count: index.samples)
    var blanks: [Int] = []
    for (place, neuron) in neurons.enumerated() {
      try index.add(neuron, to: &bounds) { low, high in least(at: place, from: low, to: high) }
    }
    var nearest = LargestValues(min(max(Self.firstReads * count, 64), index.samples))
    for (sample, bound) in bounds.enumerated() {
      if bound == .infinity { blanks.append(sample) } else { nearest.add(-bound, sample) }
    }
    var best = BestFound(count)
    // Those of the least bounds first: they tell how good the others have to be.
    var isRead = [Bool](repeating: false, count: index.samples)
    for one in nearest.kept { isRead[one.index] = true }
    try read(nearest.kept.map(\.index), of: index, into: &best)
    let others = bounds.indices.filter {
      !isRead[$0] && bounds[$0] <= best.worst && bounds[$0] < .infinity
    }
    // One sample by itself takes as long as this many in a row.
    if others.count > index.samples / Self.rowsForOne { return try scanned() }
    let sorted = others.sorted { (bounds[$0], $0) < (bounds[$1], $1) }
    var start = 0
    while start < sorted.count, bounds[sorted[start]] <= best.worst {
      let end = min(start + Self.readsAtATime, sorted.count)
      try read(Array(sorted[start..<end]), of: index, into: &best)
      start = end
    }
    if best.isShort { try read(blanks, of: index, into: &best) }
    return best.sorted
  }

  /// Adds samples by their places in the index.
  private func read(
    _ places: [Int], of index: SampleIndex, into best: inout BestFound
  ) throws(SQLFunctionError) {
    let wanted = places.sorted().map { "\(index.position($0))" }.joined(separator: ",")
    let seen = try forEachSample(
      """
      select sample.position, sample.sample_id, activation.z
      from json_each(?3) as wanted
      cross join sample on sample.dataset_id = ?4 and sample.position = wanted.value
      cross join activation
        on activation.run_id = ?1 and activation.layer_id = ?2 and activation.sample_id = sample.sample_id
      """, [.integer(run), .integer(layer), .text("[\(wanted)]"), .integer(index.dataSet)]
    ) { found in best.add(found) }
    guard seen == places.count else { throw SampleIndex.damaged }
    best.settle()
  }

  /// Calls `body` with what a query gives: position, sample, z; the sample that others are to be near to is left out.
  /// - Returns: how many rows there were, with that.
  private func forEachSample(
    _ sql: String, _ parameters: [SQLResult], _ body: (Found) -> Void
  ) throws(SQLFunctionError) -> Int {
    var seen = 0
    var itself: Int?
    if case .nearest(_, let sample) = order { itself = sample }
    try memory.forEachRow(sql, parameters) { row throws(SQLFunctionError) in
      seen += 1
      let sample = row.integer(1)
      guard sample != itself else { return }
      let values = try Self.values(row.blob(2), at: neurons, of: sample)
      body(
        Found(
          position: row.integer(0), sample: sample, cost: cost(of: values), values: values))
    }
    return seen
  }

  /// Elements of a stored vector.
  static func values(
    _ z: RawSpan?, at neurons: [Int], of sample: Int
  ) throws(SQLFunctionError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(neurons.count)
    for neuron in neurons {
      guard let z, z.byteCount % 4 == 0, 4 * neuron < z.byteCount else {
        throw SQLFunctionError("z of sample \(sample) has no element \(neuron)")
      }
      let bits = unsafe z.unsafeLoadUnaligned(fromByteOffset: 4 * neuron, as: UInt32.self)
      values.append(Float(bitPattern: UInt32(littleEndian: bits)))
    }
    return values
  }

  private func cost(of values: [Float]) -> Double? {
    guard values.allSatisfy(\.isFinite) else { return nil }
    var sum = 0.0
    for (place, value) in values.enumerated() { sum += term(at: place, value) }
    // It is not where a value of the given sample is not.
    return sum.isFinite ? sum : nil
  }

  private func term(at place: Int, _ value: Float) -> Double {
    switch order {
    case .largest: return -Double(value)
    case .nearest(let given, _):
      let difference = Double(value) - Double(given[place])
      return difference * difference
    }
  }

  /// The least term of any value between two.
  private func least(at place: Int, from low: Float, to high: Float) -> Double {
    if case .nearest(let given, _) = order, low <= given[place], given[place] <= high { return 0 }
    return min(term(at: place, low), term(at: place, high))
  }
}

/// The best of what was found so far.
private struct BestFound {
  let count: Int
  private var found: [SampleSearch.Found] = []
  /// What a cost must not exceed.
  private(set) var worst = Double.infinity

  init(_ count: Int) { self.count = count }

  var isShort: Bool { found.count < count }

  mutating func add(_ one: SampleSearch.Found) {
    guard (one.cost ?? .infinity) <= worst else { return }
    found.append(one)
    // Sorted now and then: what was found since is at most as much again.
    if found.count >= 2 * max(count, 512) { settle() }
  }

  /// Leaves the best alone.
  mutating func settle() {
    found.sort(by: SampleSearch.Found.comesFirst)
    if found.count > count { found.removeSubrange(count...) }
    if found.count == count, let last = found.last?.cost { worst = last }
  }

  var sorted: [SampleSearch.Found] {
    mutating get {
      settle()
      return found
    }
  }
}
