// The size of a fully connected layer's interaction matrix.

/// outputs × columns interactions; columns = inputs, and one more for the bias where there is one.
package struct LayerShape: Hashable, Sendable, CustomStringConvertible {
  package let outputs: Int
  package let inputs: Int
  package let hasBias: Bool

  /// A Float32 still holds every n_in up to here exactly, as the threshold z / n_in needs.
  static let largestSide = 1 << 24
  /// Keeps a dense bitset below SQLite's largest blob, and a corrupt header from asking for more.
  static let mostInteractions = 1 << 32

  /// The shape must be valid; use `init(validating:inputs:hasBias:)` for numbers out of a file.
  package init(outputs: Int, inputs: Int, hasBias: Bool) {
    precondition(
      Self.isValid(outputs: outputs, inputs: inputs, hasBias: hasBias),
      "A layer has 1 to 2^24 outputs and inputs and at most 2^32 interactions")
    self.outputs = outputs
    self.inputs = inputs
    self.hasBias = hasBias
  }

  package init(validating outputs: Int, inputs: Int, hasBias: Bool) throws(BitsError) {
    guard Self.isValid(outputs: outputs, inputs: inputs, hasBias: hasBias) else {
      throw BitsError(
        """
        no layer has \(outputs) outputs and \(inputs) inputs: expected 1 to \(Self.largestSide) of \
        each and at most \(Self.mostInteractions) interactions
        """)
    }
    self.init(outputs: outputs, inputs: inputs, hasBias: hasBias)
  }

  private static func isValid(outputs: Int, inputs: Int, hasBias: Bool) -> Bool {
    (1...largestSide).contains(outputs) && (1...largestSide).contains(inputs)
      && outputs * (inputs + (hasBias ? 1 : 0)) <= mostInteractions
  }

  package var columns: Int { inputs + (hasBias ? 1 : 0) }
  package var interactions: Int { outputs * columns }

  package var description: String {
    "\(outputs) × \(inputs)\(hasBias ? " with bias" : " without bias")"
  }
}
