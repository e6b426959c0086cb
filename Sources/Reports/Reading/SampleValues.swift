// Numbers of samples, or of replicates, put together by what they are of, as the rows of a table come.

internal import SQLiteKit

/// A number of each of some samples, or replicates.
struct SampleValues {
  /// By id, ascending once all are there.
  private(set) var samples: [Int] = []
  /// Beside them.
  private(set) var values: [Double] = []
  private var isAscending = true

  fileprivate mutating func add(_ sample: Int, _ value: Double) {
    if let last = samples.last, last > sample { isAscending = false }
    samples.append(sample)
    values.append(value)
  }

  fileprivate var sorted: SampleValues {
    guard !isAscending else { return self }
    let order = samples.indices.sorted { samples[$0] < samples[$1] }
    var sorted = SampleValues()
    for place in order { sorted.add(samples[place], values[place]) }
    return sorted
  }
}

/// By key. Rows of one key lie together for the most part: theirs are found once.
struct SampleValuesByKey<Key: Hashable> {
  private var places: [Key: Int] = [:]
  private var found: [SampleValues] = []
  private var latest: (key: Key, place: Int)?
  /// Of the latest key.
  private var growing = SampleValues()

  /// Whether it is the key's first.
  @discardableResult
  mutating func add(_ key: Key, _ sample: Int, _ value: Double) -> Bool {
    let isNew = latest?.key != key && turn(to: key)
    growing.add(sample, value)
    return isNew
  }

  /// Whether it is the first time.
  private mutating func turn(to key: Key) -> Bool {
    putBack()
    let place = places[key] ?? found.count
    let isNew = place == found.count
    if isNew {
      places[key] = place
      found.append(SampleValues())
    }
    swap(&growing, &found[place])
    latest = (key, place)
    return isNew
  }

  private mutating func putBack() {
    if let latest { swap(&growing, &found[latest.place]) }
    latest = nil
  }

  /// Once every row has been added.
  mutating func finished() -> [Key: SampleValues] {
    putBack()
    return places.mapValues { found[$0].sorted }
  }
}

extension SweptRows {
  // In this module, so that the compiler sees them where they are used: for every column of every row.
  @inline(__always) func int(_ column: Int, _ row: Int) -> Int { words[row * width + column] }

  @inline(__always) func isNull(_ column: Int, _ row: Int) -> Bool {
    types[row * width + column] == .null
  }

  /// nil where it is none.
  @inline(__always) func number(_ column: Int, _ row: Int) -> Double? {
    let place = row * width + column
    switch types[place] {
    case .integer: return Double(words[place])
    case .real: return Double(bitPattern: UInt64(UInt(bitPattern: words[place])))
    case .null, .text, .blob: return nil
    }
  }

  /// Its place among the texts; nil where it is none of the first.
  @inline(__always) func text(_ column: Int, _ row: Int) -> Int? {
    let place = row * width + column
    return types[place] == .text && words[place] >= 0 ? words[place] : nil
  }
}
