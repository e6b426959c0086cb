// What an attack did to the likelihood of samples under the profile of their class, per interaction or neuron in nats.

package import Warehouse

/// One class of samples, each attacked and clean.
package struct AttackedClass: Sendable, Equatable {
  package let name: String
  package let samples: Int
  /// Samples whose likelihood the attack lowered.
  package let fell: Int
  /// Mean ln L of the attacked and of the clean samples.
  package let attacked: Double
  package let clean: Double
  /// Mean of the samples' differences, attacked − clean, and of their squares.
  package let difference: Double
  package let square: Double

  package init(
    name: String, samples: Int, fell: Int, attacked: Double, clean: Double, difference: Double,
    square: Double
  ) {
    (self.name, self.samples, self.fell) = (name, samples, fell)
    (self.attacked, self.clean) = (attacked, clean)
    (self.difference, self.square) = (difference, square)
  }

  /// All of several classes' samples together.
  package init(_ parts: [AttackedClass]) {
    let total = parts.reduce(0) { $0 + $1.samples }
    func mean(_ value: (AttackedClass) -> Double) -> Double {
      parts.reduce(0) { $0 + Double($1.samples) * value($1) } / Double(max(total, 1))
    }
    self.init(
      name: "all", samples: total, fell: parts.reduce(0) { $0 + $1.fell },
      attacked: mean(\.attacked), clean: mean(\.clean), difference: mean(\.difference),
      square: mean(\.square))
  }

  /// Of the mean difference; nil for fewer than two samples.
  package var interval: Interval? {
    guard samples > 1 else { return nil }
    // Below 0 by rounding alone; what is no number stays none.
    let spread = square - difference * difference
    let variance = (spread < 0 ? 0 : spread) / Double(samples - 1)
    return Interval(difference, deviation: variance.squareRoot())
  }
}

/// One attacked run beside the clean run of the same samples, layer by layer.
package struct AttackEffect: Sendable {
  /// The classes of one layer.
  package struct Layer: Sendable {
    package let position: Int
    package let name: String
    package var classes: [AttackedClass] = []
  }

  /// The runs' ids.
  package let attacked: Int
  package let clean: Int
  package let kind: MeasuredKind
  package internal(set) var attackedName = ""
  package internal(set) var cleanName = ""
  package private(set) var layers: [Layer] = []

  package init(attacked: Int, clean: Int, kind: MeasuredKind = .interaction) {
    (self.attacked, self.clean, self.kind) = (attacked, clean, kind)
  }

  /// Adds a class to the last layer where that is at position `layer`, else to a new one after it.
  package mutating func add(_ class: AttackedClass, layer: Int, name: String) {
    if layers.last?.position != layer { layers.append(Layer(position: layer, name: name)) }
    layers[layers.count - 1].classes.append(`class`)
  }
}

extension AttackEffect {
  /// The effect that speaks for a run: on its own samples where there is one, else on samples of its data set; a descent
  /// before a single step, more samples before fewer, the later before the earlier.
  static func best(
    in data: ReportData, of run: RunReport, _ kind: MeasuredKind
  ) -> AttackEffect? {
    func report(_ id: Int) -> RunReport? { data.runs.first { $0.info.id == id } }
    let found = data.attacks.compactMap { effect -> (effect: AttackEffect, rank: [Int])? in
      guard effect.kind == kind, let clean = report(effect.clean),
        let attacked = report(effect.attacked),
        clean.isTwin(of: run)
      else { return nil }
      var named = effect
      (named.attackedName, named.cleanName) = (attacked.info.name, clean.info.name)
      let rank = [
        clean.info.id == run.info.id ? 1 : 0, attacked.info.perturbation.hasPrefix("pgd:") ? 1 : 0,
        attacked.info.samples, attacked.info.id,
      ]
      return (named, rank)
    }
    return found.max { $0.rank.lexicographicallyPrecedes($1.rank) }?.effect
  }
}
