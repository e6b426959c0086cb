// Samples in an order, as rows: rank, sample_id, and what a table says of each.

class RankedRows: SQLTableRows {
  private let samples: [Int]
  /// What stands behind rank and sample_id, by the sample's place and the column.
  private let number: (_ place: Int, _ column: Int) -> SQLResult
  private var place = -1

  init(_ samples: [Int], _ number: @escaping (_ place: Int, _ column: Int) -> SQLResult) {
    (self.samples, self.number) = (samples, number)
  }

  override func next() -> Bool {
    place += 1
    return place < samples.count
  }

  override func value(_ column: Int) -> SQLResult {
    guard samples.indices.contains(place) else { return .null }
    return switch column {
    case 0: .integer(place + 1)
    case 1: .integer(samples[place])
    default: number(place, column)
    }
  }
}
