// Normalisations of constants: weights that a network standardises before it takes them.

internal import ModelFiles

extension Folding {
  static let normalisations: [OperationKind: Rule] = [
    .batchNormalisation: { [try normalised($0)] }
  ]

  /// By channel, along axis 1: by the means and variances that are given, or by the operand's own.
  private static func normalised(_ operation: LoweredOperation) throws -> FoldedTensor {
    let x = try operation.needed("input")
    guard x.shape.count >= 2 else {
      throw NetworkError("expected channels on axis 1, found \(x.shape)")
    }
    let (channels, inner) = (x.shape[1], x.shape[2...].product)
    func part(_ name: String) throws -> [Double]? {
      guard let tensor = try operation.folded(name) else { return nil }
      guard tensor.count == channels else {
        throw NetworkError("expected \(channels) numbers as \(name), found \(tensor.shape)")
      }
      return try tensor.values()
    }
    let epsilon = try operation.number("epsilon", 1e-5)
    let (means, variances) = (try part("mean"), try part("variance"))
    let (weight, bias) = (try part("weight"), try part("bias"))
    var values = try x.values()
    for channel in 0..<channels {
      let places = (0..<x.shape[0]).lazy.flatMap { row -> Range<Int> in
        let start = (row * channels + channel) * inner
        return start..<start + inner
      }
      let count = Double(x.shape[0] * inner)
      let mean = means?[channel] ?? places.reduce(0) { $0 + values[$1] } / count
      let variance =
        variances?[channel]
        ?? places.reduce(0) { $0 + (values[$1] - mean) * (values[$1] - mean) } / count
      let factor = (weight?[channel] ?? 1) / (variance + epsilon).squareRoot()
      for place in places {
        values[place] = (values[place] - mean) * factor + (bias?[channel] ?? 0)
      }
    }
    return FoldedTensor(shape: x.shape, values, .fraction)
  }
}
