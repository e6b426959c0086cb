// The classes of the file's samples.

internal import SQLiteKit

/// In the order of positions.
struct LabelledClass: Hashable, Comparable {
  let id: Int
  let key: String
  let position: Int
  let name: String

  static func == (a: LabelledClass, b: LabelledClass) -> Bool { a.id == b.id }
  static func < (a: LabelledClass, b: LabelledClass) -> Bool {
    (a.position, a.id) < (b.position, b.id)
  }
  func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// Which class every sample of the file has.
struct SampleClasses {
  let classes: [LabelledClass]
  /// Samples that have one, ascending, and beside each the class's place among `classes`.
  private var samples: [Int] = []
  private var places: [Int] = []

  init(_ connection: borrowing Connection) throws {
    classes = try ReportReader.rows(
      connection, "select class_id, key, position, name from class"
    ) { row in
      LabelledClass(id: row.int(0), key: row.text(1), position: row.int(2), name: row.text(3))
    }
    let own = classes.enumerated().map { ($1.id, $0) }
    let byID = Dictionary(own, uniquingKeysWith: { first, _ in first })
    try ReportReader.each(
      connection,
      "select sample_id, class_id from sample where class_id is not null order by sample_id"
    ) { row in
      guard let place = byID[row.int(1)] else { return }
      samples.append(row.int(0))
      places.append(place)
    }
  }

  /// Calls `body` with the place of the class and the likelihood of every sample that has both.
  func each(
    _ scores: SampleValues, _ body: (_ index: Int, _ place: Int, Double) -> Void
  ) {
    var next = scores.samples.first.map { place(of: $0) } ?? 0
    for (index, sample) in scores.samples.enumerated() {
      while next < samples.count, samples[next] < sample { next += 1 }
      guard next < samples.count, samples[next] == sample, !scores.values[index].isNaN else {
        continue
      }
      body(index, places[next], scores.values[index])
    }
  }

  /// The same of samples that have a likelihood in `before`, too.
  func eachPair(
    _ before: SampleValues, _ after: SampleValues,
    _ body: (_ place: Int, _ before: Double, _ after: Double) -> Void
  ) {
    var next = 0
    each(after) { index, place, own in
      let sample = after.samples[index]
      while next < before.samples.count, before.samples[next] < sample { next += 1 }
      guard next < before.samples.count, before.samples[next] == sample, !before.values[next].isNaN
      else { return }
      body(place, before.values[next], own)
    }
  }

  /// The place of a sample's class; nil where it has none.
  func place(ofClassOf sample: Int) -> Int? {
    let place = place(of: sample)
    return place < samples.count && samples[place] == sample ? places[place] : nil
  }

  /// Where among `samples` a sample stands, or would.
  private func place(of sample: Int) -> Int {
    var (low, high) = (0, samples.count)
    while low < high {
      let middle = (low + high) / 2
      if samples[middle] < sample { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
