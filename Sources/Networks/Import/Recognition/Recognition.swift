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
      if candidate.nodes.contains(where: \.isDerived), isSame(as: candidate, tensors, computed) {
        return candidate
      }
    }
    return nil
  }

  /// Whether both compute the same of these numbers.
  private func isSame(
    as candidate: Architecture, _ tensors: [String: Tensor], _ computed: [String: Tensor]
  ) -> Bool {
    var forms = NormalForms()
    guard let own = forms.output(of: self, { computed[$0] ?? tensors[$0] }) else { return false }
    return forms.output(of: candidate) { tensors[$0] } == own
  }
}

extension Node {
  /// Whether it is computed of parameters alone, as files have it done before they are written, or at every pass.
  fileprivate var isDerived: Bool { if case .derived = layer { true } else { false } }
}
