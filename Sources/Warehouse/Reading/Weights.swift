// The weights of captured layers: written once per layer, read back to derive bits from x and z.

package import Bits
internal import ContentHash
internal import SQLiteKit

extension Warehouse {
  /// Keeps a layer's W and b where they are not yet kept; layers of one id have one W and b, for a model is what
  /// its weights are.
  package func store(_ weights: LayerWeights, of layer: Stored<LayerRecord>) throws {
    if try hasWeights(of: layer) { return }
    let hash = weights.contentHash
    try told {
      try connection.transaction {
        try connection.run("delete from layer_weight where layer_id = ?", .integer(layer.id))
        var insert = try connection.prepare(
          "insert into layer_weight (layer_id, block, checksum, weight, bias) values (?, ?, ?, ?, ?)"
        )
        for block in 0..<LayerWeights.blockCount(weights.shape) {
          let (weight, bias) = weights.encoded(block: block)
          try insert.bind([
            .integer(layer.id), .integer(block), .integer(Checksum.of(weight, bias ?? [])),
          ])
          if let bias { try insert.bind(bias, at: 5) }
          try insert.lending(weight, at: 4) { try $0.run() }
        }
        try connection.run(
          "update layer set weights_sha256 = ? where layer_id = ?", .text(hash), .integer(layer.id))
      }
    }
  }

  /// Whether the file keeps the layer's weights.
  package func hasWeights(of layer: Stored<LayerRecord>) throws -> Bool {
    try told {
      try connection.integer(
        "select weights_sha256 is not null from layer where layer_id = ?", .integer(layer.id))
    } == 1
  }

  /// A layer's W and b.
  package func weights(of layer: Stored<LayerRecord>) throws -> LayerWeights {
    try weights(of: layer, rows: 0..<layer.outputs)
  }

  /// Those of some rows, as a layer of their own.
  func weights(of layer: Stored<LayerRecord>, rows: Range<Int>) throws -> LayerWeights {
    try told {
      do {
        let shape = try layer.record.shape
        var reader = LayerWeightsReader(shape, rows: rows)
        var blocks = try connection.prepare(
          """
          select block, weight, bias from layer_weight
          where layer_id = ? and block between ? and ? order by block
          """)
        try blocks.bind([
          .integer(layer.id), .integer(reader.blocks.lowerBound),
          .integer(reader.blocks.upperBound - 1),
        ])
        while try blocks.step() {
          try reader.append(
            block: blocks.int(0), weight: blocks.blob(1),
            bias: blocks.isNull(2) ? nil : blocks.bytes(2))
        }
        return try reader.finish()
      } catch let error as BitsError {
        throw WarehouseError.corrupt(path: path, message: "layer \(layer.name): \(error)")
      }
    }
  }
}

extension LayerWeights {
  /// SHA-256 over outputs, inputs, W and b, in hex; functions find the layer by it.
  package var contentHash: String {
    var hasher = ContentHasher()
    hasher.update(UInt64(shape.outputs))
    hasher.update(UInt64(shape.inputs))
    // As FloatVector stores them: every supported machine has floats least significant byte first in memory.
    hasher.update(weight.span.bytes)
    if let bias { hasher.update(bias.span.bytes) }
    return hasher.finish()
  }
}

extension LayerRecord {
  package var shape: LayerShape {
    get throws(BitsError) { try LayerShape(validating: outputs, inputs: inputs, hasBias: hasBias) }
  }
}
