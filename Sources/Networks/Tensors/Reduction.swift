// Elements along some axes made one: sums, means, extremes, norms, products.

internal import CKernels

/// Over any set of axes. The gradient of an extreme is shared evenly by all elements that have it, as by PyTorch's `amax`
/// and `amin` and by `max` over everything; `max` over one axis gives all of it to one of them.
package struct Reduction: Hashable, Sendable {
  /// What is made of many elements.
  package enum Operation: Hashable, Sendable {
    case sum, mean, maximum, minimum, product
    /// √(Σ x²); its gradient is 0 where it is 0.
    case norm

    fileprivate var kernel: engram_reduction {
      switch self {
      case .sum, .mean: engram_reduction_sum
      case .maximum: engram_reduction_maximum
      case .minimum: engram_reduction_minimum
      case .product: engram_reduction_product
      case .norm: engram_reduction_squares
      }
    }

    /// What a reduction of nothing is.
    fileprivate var neutral: Float {
      switch self {
      case .sum, .mean, .norm: 0
      case .maximum: -.infinity
      case .minimum: .infinity
      case .product: 1
      }
    }
  }

  package let operation: Operation
  package let output: MapShape
  let walk: Walk
  private let inputCount: Int

  /// - Parameters:
  ///   - sizes: Of the input, row-major.
  ///   - axes: Those that are reduced; the output has the others in their order.
  package init(_ operation: Operation, sizes: [Int], axes: Set<Int>, output: MapShape) {
    precondition(axes.allSatisfy(sizes.indices.contains), "Reduced axes are the input's.")
    walk = Self.walk(sizes, axes)
    precondition(
      sizes.indices.reduce(1) { $0 * (axes.contains($1) ? 1 : sizes[$1]) } == output.count,
      "The output has the axes that are kept.")
    (self.operation, self.output) = (operation, output)
    inputCount = sizes.reduce(1, *)
  }

  /// Whether the engine walks along as many axes as are left when neighbours that are reduced or kept together are one.
  package static func isPossible(sizes: [Int], axes: Set<Int>) -> Bool {
    walk(sizes, axes).isPossible
  }

  private static func walk(_ sizes: [Int], _ axes: Set<Int>) -> Walk {
    let kept = Rearrangement.strides(
      of: sizes.indices.map { axes.contains($0) ? 1 : sizes[$0] })
    return Walk(
      sizes: sizes, a: Rearrangement.strides(of: sizes),
      b: sizes.indices.map { axes.contains($0) ? 0 : kept[$0] })
  }
}

extension Reduction: LayerKind {
  var name: String { "\(operation) over axes" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(inputs[0].count == inputCount, "A reduction reads \(inputCount) elements.")
    return output
  }

  /// Of the backward pass.
  func scratchCount(input: MapShape, output: MapShape) -> Int { 2 * output.count }

  /// Along the first axis, where it is kept.
  func sampleParts(input: MapShape, output: MapShape) -> Int {
    walk.b[0] == 0 ? 1 : min(walk.sizes[0], Parts.count(work: inputCount))
  }

  func forward(_ call: LayerCall) {
    let parts = sampleParts(input: call.input, output: output)
    let range = Parts.range(call.part, of: parts, count: walk.sizes[0])
    let count = walk.b[0] == 0 ? output.count : range.count * walk.b[0]
    let reduced = Float(inputCount / output.count)
    unsafe walk.withKernel(range) { walk, xOffset, yOffset, _ in
      let y = unsafe call.y + yOffset
      unsafe y.update(repeating: operation.neutral, count: count)
      unsafe engram_reduce(operation.kernel, walk, call.x + xOffset, y)
      switch operation {
      case .mean: for i in 0..<count { unsafe y[i] /= reduced }
      case .norm: for i in 0..<count { unsafe y[i] = y[i].squareRoot() }
      case .sum, .maximum, .minimum, .product: break
      }
    }
  }

  func backward(_ call: LayerCall) {
    let count = output.count
    let (x, y, dy) = unsafe (call.x, call.y, call.dy)
    let (a, b) = unsafe (call.scratch, call.scratch + count)
    unsafe call.contribute { dx in
      unsafe walk.withKernel { walk, _, _, _ in
        switch operation {
        case .sum:
          unsafe engram_spread_reduced(engram_spread_plain, walk, x, dy, dy, dx)
        case .mean:
          let share = Float(count) / Float(inputCount)
          for i in 0..<count { unsafe a[i] = dy[i] * share }
          unsafe engram_spread_reduced(engram_spread_plain, walk, x, a, a, dx)
        case .norm:
          for i in 0..<count { unsafe a[i] = y[i] == 0 ? 0 : dy[i] / y[i] }
          unsafe engram_spread_reduced(engram_spread_scaled, walk, x, a, a, dx)
        case .maximum, .minimum:
          unsafe a.update(repeating: 0, count: count)
          unsafe engram_count_equal(walk, x, y, a)
          for i in 0..<count { unsafe a[i] = dy[i] / a[i] }
          unsafe engram_spread_reduced(engram_spread_equal, walk, x, a, y, dx)
        case .product:
          // Where one factor is 0, it alone has a slope: the product of the others.
          unsafe a.update(repeating: 0, count: count)
          unsafe b.update(repeating: 1, count: count)
          unsafe engram_reduce(engram_reduction_zeros, walk, x, a)
          unsafe engram_reduce(engram_reduction_product_of_others, walk, x, b)
          for i in 0..<count {
            unsafe b[i] = a[i] == 1 ? dy[i] * b[i] : 0
            unsafe a[i] = dy[i] * y[i]
          }
          unsafe engram_spread_reduced(engram_spread_quotient, walk, x, a, b, dx)
        }
      }
    }
  }
}
