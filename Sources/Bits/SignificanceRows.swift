// Some outputs of one sample's stored form, as the stored form of a layer of their own.

extension Significance {
  /// The bits of outputs `rows`, of which the first is a multiple of 8, and the last the layer's last or the last of
  /// a byte. Throws where the blob is malformed.
  package static func rows(_ rows: Range<Int>, of blob: RawSpan) throws(BitsError) -> [UInt8] {
    let header = try header(blob)
    precondition(
      rows.lowerBound >= 0 && rows.lowerBound % 8 == 0 && !rows.isEmpty
        && (rows.upperBound % 8 == 0 || rows.upperBound == header.shape.outputs)
        && rows.upperBound <= header.shape.outputs, "The layer has no such bytes of outputs")
    let shape = LayerShape(
      outputs: rows.count, inputs: header.shape.inputs, hasBias: header.shape.hasBias)
    let own = Header(shape: shape, activeCount: header.activeCount)
    var result = own.bytes()
    result.reserveCapacity(own.totalBytes)
    for offset in headerBytes..<header.rowsOffset { result.append(blob.byte(offset)) }
    for row in 0..<header.activeCount {
      let first = header.rowsOffset + row * header.rowBytes + rows.lowerBound / 8
      for offset in first..<first + own.rowBytes { result.append(blob.byte(offset)) }
    }
    return result
  }
}
