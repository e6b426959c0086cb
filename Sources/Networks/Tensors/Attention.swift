// Attention, from queries, keys and values to what the values give, with no scores left in memory. The gradients stand in
// Attention+Gradients.

internal import CKernels

/// y = softmax(scale · q kᵀ + masks) v for every group (a window, say) and head. A query whose scores are all −∞ gives 0.
package struct Attention: Hashable, Sendable {
  /// Where the vectors of a head's tokens lie: of token t, head h, group g at offset + t · tokenStride + h · headStride +
  /// g · groupStride of an input, contiguous.
  package struct Operand: Hashable, Sendable {
    /// Which of the layer's inputs.
    package let input: Int
    package let offset: Int
    package let tokenStride: Int
    package let headStride: Int
    package let groupStride: Int

    package init(
      input: Int, offset: Int = 0, tokenStride: Int, headStride: Int, groupStride: Int
    ) {
      (self.input, self.offset, self.tokenStride) = (input, offset, tokenStride)
      (self.headStride, self.groupStride) = (headStride, groupStride)
    }

    func place(_ group: Int, _ head: Int) -> Int {
      offset + group * groupStride + head * headStride
    }

    func end(_ groups: Int, _ heads: Int, _ tokens: Int, _ size: Int) -> Int {
      place(groups - 1, heads - 1) + (tokens - 1) * tokenStride + size
    }
  }

  /// What is added to the scores: of query i at offset + i · queryStride + h · headStride + g · groupStride of an input, a
  /// number for every key. A stride of 0 repeats.
  package struct Mask: Hashable, Sendable {
    package let input: Int
    package let offset: Int
    package let queryStride: Int
    package let headStride: Int
    package let groupStride: Int

    package init(
      input: Int, offset: Int = 0, queryStride: Int, headStride: Int, groupStride: Int
    ) {
      (self.input, self.offset, self.queryStride) = (input, offset, queryStride)
      (self.headStride, self.groupStride) = (headStride, groupStride)
    }

    func place(_ group: Int, _ head: Int) -> Int {
      offset + group * groupStride + head * headStride
    }
  }

  package let groups: Int
  package let heads: Int
  package let queries: Int
  package let keys: Int
  /// Of a query's or key's vector, and of a value's.
  package let size: Int
  package let valueSize: Int
  package let scale: Float
  /// Whether query i reads keys 0 … i alone.
  package let isCausal: Bool
  package let query: Operand
  package let key: Operand
  package let value: Operand
  package let masks: [Mask]
  /// Where the output's vectors lie; its input counts for nothing.
  package let result: Operand
  package let output: MapShape

  /// - Parameter result: groups × queries × heads × valueSize where nil.
  /// - Precondition: At most two masks; inputs are numbered from 0 without gaps.
  package init(
    groups: Int = 1, heads: Int, queries: Int, keys: Int, size: Int, valueSize: Int, scale: Float,
    isCausal: Bool = false, query: Operand, key: Operand, value: Operand, masks: [Mask] = [],
    result: Operand? = nil, output: MapShape
  ) {
    precondition(masks.count <= Int(ENGRAM_MASKS), "At most \(ENGRAM_MASKS) masks are added.")
    precondition(
      groups * heads * queries * valueSize == output.count,
      "The output is a vector for every group, head and query.")
    (self.groups, self.heads, self.queries, self.keys) = (groups, heads, queries, keys)
    (self.size, self.valueSize, self.scale) = (size, valueSize, scale)
    (self.isCausal, self.query, self.key, self.value) = (isCausal, query, key, value)
    (self.masks, self.output) = (masks, output)
    self.result =
      result
      ?? Operand(
        input: 0, tokenStride: heads * valueSize, headStride: valueSize,
        groupStride: queries * heads * valueSize)
  }

  /// Queries, keys and values in one value of groups × tokens × (3 · heads · size), as one product makes them.
  package static func packed(
    groups: Int = 1, heads: Int, tokens: Int, size: Int, scale: Float, masks: [Mask] = [],
    output: MapShape
  ) -> Attention {
    let row = 3 * heads * size
    func operand(_ which: Int) -> Operand {
      Operand(
        input: 0, offset: which * heads * size, tokenStride: row, headStride: size,
        groupStride: groups == 1 ? 0 : tokens * row)
    }
    return Attention(
      groups: groups, heads: heads, queries: tokens, keys: tokens, size: size, valueSize: size,
      scale: scale, query: operand(0), key: operand(1), value: operand(2), masks: masks,
      output: output)
  }

  /// Queries of a group and head that are one piece of work: its keys are packed anew for each.
  private static let pieceQueries = 512
  private var chunks: Int { (queries + Self.pieceQueries - 1) / Self.pieceQueries }
  private var pieces: Int { groups * heads * chunks }

  /// What the kernels are told of a group and head.
  func kernel(_ call: LayerCall, group: Int, head: Int) -> engram_attention {
    var kernel = unsafe engram_attention()
    unsafe (kernel.queries, kernel.keys) = (queries, keys)
    unsafe (kernel.size, kernel.value_size) = (size, valueSize)
    unsafe (kernel.scale, kernel.causal) = (scale, isCausal ? 1 : 0)
    unsafe kernel.q = UnsafePointer(call.value(query.input) + query.place(group, head))
    unsafe kernel.k = UnsafePointer(call.value(key.input) + key.place(group, head))
    unsafe kernel.v = UnsafePointer(call.value(value.input) + value.place(group, head))
    unsafe (kernel.q_stride, kernel.k_stride) = (query.tokenStride, key.tokenStride)
    unsafe kernel.v_stride = value.tokenStride
    if let mask = masks.first {
      unsafe kernel.masks.0 = UnsafePointer(call.value(mask.input) + mask.place(group, head))
      unsafe kernel.mask_strides.0 = mask.queryStride
    }
    if masks.count > 1 {
      let mask = masks[1]
      unsafe kernel.masks.1 = UnsafePointer(call.value(mask.input) + mask.place(group, head))
      unsafe kernel.mask_strides.1 = mask.queryStride
    }
    unsafe kernel.y = call.y + result.place(group, head)
    unsafe kernel.y_stride = result.tokenStride
    return unsafe kernel
  }
}

extension Attention: LayerKind {
  var name: String { "attention, \(heads) heads" }

  var inputCounts: ClosedRange<Int> {
    let count =
      1
      + ([query, key, value].map(\.input) + masks.map(\.input)).reduce(0) { max($0, $1) }
    return count...count
  }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    let ends = [
      (query.input, query.end(groups, heads, queries, size)),
      (key.input, key.end(groups, heads, keys, size)),
      (value.input, value.end(groups, heads, keys, valueSize)),
    ]
    let masked = masks.map {
      ($0.input, $0.place(groups - 1, heads - 1) + (queries - 1) * $0.queryStride + keys)
    }
    precondition(
      (ends + masked).allSatisfy { $0.1 <= inputs[$0.0].count },
      "Queries, keys, values and masks lie within the inputs.")
    return output
  }

  func multiplyAdds(input: MapShape, output: MapShape) -> Int {
    groups * heads * queries * keys * (size + valueSize)
  }

  func scratchCount(input: MapShape, output: MapShape) -> Int {
    max(engram_attention_scratch(queries, keys, size, valueSize), gradientScratchCount)
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    Parts.count(multiplyAdds(input: input, output: output) >> 17, most: pieces)
  }

  func forward(_ call: LayerCall) {
    let parts = sampleParts(input: call.input, output: output)
    for piece in Parts.range(call.part, of: parts, count: pieces) {
      let (pair, chunk) = (piece / chunks, piece % chunks)
      let range = Parts.range(chunk, of: chunks, count: queries)
      var kernel = unsafe kernel(call, group: pair / heads, head: pair % heads)
      unsafe engram_attend(&kernel, range.lowerBound, range.upperBound, call.scratch)
    }
  }

  func backward(_ call: LayerCall) { contributeGradients(call) }
}
