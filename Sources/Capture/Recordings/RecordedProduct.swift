// W x + b of a recorded layer, computed in Float64: for z that was not recorded, and to check the one that was.

internal import Basics
internal import Bits
internal import CBLAS
internal import Synchronization

/// A layer's parameters as Float64. Safe from several threads at once.
final class RecordedProduct: Sendable {
  private let shape: LayerShape
  private let weight: [Double]
  private let magnitudes: [Double]
  private let bias: [Double]?

  /// Samples to a product: its sums are the same wherever a batch begins.
  private static let block = 32

  init(_ weights: LayerWeights) {
    shape = weights.shape
    weight = weights.weight.map(Double.init)
    magnitudes = weight.map(abs)
    bias = weights.bias.map { $0.map(Double.init) }
  }

  /// samples × outputs, rounded to Float32.
  func z(_ x: [Float], count: Int) -> [Float] {
    let parts = Parallel.map(count, atATime: Self.block) { range in
      self.product(self.weight, self.own(x, range).map(Double.init), self.bias, range.count).map(
        Float.init)
    }
    return Array(parts.joined())
  }

  /// The largest |z − (W x + b)| / Σ|a| of some samples, and which sample's it is: ∞ where one of them alone is finite. Rows
  /// of which neither is, as an x of theirs is not, do not count.
  func deviation(_ z: [Float], x: [Float], count: Int) -> (value: Double, sample: Int) {
    let parts = Parallel.map(count, atATime: Self.block) { range -> (value: Double, sample: Int) in
      let own = self.own(x, range).map(Double.init)
      let sums = self.product(self.weight, own, self.bias, range.count)
      let scales = self.product(
        self.magnitudes, own.map(abs), self.bias.map { $0.map(abs) }, range.count)
      var worst = (value: 0.0, sample: range.lowerBound)
      for (place, sum) in sums.enumerated() {
        let found = Double(z[range.lowerBound * self.shape.outputs + place])
        guard found != sum, found.isFinite || sum.isFinite else { continue }
        let value =
          found.isFinite && sum.isFinite ? abs(found - sum) / scales[place] : .infinity
        if value > worst.value { worst = (value, range.lowerBound + place / self.shape.outputs) }
      }
      return worst
    }
    return parts.max { $0.value < $1.value } ?? (0, 0)
  }

  private func own(_ x: [Float], _ range: Range<Int>) -> ArraySlice<Float> {
    x[range.lowerBound * shape.inputs..<range.upperBound * shape.inputs]
  }

  private func product(_ weight: [Double], _ x: [Double], _ bias: [Double]?, _ count: Int)
    -> [Double]
  {
    var sums = [Double](repeating: 0, count: count * shape.outputs)
    if let bias {
      for sample in 0..<count {
        for (i, value) in bias.enumerated() { sums[sample * shape.outputs + i] = value }
      }
    }
    let (rows, outputs, inputs) = (Int32(count), Int32(shape.outputs), Int32(shape.inputs))
    unsafe cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, rows, outputs, inputs, 1, x, inputs, weight, inputs,
      1,
      &sums, outputs)
    return sums
  }
}
