// A profile's logarithms with one of its samples left out.

/// The logarithms of a profile without one of its samples.
struct LeftOutTable {
  private let samples: Int
  private let table: BernoulliTable
  private static let none = BernoulliTable.Entry(p: 0, logit: 0, logRest: 0, negentropy: 0)

  init(samples: Int, alpha: Double, uses: Int = .max) {
    self.samples = samples
    table = BernoulliTable(samples: max(0, samples - 1), alpha: alpha, uses: uses)
  }

  /// Of an interaction that was not significant in the sample; none is where all samples had it.
  func absent(_ count: UInt32) -> BernoulliTable.Entry {
    Int(count) < samples ? table[count] : Self.none
  }

  /// Of one that was; none is where no sample had it.
  func present(_ count: UInt32) -> BernoulliTable.Entry {
    count > 0 ? table[count - 1] : Self.none
  }

  /// ln p of one that was.
  func presentLog(_ count: UInt32) -> Double { present(count).logRest + present(count).logit }
}
