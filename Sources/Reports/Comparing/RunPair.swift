// Two runs to be compared, free of SQL: their classes by key, their layers by name, and the samples that both have. Leaves out
// reading (PairReader) and what a page says of them (ComparisonPage).

internal import Warehouse

/// Two runs beside each other.
package struct RunPair: Sendable {
  package let runs: [RunReport]
  /// The samples that both have, where they are of one data set.
  package let shared: SharedPredictions?
  /// Those that either has, what moved most first.
  let classes: [PairedClass]
  /// By name, last first.
  let layers: [PairedLayer]
  /// What classes are sorted by.
  let movement: Movement
  /// Of one run alone, a line each.
  let notes: [String]
  let galleries: [Gallery]

  /// How far a class moved.
  enum Movement {
    case divergence(layer: String)
    case accuracy
    case entropy(layer: String)

    var text: String {
      switch self {
      case .divergence(let layer):
        "the divergence of a class from itself in the other run (layer \(layer), interactions, the larger direction)"
      case .accuracy: "the difference in accuracy"
      case .entropy(let layer): "the difference in entropy (layer \(layer))"
      }
    }
  }

  /// - Parameter keys: of each run's classes, by position.
  init(
    _ runs: [RunReport], keys: [[Int: String]], between: [BetweenRuns],
    shared: SharedPredictions?, galleries: [Gallery]
  ) {
    precondition(runs.count == 2 && keys.count == 2, "two runs are compared")
    (self.runs, self.shared, self.galleries) = (runs, shared, galleries)
    var notes: [String] = []
    layers = runs[0].layers.reversed().compactMap { first in
      runs[1].layers.first { $0.name == first.name }.map { PairedLayer(layers: [first, $0]) }
    }
    for (run, other) in [(runs[0], runs[1]), (runs[1], runs[0])] {
      let alone = run.layers.map(\.name).filter { name in
        !other.layers.contains { $0.name == name }
      }
      if !alone.isEmpty {
        notes.append("Layers of '\(run.info.name)' alone: \(alone.joined(separator: ", ")).")
      }
    }
    var (order, found): ([String], [String: PairedClass]) = ([], [:])
    for (index, run) in runs.enumerated() {
      for one in run.accuracies.map({ ($0.position, $0.name) }) + (layers.first?.named(index) ?? [])
      {
        guard let key = keys[index][one.0] else { continue }
        if found[key] == nil {
          order.append(key)
          found[key] = PairedClass(key: key, name: one.1)
        }
        found[key]?.positions[index] = one.0
      }
    }
    for (index, run) in runs.enumerated() {
      let alone = order.compactMap { found[$0] }.filter {
        $0.positions[index] != nil && $0.positions[1 - index] == nil
      }
      guard !alone.isEmpty else { continue }
      let named = alone.prefix(20).map { "'\($0.name)'" }.joined(separator: ", ")
      notes.append(
        "\(NumberText.count(alone.count, "class", "classes")) of '\(run.info.name)' alone: \(named)\(alone.count > 20 ? ", …" : "")."
      )
    }
    let last = layers.first
    for key in order {
      guard var one = found[key] else { continue }
      for (index, run) in runs.enumerated() {
        guard let position = one.positions[index] else { continue }
        one.accuracies[index] = run.accuracies.first { $0.position == position }
        one.ranks[index] = run.ranks.first {
          $0.position == position && $0.rule == RankLadder.leading
        }
        one.nearest[index] = last?.layers[index].matrix?.nearest(to: position)
      }
      one.divergence = Self.divergence(one, last, runs, between)
      found[key] = one
    }
    let all = order.compactMap { found[$0] }
    if let last, all.contains(where: { $0.divergence != nil }) {
      movement = .divergence(layer: last.name)
    } else if all.contains(where: { $0.accuracyDifference != nil }) || last == nil {
      movement = .accuracy
    } else {
      movement = .entropy(layer: last?.name ?? "")
    }
    let moved = { [movement] (one: PairedClass) -> Double in
      switch movement {
      case .divergence: one.divergence ?? -1
      case .accuracy: one.accuracyDifference.map(abs) ?? -1
      case .entropy: last.flatMap { one.difference(in: $0) { $0[$1, $1] } }.map(abs) ?? -1
      }
    }
    classes = all.map { ($0, moved($0)) }.enumerated()
      .sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }.map(\.element.0)
    self.notes = notes
  }

  /// The second run's number less the first one's; nil where either is missing.
  static func difference(_ values: [Double?]) -> Double? {
    guard let first = values[0], let second = values[1] else { return nil }
    return second - first
  }

  /// The larger of the two directions, of a class in the last layer.
  private static func divergence(
    _ one: PairedClass, _ layer: PairedLayer?, _ runs: [RunReport], _ between: [BetweenRuns]
  ) -> Double? {
    guard let layer else { return nil }
    return [(0, 1), (1, 0)].compactMap { from, to -> Double? in
      guard
        let matrix = between.first(where: {
          $0.from == runs[from].info.id && $0.to == runs[to].info.id && $0.layer == layer.name
        })?.matrix, let position = one.positions[from],
        let place = matrix.positions.firstIndex(of: position)
      else { return nil }
      return matrix[place, place]
    }.max()
  }
}

/// A layer that both runs captured.
struct PairedLayer: Sendable {
  let layers: [LayerReport]
  var name: String { layers[0].name }

  func named(_ index: Int) -> [(Int, String)] {
    guard let matrix = layers[index].matrix else { return [] }
    return zip(matrix.positions, matrix.names).map { ($0, $1) }
  }
}

/// A class of either run, or of both.
struct PairedClass: Sendable {
  let key: String
  let name: String
  /// In each run.
  var positions: [Int?] = [nil, nil]
  var accuracies: [ClassAccuracy?] = [nil, nil]
  var ranks: [ClassRank?] = [nil, nil]
  var nearest: [String?] = [nil, nil]
  /// From itself in the other run.
  var divergence: Double?

  init(key: String, name: String) { (self.key, self.name) = (key, name) }

  func share(_ index: Int) -> Double? {
    accuracies[index].map { Double($0.correct) / Double(max(1, $0.samples)) }
  }

  var accuracyDifference: Double? { RunPair.difference([share(0), share(1)]) }

  /// What a layer's matrix says of the class in one run.
  func value(
    _ index: Int, in layer: PairedLayer, _ read: (ClassMatrix, Int) -> Double?
  ) -> Double? {
    guard let matrix = layer.layers[index].matrix, let position = positions[index],
      let place = matrix.positions.firstIndex(of: position)
    else { return nil }
    return read(matrix, place)
  }

  func difference(in layer: PairedLayer, _ read: (ClassMatrix, Int) -> Double?) -> Double? {
    RunPair.difference([value(0, in: layer, read), value(1, in: layer, read)])
  }
}

/// What two runs say of the samples that both have.
package struct SharedPredictions: Sendable, Equatable {
  package let samples: Int
  /// With a right answer.
  package let answered: Int
  package let bothRight: Int
  /// Taken rightly in the first run alone, and in the second.
  package let firstAlone: Int
  package let secondAlone: Int
  package let sameClass: Int

  package init(
    samples: Int, answered: Int, bothRight: Int, firstAlone: Int, secondAlone: Int, sameClass: Int
  ) {
    (self.samples, self.answered, self.bothRight) = (samples, answered, bothRight)
    (self.firstAlone, self.secondAlone) = (firstAlone, secondAlone)
    self.sameClass = sameClass
  }

  /// Of the difference in accuracy, over pairs: what both runs take alike tells nothing of it.
  package var interval: Interval? {
    guard answered > 1 else { return nil }
    let n = Double(answered)
    let (b, c) = (Double(firstAlone), Double(secondAlone))
    let difference = (c - b) / n
    let variance = max(0, (b + c) / n - difference * difference) / n
    return Interval(difference, deviation: variance.squareRoot())
  }
}

extension ClassMatrix {
  /// The name of the class that one is nearest to, by the mean of both directions.
  func nearest(to position: Int) -> String? {
    guard let row = positions.firstIndex(of: position) else { return nil }
    let others = (0..<count).compactMap { column -> (Int, Double)? in
      guard column != row, let there = self[row, column], let back = self[column, row] else {
        return nil
      }
      return (column, there + back)
    }
    return others.min { ($0.1, $0.0) < ($1.1, $1.0) }.map { names[$0.0] }
  }

  /// The mean divergence of a class from the others.
  func meanDivergence(_ row: Int) -> Double? {
    let values = (0..<count).compactMap { $0 == row ? nil : self[row, $0] }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
