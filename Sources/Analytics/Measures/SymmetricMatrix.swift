// A symmetric matrix of sums over samples, a Gram or covariance matrix, as a value of SQL.
//
//   "EM", version 1, 0; n and n_samples (UInt32, little-endian); n × n Float64, row-major.

import Bits

struct SymmetricMatrix {
  let size: Int
  /// Rows that were summed up.
  let samples: Int
  /// n × n, row-major.
  private(set) var values: [Double]

  private static let header = 12
  /// The largest n whose matrix fits a value.
  static let largestSize = 11_180

  /// From the upper triangle.
  init(size: Int, samples: Int, upper: [Double]) {
    precondition(size > 0 && upper.count == size * size, "A matrix has n × n elements")
    self.size = size
    self.samples = samples
    values = upper
    for i in 0..<size { for j in 0..<i { values[i * size + j] = values[j * size + i] } }
  }

  init(decoding blob: RawSpan) throws(BitsError) {
    func uint32(_ offset: Int) -> Int {
      Int(
        UInt32(
          littleEndian: unsafe blob.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
    guard blob.byteCount >= Self.header, uint32(0) == 0x0001_4D45 else {
      throw BitsError("expected a header \"EM\", version 1, found \(blob.byteCount) other bytes")
    }
    let size = uint32(4)
    guard (1...Self.largestSize).contains(size),
      blob.byteCount == Self.header + 8 * size * size
    else {
      throw BitsError("of \(size) × \(size) elements, but of \(blob.byteCount) bytes")
    }
    var values: [Double] = []
    values.reserveCapacity(size * size)
    for index in 0..<size * size {
      let bits = unsafe blob.unsafeLoadUnaligned(
        fromByteOffset: Self.header + 8 * index, as: UInt64.self)
      values.append(Double(bitPattern: UInt64(littleEndian: bits)))
    }
    for i in 0..<size {
      for j in 0...i
      where !values[i * size + j].isFinite || values[i * size + j] != values[j * size + i] {
        throw BitsError("not symmetric and finite in row \(i), column \(j)")
      }
    }
    self.size = size
    samples = uint32(8)
    self.values = values
  }

  func encoded() -> [UInt8] {
    var bytes: [UInt8] = [0x45, 0x4D, 1, 0]
    bytes.reserveCapacity(Self.header + 8 * values.count)
    func append(_ number: some FixedWidthInteger) {
      unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    append(UInt32(size))
    append(UInt32(clamping: samples))
    for value in values { append(value.bitPattern) }
    return bytes
  }

  /// (Σλ)² / Σλ²; nil for a matrix of zeros.
  var participationRatio: Double? {
    let trace = (0..<size).reduce(0) { $0 + values[$1 * size + $1] }
    let squares = values.reduce(0) { $0 + $1 * $1 }
    return squares > 0 ? trace * trace / squares : nil
  }

  /// √λ, descending, and with `vectors` the unit eigenvectors in the same order, a row each.
  func singular(vectors: Bool) throws(AnalyticsError) -> (values: [Double], vectors: [Double]) {
    var matrix = values
    let eigenvalues = try LinearAlgebra.eigenvalues(&matrix, n: size, vectors: vectors)
    var rows: [Double] = []
    if vectors {
      for index in (0..<size).reversed() { rows += matrix[index * size..<(index + 1) * size] }
    }
    return (eigenvalues.reversed().map { max($0, 0).squareRoot() }, rows)
  }

  /// How many of the singular values count by a rule.
  func rank(_ sigma: [Double], by rule: RankRule) -> Int {
    rule.rank(
      sigma, tolerance: rule.tolerance(sigmaMax: sigma.first ?? 0, rows: samples, columns: size))
  }
}
