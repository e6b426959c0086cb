// What the detector gram learns: by predicted class the range of every entry, and each layer's mean deviation from them
// over reference samples that were held aside. Which samples those are is the caller's choice.

/// Gram while a reference run teaches it: first `bound` with every sample that is not held aside, then `weigh` with those
/// that are. Ranges do not depend on the order of samples.
package struct GramTeaching: Sendable {
  /// Added to a range's end before it divides, and to a layer's mean deviation, as the authors' code does.
  private static let (endGuard, meanGuard) = (1e-6, 1e-7)

  /// By entry: those of the orders that are looked at, layer by layer.
  private struct Ranges: Sendable {
    var low: [Double]
    var high: [Double]
  }

  private let entries: GramEntries
  private let orders: Int
  /// By predicted class.
  private var ranges: [Int: Ranges] = [:]
  /// By layer, over the samples that were held aside.
  private var deviations: [Double]
  /// Samples that gave ranges.
  package private(set) var bounding = 0
  /// Samples that gave mean deviations.
  package private(set) var weighing = 0
  /// Samples that taught nothing, for they are not finite.
  package private(set) var notFinite = 0
  /// Samples that were held aside and taught nothing, for no other sample is predicted as they are.
  package private(set) var alone = 0

  /// - Parameters:
  ///   - entries: of at least as many orders as are looked at.
  ///   - classes: that are predicted.
  package init(_ one: ChosenDetector, _ entries: GramEntries, classes: Int) throws(AnalyticsError) {
    orders = Int(one.settings["orders"])
    precondition(orders <= entries.orders, "entries of other orders")
    self.entries = entries
    deviations = [Double](repeating: 0, count: entries.channels.count)
    let perClass = 16 * orders * entries.channels.reduce(0, +)
    guard classes <= UnitVectors.mostBytes / max(1, perClass) else {
      throw AnalyticsError(
        "it holds the range of every entry for every predicted class, and \(classes) classes take "
          + "more than \(UnitVectors.mostBytes >> 30) GiB: take fewer orders, or a reference of "
          + "\(UnitVectors.mostBytes / max(1, perClass)) classes at most")
    }
  }

  /// Widens the ranges of a class by a sample.
  package mutating func bound(_ sample: Span<Double>, predicted: Int) {
    guard isFinite(sample) else {
      notFinite += 1
      return
    }
    bounding += 1
    let none = Double.infinity
    let size = orders * entries.channels.reduce(0, +)
    var own =
      ranges.removeValue(forKey: predicted)
      ?? Ranges(
        low: [Double](repeating: none, count: size), high: [Double](repeating: -none, count: size))
    var place = 0
    for layer in entries.channels.indices {
      for index in entries.range(of: layer, orders: orders) {
        own.low[place] = min(own.low[place], sample[index])
        own.high[place] = max(own.high[place], sample[index])
        place += 1
      }
    }
    ranges[predicted] = own
  }

  /// Adds a sample that was held aside to the mean deviations.
  package mutating func weigh(_ sample: Span<Double>, predicted: Int) {
    guard isFinite(sample) else {
      notFinite += 1
      return
    }
    guard let own = deviations(of: sample, predicted: predicted) else {
      alone += 1
      return
    }
    weighing += 1
    for (layer, deviation) in own.enumerated() { deviations[layer] += deviation }
  }

  /// By layer: how far a sample leaves the ranges of its class, Σ max(low − g, 0) / |low| + max(g − high, 0) / |high|; nil
  /// where the class has none, or the sample is not finite.
  package func deviations(of sample: Span<Double>, predicted: Int) -> [Double]? {
    guard let own = ranges[predicted], isFinite(sample) else { return nil }
    var place = 0
    var deviations: [Double] = []
    for layer in entries.channels.indices {
      var sum = 0.0
      for index in entries.range(of: layer, orders: orders) {
        let (value, low, high) = (sample[index], own.low[place], own.high[place])
        if value < low { sum += (low - value) / abs(low + Self.endGuard) }
        if value > high { sum += (value - high) / abs(high + Self.endGuard) }
        place += 1
      }
      deviations.append(sum)
    }
    return deviations
  }

  /// −Σ over layers of deviation / mean deviation, where the sample has deviations.
  /// - Precondition: Some samples gave mean deviations.
  package func score(of sample: Span<Double>, predicted: Int) -> Double? {
    precondition(weighing > 0, "mean deviations are taught before samples are scored")
    guard let own = deviations(of: sample, predicted: predicted) else { return nil }
    var total = 0.0
    for (deviation, sum) in zip(own, deviations) {
      total += deviation / (sum / Double(weighing) + Self.meanGuard)
    }
    return total.isFinite ? -total : nil
  }

  private func isFinite(_ sample: Span<Double>) -> Bool {
    for index in sample.indices where !sample[index].isFinite { return false }
    return true
  }
}
