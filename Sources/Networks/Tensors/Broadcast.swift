// Two values combined element by element, either repeated along some axes, as NumPy broadcasts.

internal import CKernels

/// y = a ∘ b. Gradients of repeated elements are summed in the order of the output.
package struct Broadcast: Hashable, Sendable {
  /// What is done with two elements.
  package enum Operation: Hashable, Sendable {
    case add, subtract, multiply, divide, power
    /// NaN wins; of equal operands either has half of the gradient, as PyTorch has it.
    case minimum, maximum
    /// 1 where it is so, else 0, of numbers of which those that are not 0 are true. No gradients.
    case equal, less, lessOrEqual, and, or, exclusiveOr
    /// b where a is true, else 0; and b where it is not. The gradient is b's.
    case keepWhere, dropWhere

    var kernel: engram_operation {
      switch self {
      case .add: engram_operation_add
      case .subtract: engram_operation_subtract
      case .multiply: engram_operation_multiply
      case .divide: engram_operation_divide
      case .power: engram_operation_power
      case .minimum: engram_operation_minimum
      case .maximum: engram_operation_maximum
      case .equal: engram_operation_equal
      case .less: engram_operation_less
      case .lessOrEqual: engram_operation_less_or_equal
      case .and: engram_operation_and
      case .or: engram_operation_or
      case .exclusiveOr: engram_operation_exclusive_or
      case .keepWhere: engram_operation_keep
      case .dropWhere: engram_operation_drop
      }
    }
  }

  package let operation: Operation
  /// What the graph is told of the result; its elements lie in the order of the sizes.
  package let output: MapShape
  let walk: Walk
  /// Elements that the operands have at least.
  let aCount: Int
  let bCount: Int

  /// - Parameters:
  ///   - sizes: Of the output, row-major.
  ///   - aStrides: Of every axis, how far apart a's elements lie; 0 where a is repeated.
  ///   - bStrides: The same of b.
  package init(
    _ operation: Operation, sizes: [Int], aStrides: [Int], bStrides: [Int], output: MapShape
  ) {
    precondition(sizes.reduce(1, *) == output.count, "A broadcast's sizes are its output's.")
    (self.operation, self.output) = (operation, output)
    walk = Walk(sizes: sizes, a: aStrides, b: bStrides)
    aCount = Walk.extent(sizes, aStrides)
    bCount = Walk.extent(sizes, bStrides)
  }

  /// Of operands whose sizes broadcast as NumPy's do: aligned at the last axis, 1 or missing where they are repeated.
  package init(_ operation: Operation, _ a: [Int], _ b: [Int], output: MapShape) {
    guard let (sizes, aStrides, bStrides) = Self.broadcast(a, b) else {
      preconditionFailure("Sizes \(a) and \(b) do not broadcast.")
    }
    self.init(operation, sizes: sizes, aStrides: aStrides, bStrides: bStrides, output: output)
  }

  /// Whether operands of these sizes broadcast, along no more axes than the engine walks.
  package static func isPossible(_ a: [Int], _ b: [Int]) -> Bool {
    broadcast(a, b).map { Walk(sizes: $0.sizes, a: $0.aStrides, b: $0.bStrides).isPossible }
      ?? false
  }

  private static func broadcast(
    _ a: [Int], _ b: [Int]
  ) -> (sizes: [Int], aStrides: [Int], bStrides: [Int])? {
    let rank = max(a.count, b.count)
    func padded(_ sizes: [Int]) -> [Int] {
      [Int](repeating: 1, count: rank - sizes.count) + sizes
    }
    func strides(_ own: [Int]) -> [Int] {
      zip(own, Rearrangement.strides(of: own)).map { $0 == 1 ? 0 : $1 }
    }
    let (first, second) = (padded(a), padded(b))
    guard zip(first, second).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
    return (zip(first, second).map { $0 == 1 ? $1 : $0 }, strides(first), strides(second))
  }
}

extension Broadcast: LayerKind {
  var name: String { "\(operation)" }
  var inputCounts: ClosedRange<Int> { 2...2 }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(
      aCount <= inputs[0].count && bCount <= inputs[1].count,
      "A broadcast's operands have at least \(aCount) and \(bCount) elements.")
    return output
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min(walk.sizes[0], Parts.count(work: output.count))
  }

  func forward(_ call: LayerCall) {
    let parts = sampleParts(input: call.input, output: output)
    let range = Parts.range(call.part, of: parts, count: walk.sizes[0])
    let (a, b, y) = unsafe (call.x, call.value(1), call.y)
    unsafe walk.withKernel(range) { walk, aOffset, bOffset, offset in
      unsafe engram_combine(operation.kernel, walk, a + aOffset, b + bOffset, y + offset)
    }
  }

  func backward(_ call: LayerCall) {
    let (a, b, dy) = unsafe (call.x, call.value(1), call.dy)
    for which in 0..<2 {
      unsafe call.contribute(which) { target in
        unsafe target.update(repeating: 0, count: call.inputShape(which).count)
        unsafe walk.withKernel { walk, _, _, _ in
          unsafe engram_combine_backward(operation.kernel, Int32(which), walk, a, b, dy, target)
        }
      }
    }
  }
}
