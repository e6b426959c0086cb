// The weights and biases of a layer, cut into the blocks of rows that a warehouse keeps them in; the same rows
// as a block of counts has.

/// W (outputs × inputs, row-major) and b of one layer.
package struct LayerWeights: Hashable, Sendable {
  package let shape: LayerShape
  package let weight: [Float]
  package let bias: [Float]?

  package init(shape: LayerShape, weight: [Float], bias: [Float]?) {
    precondition(weight.count == shape.outputs * shape.inputs, "The weights do not fit the shape")
    precondition((bias?.count ?? 0) == (shape.hasBias ? shape.outputs : 0), "The bias does not fit")
    self.shape = shape
    self.weight = weight
    self.bias = bias
  }

  package static func blockCount(_ shape: LayerShape) -> Int { ClassCounts.blockCount(shape) }

  /// Output rows of a block.
  package static func rows(of block: Int, _ shape: LayerShape) -> Range<Int> {
    let rows = CountsBlock.rowsPerBlock(columns: shape.columns)
    precondition(block >= 0 && block * rows < shape.outputs, "The layer has no such block")
    return block * rows..<min((block + 1) * rows, shape.outputs)
  }

  /// The stored form of one block: n_rows × n_in Float32, and n_rows where the layer has a bias.
  package func encoded(block: Int) -> (weight: [UInt8], bias: [UInt8]?) {
    let rows = Self.rows(of: block, shape)
    let values = rows.lowerBound * shape.inputs..<rows.upperBound * shape.inputs
    return (
      FloatVector.encode(weight.span.extracting(values)),
      bias.map { FloatVector.encode($0.span.extracting(rows)) }
    )
  }

  /// Rows of the layer as a layer of its own; its inputs, and so its thresholds, stay the layer's.
  package func slice(_ rows: Range<Int>) -> LayerWeights {
    LayerWeights(
      shape: LayerShape(outputs: rows.count, inputs: shape.inputs, hasBias: shape.hasBias),
      weight: Array(weight[rows.lowerBound * shape.inputs..<rows.upperBound * shape.inputs]),
      bias: bias.map { Array($0[rows]) })
  }

  package var encoder: SignificanceEncoder {
    SignificanceEncoder(shape: shape, weight: weight, bias: bias)
  }
}

/// Puts the blocks of a layer, or of some of its rows, together again.
package struct LayerWeightsReader {
  /// The blocks that are needed, in this order.
  package let blocks: Range<Int>
  private let shape: LayerShape
  private let rows: Range<Int>
  private var next: Int
  private var weight: [Float] = []
  private var bias: [Float] = []

  /// `rows`: nil for all.
  package init(_ shape: LayerShape, rows: Range<Int>? = nil) {
    let rows = rows ?? 0..<shape.outputs
    precondition(!rows.isEmpty && rows.upperBound <= shape.outputs, "The layer has no such rows")
    let perBlock = CountsBlock.rowsPerBlock(columns: shape.columns)
    self.shape = shape
    self.rows = rows
    blocks = rows.lowerBound / perBlock..<(rows.upperBound + perBlock - 1) / perBlock
    next = blocks.lowerBound
    weight.reserveCapacity(rows.count * shape.inputs)
  }

  /// Throws, naming the block, where it is not the next one or its bytes are not its own.
  package mutating func append(
    block: Int, weight: RawSpan, bias: [UInt8]?
  ) throws(BitsError) {
    guard block == next, blocks.contains(block) else {
      throw BitsError("weights of \(shape): expected block \(next), found \(block)")
    }
    let own = LayerWeights.rows(of: block, shape)
    let wanted = own.clamped(to: rows)
    guard (bias != nil) == shape.hasBias else {
      throw BitsError(
        "weights of \(shape), block \(block): expected \(shape.hasBias ? "a bias" : "no bias")")
    }
    do {
      guard weight.byteCount == 4 * own.count * shape.inputs else {
        throw BitsError(
          "expected \(4 * own.count * shape.inputs) bytes, found \(weight.byteCount)")
      }
      let first = wanted.lowerBound - own.lowerBound
      let bytes = 4 * first * shape.inputs..<4 * (first + wanted.count) * shape.inputs
      self.weight += try FloatVector.decode(
        weight.extracting(bytes), count: wanted.count * shape.inputs)
      if let bias {
        let values = try unsafe FloatVector.decode(bias.span.bytes, count: own.count)
        self.bias += values[first..<first + wanted.count]
      }
    } catch {
      throw BitsError("weights of \(shape), block \(block): \(error)")
    }
    next += 1
  }

  package func finish() throws(BitsError) -> LayerWeights {
    guard next == blocks.upperBound else {
      throw BitsError("weights of \(shape): block \(next) is missing")
    }
    return LayerWeights(
      shape: LayerShape(outputs: rows.count, inputs: shape.inputs, hasBias: shape.hasBias),
      weight: weight, bias: shape.hasBias ? bias : nil)
  }
}
