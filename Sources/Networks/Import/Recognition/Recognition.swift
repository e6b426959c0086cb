// Whether a file's network is one of the built-in ones: then it is run as that, to the same bits, and runs of it are the same
// runs as those of its .pth.

package import WeightFiles

extension Architecture {
  /// The built-in architecture that computes the same of the same parameters; nil where none does. Every parameter of it is
  /// among the file's tensors, by name and shape, and its nodes are the file's: layer by layer with every setting, or, of a
  /// network with shifted windows, in the form that `NormalForms` has of both.
  ///
  /// - Parameters:
  ///   - tensors: The file's own that the network is made of, by the file's names.
  ///   - computed: Parameters of nodes that are not the file's own by that name, but were computed of such.
  package func recognised(
    with tensors: [String: Tensor], computed: [String: Tensor] = [:]
  ) -> Architecture? {
    let shapes = tensors.mapValues(\.shape)
    guard let classes = ShapePass(self).shapes.last?.count else { return nil }
    // A weight that was computed, standardised, say, is another one, whatever it is called.
    let readsItsOwn = computed.allSatisfy { tensors[$0] == $1 }
    var comparison = NormalComparison(self) { computed[$0] ?? tensors[$0] }
    for name in Self.known {
      guard
        let candidate = try? Architecture.named(name, classes: classes, side: input.height),
        candidate.input == input
      else { continue }
      let parameters = ShapePass(candidate).parameters
      guard parameters.allSatisfy({ shapes[$0.name] == $0.shape }) else { continue }
      if readsItsOwn, parameters.count == shapes.count {
        var keys = NodeKeys()
        if keys.key(of: self) == keys.key(of: candidate) { return candidate }
      }
      if candidate.nodes.contains(where: \.isDerived),
        comparison.isSame(as: candidate, { tensors[$0] })
      {
        return candidate
      }
    }
    return nil
  }
}

/// Compares an architecture with others by what they compute of their numbers. Its own form is made when it is first needed.
private struct NormalComparison {
  private let architecture: Architecture
  private let tensors: (String) -> Tensor?
  private var forms = NormalForms()
  private var own: NormalForms.Source??

  /// - Parameter tensors: Its parameters by name.
  init(_ architecture: Architecture, _ tensors: @escaping (String) -> Tensor?) {
    (self.architecture, self.tensors) = (architecture, tensors)
  }

  mutating func isSame(as other: Architecture, _ tensors: (String) -> Tensor?) -> Bool {
    let own = own ?? forms.output(of: architecture, self.tensors)
    self.own = .some(own)
    return own != nil && forms.output(of: other, tensors) == own
  }
}

extension Node {
  /// Whether it is computed of parameters alone, as files have it done before they are written, or at every pass.
  fileprivate var isDerived: Bool { if case .derived = layer { true } else { false } }
}
