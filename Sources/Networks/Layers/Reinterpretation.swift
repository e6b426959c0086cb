// The same memory under another shape. Nothing is moved.

/// What lies there as channels × height × width lies there as `shape` too.
package struct Reinterpretation: Hashable, Sendable {
  package let shape: MapShape

  package init(shape: MapShape) { self.shape = shape }
}

extension Reinterpretation: LayerKind {
  var name: String { "reshape" }
  var placement: LayerPlacement { .asItsInput }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(inputs[0].count == shape.count, "Another shape has as many elements.")
    return shape
  }

  // Fusion gives it the memory of what it reads, values and gradients.
  func forward(_ call: LayerCall) {}
  func backward(_ call: LayerCall) {}
}
