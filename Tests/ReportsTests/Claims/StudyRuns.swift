// Four runs, and shifted and attacked ones beside them, on which every claim of the paper holds, and ways to change them.

import Basics
import Reports
import Warehouse

enum StudyRuns {
  static var asThePaperSays: [StudyState: RunReport] {
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
    _ state: StudyState, lastBin: Double, mean: Double, separation: Double, entropy: Double,
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
      layer.interaction.sparsity = SparsityRecord(
        mean: mean, never: 0.1, always: lastBin / 2,
        histogram: [1 - lastBin] + Array(repeating: 0, count: 18) + [lastBin])
      layer.neuron.sparsity = layer.interaction.sparsity
      // Activations tell nothing.
      layer.setSeparation(0.5, -1, of: .activation)
      // The untrained network's deeper layers have more entropy to lose.
      layer.setSeparation(
        separation, entropy + (state == .untrained ? 0.02 * Double(position) : 0))
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

extension StudyRuns {
  /// The runs, a shifted run of the untrained and of the best network, an attacked one of the best and of that with
  /// random labels.
  static func study(_ runs: [StudyState: RunReport]) -> ReportData {
    var data = ReportData()
    for (index, state) in StudyState.allCases.enumerated() {
      guard var run = runs[state] else { continue }
      run.info.id = index + 1
      run.info.state = state.rawValue
      run.info.datasetID = 1
      run.info.weightsHash = state.rawValue
      data.runs.append(run)
      let isTrained = state == .best
      if isTrained || state == .untrained {
        var shifted = run
        shifted.info.id += 10
        shifted.info.name = state.rawValue + " shifted"
        shifted.info.datasetID = 2
        shifted.info.dataset = "shapes-stylised:test"
        for layer in shifted.layers.indices {
          shifted.layers[layer].setMean(isTrained ? 0.25 : 0.3)
          shifted.layers[layer].setSeparation(isTrained ? 0.3 : 0.01, isTrained ? 0.3 : 0.2)
        }
        data.runs.append(shifted)
        if isTrained {
          for (severity, separation) in [(1, 0.35), (3, 0.25), (5, 0.1)] {
            var blurred = run
            blurred.info.id += 30 + severity
            blurred.info.name = "best blurred \(severity)"
            blurred.info.perturbation = "blur:\(severity)"
            for layer in blurred.layers.indices {
              blurred.layers[layer].setSeparation(separation, 0.2)
            }
            data.runs.append(blurred)
          }
        }
        data.setDivergences(
          state.rawValue, toShifted: isTrained ? 0.1 : 0.5, toClean: isTrained ? 0.2 : 0.5,
          deeper: 0.1)
      }
      if isTrained || state == .random {
        var attacked = run
        attacked.info.id += 20
        attacked.info.perturbation = "pgd:eps=8/255"
        data.runs.append(attacked)
        data.setAttack(state.rawValue, isTrained ? [-0.2, -0.1] : [-0.1, 0.1])
        data.setAttack(state.rawValue, [0.1, 0.1], of: .activation)
      }
    }
    return data
  }
}

extension ReportData {
  mutating func change(_ name: String, _ change: (inout RunReport) -> Void) {
    for index in runs.indices where runs[index].info.name == name { change(&runs[index]) }
  }

  private func id(_ state: String) -> Int {
    1 + (StudyState.allCases.firstIndex { $0.rawValue == state } ?? 0)
  }

  /// KL of three classes, a little apart, in three layers; towards the clean data `deeper` more in every next one.
  mutating func setDivergences(
    _ state: String, toShifted: Double, toClean: Double, deeper: Double = 0
  ) {
    let (clean, shifted) = (id(state), id(state) + 10)
    sameClass.removeAll { [$0.from, $0.to].contains(shifted) }
    for layer in 0..<3 {
      for (from, to, value) in [
        (clean, shifted, toShifted), (shifted, clean, toClean + deeper * Double(layer)),
      ] {
        sameClass.append(
          SameClassDivergence(
            from: from, to: to, layerPosition: layer,
            values: [
              ByteText("a"): value, ByteText("b"): value + 0.001, ByteText("c"): value - 0.001,
            ]))
      }
    }
  }

  /// What an attack adds to the likelihoods of classes of ten samples, give or take a hundredth.
  mutating func setAttack(
    _ state: String, _ differences: [Double], of kind: MeasuredKind = .interaction
  ) {
    let clean = id(state)
    attacks.removeAll { $0.clean == clean && $0.kind == kind }
    var effect = AttackEffect(attacked: clean + 20, clean: clean, kind: kind)
    for layer in 0..<3 {
      for (index, difference) in differences.enumerated() {
        effect.add(
          AttackedClass(
            name: "class \(index)", samples: 10, fell: difference < 0 ? 10 : 0,
            attacked: difference - 0.5, clean: -0.5, difference: difference,
            square: difference * difference + 1e-4), layer: layer, name: "fc\(layer + 1)")
      }
    }
    attacks.append(effect)
  }
}

extension LayerReport {
  private mutating func replace(mean: Double? = nil, always: Double? = nil, last: Double? = nil) {
    guard let old = interaction.sparsity else { return }
    interaction.sparsity = SparsityRecord(
      mean: mean ?? old.mean, never: old.never, always: always ?? old.always,
      histogram: old.histogram.dropLast() + [last ?? old.histogram[19]])
  }

  mutating func setMean(_ mean: Double) { replace(mean: mean) }
  mutating func setAlways(_ share: Double) { replace(always: share) }
  mutating func setLastBin(_ share: Double) { replace(last: share) }

  mutating func setSeparation(
    _ separation: Double, _ entropy: Double, floor: Double = 0.001,
    of kind: MeasuredKind = .interaction
  ) {
    self[kind].separation = Separation(
      separation: separation, floor: floor, entropy: entropy,
      relative: kind == .activation ? nil : separation / entropy)
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
