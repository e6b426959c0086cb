// Functions of single elements as a layer. The rectifier, which others may do, is a layer of its own.

/// y = f(x), element by element.
package struct Activation: Hashable, Sendable {
  package let function: ElementFunction

  package init(_ function: ElementFunction) { self.function = function }
}

extension Activation: LayerKind {
  var name: String { function.name }
  var placement: LayerPlacement { .asItsInput }

  func sampleParts(input: MapShape, output: MapShape) -> Int { elementParts(output.count) }

  func forward(_ call: LayerCall) {
    if call.isFused { return }
    let range = evenPart(call.part, of: call.parts, total: call.count)
    unsafe function.apply(
      call.x + range.lowerBound, count: range.count, y: call.y + range.lowerBound)
  }

  func backward(_ call: LayerCall) {
    unsafe call.contribute {
      unsafe function.applyBackward(call.x, y: call.y, dy: call.dy, count: call.count, dx: $0)
    }
  }
}
