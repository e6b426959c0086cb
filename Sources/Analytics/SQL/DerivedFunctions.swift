// SQL functions that make again what a warehouse does not keep twice, and the checksum of what it keeps.
//
// engram_checksum(blob), engram_checksum(first, second) → integer
//   D1  XXH3 of 64 bits over the blob, or over the second behind the first.
// engram_rectified(z) → blob
//   D2  max(z, 0) of a vector of Float32, as a sparse vector: the input of the next layer.
// engram_significance(weights, x, z) → blob
//   D3  The significance bitset of a sample: `weights` is layer.weights_sha256, x the layer's input (sparse or plain),
//       z its pre-activations. W and b come from layer_weight of whichever attached database has that layer.
//   D4  A weights_sha256 that no attached warehouse has weights of, or an x or z of another length, is an error.

import Bits
import Synchronization

extension SQLFunction {
  static let derivedFunctions: [SQLFunction] = [
    .scalar(
      "engram_checksum", "blob [, blob]",
      "the checksum that stands beside a blob, XXH3 of 64 bits; of two blobs, the one behind the other",
      SQLExample("select engram_checksum(x'01', x'02') = engram_checksum(x'0102')", "1")
    ) { arguments throws(SQLFunctionError) in
      let first = try arguments.blob(0)
      return .integer(
        arguments.count > 1
          ? Checksum.of(first, try arguments.blob(1)) : Checksum.of(first))
    },
    .scalar(
      "engram_rectified", "z",
      "max(z, 0) as a sparse vector: the x of the layer behind a rectifier",
      SQLExample("select hex(engram_rectified(engram_vector('[-1, 2]')))", "0200000040")
    ) { arguments throws(SQLFunctionError) in
      return .blob(SparseVector.rectified(try arguments.vector(0)))
    },
    SQLFunction(
      name: "engram_significance", parameters: "weights, x, z",
      summary:
        "the bitset of a sample from x, z and the layer's weights, found by `layer.weights_sha256`; the view "
        + "`bitset` calls it",
      example: SQLExample("select engram_significance(null, x'00', x'') is null", "1"),
      call: .reader { arguments, context throws(SQLFunctionError) in
        let encoder = try KnownLayers.encoder(of: try arguments.text(0), in: context)
        let input = try arguments.vector(1, elements: encoder.shape.inputs)
        let z = try arguments.floats(2, count: encoder.shape.outputs)
        return .blob(encoder.encode(x: input.span, z: z.span, count: 1)[0])
      }),
  ]
}

extension SQLArguments {
  /// A plain vector of `count` elements, one for each output of a layer.
  fileprivate func floats(_ index: Int, count: Int) throws(SQLFunctionError) -> [Float] {
    let vector = try vector(index)
    guard vector.count == count else {
      throw SQLFunctionError(
        argument: index, "has \(vector.count) elements, the layer \(count) outputs")
    }
    return vector
  }
}

/// The encoders of the layers asked for last, by connection and the hash that its warehouse claims for their weights:
/// what one file claims is not another's.
enum KnownLayers {
  private struct Known {
    let connection: UInt
    let key: [UInt8]
    let encoder: SignificanceEncoder
  }

  private static let cache = Mutex<[Known]>([])
  /// Of AlexNet's size three take 250 MB.
  private static let most = 4

  static func encoder(
    of key: String, in context: SQLContext
  ) throws(SQLFunctionError) -> SignificanceEncoder {
    let (connection, bytes) = (context.connection, Array(key.utf8))
    let known = cache.withLock {
      $0.first { $0.connection == connection && $0.key == bytes }
    }
    if let known { return known.encoder }
    let encoder = try read(key, context)
    cache.withLock {
      if $0.count == most { $0.removeFirst() }
      $0.append(Known(connection: connection, key: bytes, encoder: encoder))
    }
    return encoder
  }

  /// To be called of a new connection, which may have the address of one that is gone.
  static func forget(_ connection: UInt) {
    cache.withLock { $0.removeAll { $0.connection == connection } }
  }

  private static func read(
    _ key: String, _ context: SQLContext
  ) throws(SQLFunctionError) -> SignificanceEncoder {
    var schemas: [String] = []
    try context.forEachRow(
      """
      select list.name from pragma_database_list as list
      where ?1 <> '' and (select count(*) from pragma_table_list
        where schema = list.name and name in ('layer', 'layer_weight')) = 2
      """, key
    ) { row throws(SQLFunctionError) in schemas.append(row.text(0)) }
    for schema in schemas {
      let name =
        "\""
        + schema.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\""
      var reader: LayerWeightsReader?
      try context.forEachRow(
        """
        select n_out, n_in, has_bias, weight, bias, block
        from \(name).layer_weight join \(name).layer using (layer_id)
        where layer_id = (select min(layer_id) from \(name).layer where weights_sha256 = ?1)
        order by block
        """, key
      ) { row throws(SQLFunctionError) in
        do {
          if reader == nil {
            reader = LayerWeightsReader(
              try LayerShape(
                validating: row.integer(0), inputs: row.integer(1), hasBias: row.integer(2) != 0))
          }
          guard let weight = row.blob(3) else { throw BitsError("weights are missing") }
          try reader?.append(block: row.integer(5), weight: weight, bias: row.bytes(4))
        } catch {
          throw SQLFunctionError("layer with weights \(key): \(error)")
        }
      }
      guard let reader else { continue }
      do {
        return try reader.finish().encoder
      } catch {
        throw SQLFunctionError("layer with weights \(key): \(error)")
      }
    }
    throw SQLFunctionError(
      argument: 0, "is '\(key)': no attached warehouse has the weights of such a layer")
  }
}
