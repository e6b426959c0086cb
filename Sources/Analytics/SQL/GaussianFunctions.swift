// SQL functions of Gaussians over vectors: what the Mahalanobis detectors are made of.
//
// engram_mahalanobis(x, mean, covariance) → real
//   G1  √((x − mean)ᵀ Σ⁺ (x − mean)), Σ⁺ the pseudo-inverse of a symmetric matrix, as engram_covariance and
//       engram_pooled_covariance give it: eigenvalues up to 1e-10 of the largest count as zero. Detectors score its square.
//   G2  x and mean are plain vectors or ones of Float64, as long as the matrix is wide; others are an error. Where one is
//       not finite the answer is NULL.
// engram_pooled_covariance(vector, class) → blob
//   G3  Σ (v − mean of its class)(v − mean of its class)ᵀ / N as a symmetric matrix: the covariance that all classes share;
//       of a single class the covariance divided by N. A class is an integer or a text.
//   G4  What A4 says of vectors holds.

import Bits
import Glibc
import Synchronization

extension SQLFunction {
  static let gaussianFunctions: [SQLFunction] = [
    .reader(
      "engram_mahalanobis", "x, mean, covariance",
      "Mahalanobis distance, √((x − mean)ᵀ Σ⁺ (x − mean))",
      SQLExample(
        "select round(engram_mahalanobis(engram_vector('[3, 4]'), engram_mean(v), engram_covariance(v)), 6) "
          + "from (select engram_vector(column1) as v from (values ('[0, 0]'), ('[0, 2]'), ('[2, 0]'), ('[2, 2]')))",
        "3.122499")
    ) { arguments, context throws(SQLFunctionError) in
      let (x, mean) = (try arguments.wideVector(0), try arguments.wideVector(1))
      let whitening = try KnownWhitenings.whitening(of: arguments, 2, in: context)
      for (index, vector) in [x, mean].enumerated() where vector.count != whitening.columns {
        throw SQLFunctionError(
          argument: index,
          "has \(vector.count) elements, the matrix \(whitening.columns) × \(whitening.columns)")
      }
      let distance = whitening.squaredLength(of: zip(x, mean).map { $0 - $1 }).squareRoot()
      return SQLResult(distance)
    },
    SQLFunction(
      name: "engram_pooled_covariance", parameters: "vector, class",
      summary:
        "the covariance that classes share, Σ (v − mean of its class)(v − mean of its class)ᵀ / N, as a symmetric matrix",
      example: SQLExample(
        "select round(engram_matrix_element(engram_pooled_covariance(engram_vector(v), class), 0, 0), 4) "
          + "from (select column1 as v, column2 as class from (values ('[1]', 'a'), ('[3]', 'a'), ('[9]', 'b')))",
        "0.6667"),
      call: .aggregate({ PooledCovariance() }, empty: .null)),
  ]
}

/// The pseudo-inverses of the matrices that were asked for last, by their bytes. SQLite keeps what a function makes of an
/// argument for constants alone, and a covariance that a statement computes is a column.
private enum KnownWhitenings {
  private final class Known: Sendable {
    let bytes: [UInt8]
    let whitening: Whitening

    init(_ bytes: [UInt8], _ whitening: Whitening) {
      (self.bytes, self.whitening) = (bytes, whitening)
    }

    func isOf(_ blob: RawSpan) -> Bool {
      guard blob.byteCount == bytes.count else { return false }
      let order = unsafe blob.withUnsafeBytes { theirs in
        unsafe bytes.withUnsafeBytes { own in
          unsafe memcmp(
            own.baseAddress.unsafelyUnwrapped, theirs.baseAddress.unsafelyUnwrapped, own.count)
        }
      }
      return order == 0
    }
  }

  private static let cache = Mutex<[Known]>([])
  /// Of the matrices together; the last one is kept whatever its size.
  private static let mostBytes = 64 << 20

  static func whitening(
    of arguments: SQLArguments, _ index: Int, in context: SQLContext
  ) throws(SQLFunctionError) -> Whitening {
    let blob = try arguments.blob(index)
    // The last one first: a statement asks for the same again and again.
    let known = cache.withLock { $0 }.last { $0.isOf(blob) }
    if let known { return known.whitening }
    let matrix = try arguments.matrix(index)
    let bytes = unsafe blob.withUnsafeBytes { unsafe [UInt8]($0) }
    let made = Mutex<Whitening?>(nil)
    _ = try context.abandonable(size: matrix.size) { () throws(SQLFunctionError) in
      var values = matrix.values
      do {
        let whitening = try Whitening(covariance: &values, columns: matrix.size)
        made.withLock { $0 = whitening }
      } catch {
        throw SQLFunctionError("\(error)")
      }
      return .null
    }
    guard let whitening = made.withLock({ $0 }) else { throw .interrupted }
    cache.withLock { known in
      known.append(Known(bytes, whitening))
      while known.count > 1, known.reduce(0, { $0 + 2 * $1.bytes.count }) > mostBytes {
        known.removeFirst()
      }
    }
    return whitening
  }
}

/// Σ (v − first)(v − first)ᵀ and Σ (v − first) by class, first being the class's first vector, so that nothing large cancels.
private final class PooledCovariance: SQLAggregate {
  private struct Class {
    let first: [Double]
    var count = 0
    var sums: [Double]
  }

  private var classes: [Class] = []
  private var places: [SQLArguments.ClassLabel: Int] = [:]
  private var length: Int?
  private var rows = 0
  private var products: [Double] = []
  private var pending: [Double] = []
  private static let rowsAtATime = 64

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let vector = try arguments.groupVector(length: length)
    guard vector.count <= SymmetricMatrix.largestSize else {
      throw SQLFunctionError(
        argument: 0, "has \(vector.count) elements, above \(SymmetricMatrix.largestSize)")
    }
    let label = try arguments.label(1)
    if length == nil {
      length = vector.count
      products = [Double](repeating: 0, count: vector.count * vector.count)
    }
    rows += 1
    let place = places[label] ?? classes.count
    if place == classes.count {
      places[label] = place
      classes.append(Class(first: vector, sums: [Double](repeating: 0, count: vector.count)))
    }
    classes[place].count += 1
    for index in vector.indices {
      let difference = vector[index] - classes[place].first[index]
      classes[place].sums[index] += difference
      pending.append(difference)
    }
    if pending.count == vector.count * Self.rowsAtATime { fold() }
  }

  private func fold() {
    guard let length else { return }
    LinearAlgebra.addFeatureGram(
      pending, rows: pending.count / length, columns: length, to: &products)
    pending.removeAll(keepingCapacity: true)
  }

  override func answer() throws(SQLFunctionError) -> SQLResult {
    guard let length else { return .null }
    fold()
    var upper = products
    for own in classes {
      for i in 0..<length {
        let share = own.sums[i] / Double(own.count)
        for j in i..<length { upper[i * length + j] -= share * own.sums[j] }
      }
    }
    for index in upper.indices { upper[index] /= Double(rows) }
    return .blob(SymmetricMatrix(size: length, samples: rows, upper: upper).encoded())
  }
}
