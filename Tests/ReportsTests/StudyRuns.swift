// Four runs on which every claim of the paper that has a rule holds, and ways to change them.

import Reports

enum StudyRuns {
  static var asThePaperSays: [TrainingState: RunReport] {
    [
      .untrained: run(
        .untrained, lastBin: 0.2, mean: 0.3, separation: 0.01, entropy: 0.2, rank: 60),
      .random: run(.random, lastBin: 0.01, mean: 0.02, separation: 0.011, entropy: 0.4, rank: 164),
      .best: run(.best, lastBin: 0.05, mean: 0.2, separation: 0.4, entropy: 0.1, rank: 100),
      .overtrained: run(
        .overtrained, lastBin: 0.04, mean: 0.1, separation: 0.2, entropy: 0.11, rank: 110),
    ]
  }

  private static func run(
    _ state: TrainingState, lastBin: Double, mean: Double, separation: Double, entropy: Double,
    rank: Int
  ) -> RunReport {
    var info = RunInfo()
    info.name = state.rawValue + "/shapes"
    info.architecture = "alexnet-cifar"
    info.dataset = "shapes:test"
    info.state = state.rawValue
    info.accuracy = 0.5
    info.lastPosition = 2
    info.lastLayer = "fc3"
    info.weightsHash = String(repeating: "a1", count: 32)
    var run = RunReport(info: info)
    run.accuracies = (0..<3).map {
      ClassAccuracy(position: $0, name: "class \($0)", samples: 10, correct: $0)
    }
    for position in 0..<3 {
      var layer = LayerReport(
        position: position, name: "fc\(position + 1)", inputs: 192, outputs: 10)
      layer.interaction.sparsity = Sparsity(
        mean: mean, never: 0.1, always: lastBin / 2,
        histogram: [1 - lastBin] + Array(repeating: 0, count: 18) + [lastBin])
      layer.neuron.sparsity = layer.interaction.sparsity
      layer.setSeparation(separation, entropy)
      var matrix = ClassMatrix(classes: [0: "class 0", 1: "class 1", 2: "class 2"])
      for row in 0..<3 {
        for column in 0..<3 {
          matrix[row, column] = row == column ? entropy : separation * Double(1 + 3 * row + column)
        }
      }
      layer.matrix = matrix
      run.layers.append(layer)
    }
    run.setRanks([rank, rank + 1, rank + 2])
    run.setOverlaps(state == .random ? [80, 90, 100] : [-2, -1, 0])
    return run
  }
}

extension LayerReport {
  private mutating func replace(mean: Double? = nil, always: Double? = nil, last: Double? = nil) {
    guard let old = interaction.sparsity else { return }
    interaction.sparsity = Sparsity(
      mean: mean ?? old.mean, never: old.never, always: always ?? old.always,
      histogram: old.histogram.dropLast() + [last ?? old.histogram[19]])
  }

  mutating func setMean(_ mean: Double) { replace(mean: mean) }
  mutating func setAlways(_ share: Double) { replace(always: share) }
  mutating func setLastBin(_ share: Double) { replace(last: share) }

  mutating func setSeparation(_ separation: Double, _ entropy: Double, floor: Double = 0.001) {
    interaction.separation = Separation(
      separation: separation, floor: floor, entropy: entropy, relative: separation / entropy)
  }

  mutating func reverseMatrix() {
    guard let old = matrix else { return }
    var turned = old
    for row in 0..<old.count {
      for column in 0..<old.count {
        turned[row, column] = old[old.count - 1 - row, old.count - 1 - column]
      }
    }
    matrix = turned
  }
}

extension RunReport {
  mutating func setRanks(_ values: [Int]) {
    ranks = ["1e-2", "numpy"].flatMap { rule in
      values.enumerated().map { position, value in
        var rank = ClassRank()
        rank.layer = "fc3"
        rank.position = position
        rank.name = "class \(position)"
        rank.rule = rule
        rank.rank = rule == "numpy" ? 191 : value
        rank.samples = 1000
        rank.dimension = 192
        return rank
      }
    }
  }

  mutating func setOverlaps(_ values: [Int]) {
    overlaps = zip(values, [(0, 1), (0, 2), (1, 2)]).map { value, pair in
      var overlap = ClassOverlap()
      overlap.layer = "fc3"
      (overlap.a, overlap.b) = pair
      (overlap.aName, overlap.bName) = ("class \(pair.0)", "class \(pair.1)")
      overlap.rule = "1e-2"
      overlap.entanglement = value
      return overlap
    }
  }

  mutating func limitBySamples() {
    for index in ranks.indices { ranks[index].isLimited = true }
    for index in overlaps.indices { overlaps[index].isLimited = true }
  }
}
