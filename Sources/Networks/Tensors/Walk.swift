// Two operands walked side by side, whatever their rank: axes that lie behind each other in both are one.

internal import CKernels

/// Element (i0, i1, …) of an operand lies at Σ i · stride.
struct Walk: Hashable, Sendable {
  private(set) var sizes: [Int] = []
  private(set) var a: [Int] = []
  private(set) var b: [Int] = []

  init(sizes: [Int], a aStrides: [Int], b bStrides: [Int]) {
    precondition(
      sizes.count == aStrides.count && sizes.count == bStrides.count, "Every axis has strides.")
    for axis in sizes.indices where sizes[axis] != 1 {
      let last = a.count - 1
      if last >= 0, a[last] == aStrides[axis] * sizes[axis], b[last] == bStrides[axis] * sizes[axis]
      {
        self.sizes[last] *= sizes[axis]
        (a[last], b[last]) = (aStrides[axis], bStrides[axis])
      } else {
        self.sizes.append(sizes[axis])
        a.append(aStrides[axis])
        b.append(bStrides[axis])
      }
    }
    if self.sizes.isEmpty { (self.sizes, a, b) = ([1], [1], [1]) }
  }

  /// Whether there are no more axes than kernels walk.
  var isPossible: Bool { sizes.count <= Int(ENGRAM_AXES) }

  var count: Int { sizes.reduce(1, *) }

  /// Elements of an operand from the first to behind the last that is walked.
  static func extent(_ sizes: [Int], _ strides: [Int]) -> Int {
    1 + zip(sizes, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
  }

  /// Lends the walk over some places of its first axis, as kernels read it, and where these begin in the operands and in
  /// the order of the walk.
  func withKernel(
    _ range: Range<Int>? = nil,
    _ body: (UnsafePointer<engram_walk>, _ a: Int, _ b: Int, _ walked: Int) -> Void
  ) {
    precondition(isPossible, "At most \(ENGRAM_AXES) axes are walked side by side.")
    let range = range ?? 0..<sizes[0]
    var walk = engram_walk()
    walk.rank = sizes.count
    Self.fill(&walk.sizes, sizes)
    Self.fill(&walk.a, a)
    Self.fill(&walk.b, b)
    walk.sizes.0 = range.count
    let first = range.lowerBound
    unsafe withUnsafePointer(to: walk) { walk in
      unsafe body(walk, first * a[0], first * b[0], first * (count / sizes[0]))
    }
  }

  private static func fill<Tuple>(_ target: inout Tuple, _ values: [Int]) {
    unsafe withUnsafeMutableBytes(of: &target) { bytes in
      unsafe values.withUnsafeBytes { unsafe bytes.copyMemory(from: $0) }
    }
  }
}
