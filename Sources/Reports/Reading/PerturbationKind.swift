// What was done to a run's images before the network saw them, as far as a report tells it apart.

/// How a report groups perturbations.
package enum PerturbationKind: Sendable {
  case none
  /// Chosen against the network: pgd, fgsm.
  case attack
  /// Noise of an attack's size that knows no network: the control beside an attack.
  case control
  /// ODIN's, towards the network's own prediction: made for one detector's score, no claim is judged by it.
  case step
  /// Whatever else images may suffer.
  case shift

  /// - Parameter text: as the warehouse has it: "pgd:eps=8/255,…", "sign-noise:eps=8/255", "blur:3".
  package init(_ text: String) {
    self =
      switch text.prefix(while: { $0 != ":" }) {
      case "none": .none
      case "pgd", "fgsm": .attack
      case "sign-noise": .control
      case "odin": .step
      default: .shift
      }
  }

  /// Attacks first, their control beside them, then shifts, and ODIN's step last.
  package var order: Int {
    switch self {
    case .none: 0
    case .attack: 1
    case .control: 2
    case .shift: 3
    case .step: 4
    }
  }
}
