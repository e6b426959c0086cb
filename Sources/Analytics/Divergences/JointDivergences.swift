// KL between the classes of a piece from sums of whole numbers, of many classes of few samples each: Σ P logit Q is summed up
// count by count of Q. DivergenceMatrix takes it where it serves, and products of rows elsewhere.

internal import CKernels

/// KL(P‖Q) = Σ [p ln p + (1 − p) ln(1 − p)] − Σ ln(1 − q) − Σ P logit Q over a piece, with P = (k + α) · share. One worker uses it.
final class JointDivergences {
  private let from, to: [BernoulliTable]
  private let alpha: Double
  /// Of P: 1 / (N + 2α).
  private let shares: [Double]
  private let mostSamples: Int
  /// Of Q, by count.
  private let logits: [[Double]]

  /// Of P: Σ p ln p + (1 − p) ln(1 − p), and Σ k.
  private var negentropies: [CompensatedSum]
  private var totals: [Double]
  /// Of Q: Σ ln(1 − q) and Σ logit Q.
  private var logRests: [CompensatedSum]
  private var logitSums: [Double]
  /// Σ k logit Q: of every class of Q those of all classes of P.
  private var products: [Double]
  /// A vector's lies within a line of the cache.
  private var bytes: [SIMD64<UInt8>]
  private var order: [UInt32]

  /// Below, products of rows take no longer: every count that occurs is a run of its own.
  private static func fewestClasses(_ samples: Int) -> Int { 16 + samples / 16 }
  private static let block = Int(ENGRAM_JOINT_CLASSES)
  /// Roundings of three of them at most leave less than 1e-12 of what is larger.
  private static let least = 1e-3

  /// nil where counts do not fit a byte, or classes are few.
  init?(from: [BernoulliTable], to: [BernoulliTable], alpha: Double, cells: Int) {
    mostSamples = (from + to).map(\.samples).max() ?? 0
    guard mostSamples <= UInt8.max, from.count >= Self.fewestClasses(mostSamples), !to.isEmpty
    else {
      return nil
    }
    (self.from, self.to, self.alpha) = (from, to, alpha)
    shares = from.map { 1 / (Double($0.samples) + 2 * alpha) }
    // Of their own: threads that share arrays wait for each other at every count of references.
    logits = to.map { $0.logits.map(\.self) }
    negentropies = from.map { _ in CompensatedSum() }
    logRests = to.map { _ in CompensatedSum() }
    logitSums = to.map { _ in 0 }
    let lanes = (from.count + Self.block - 1) / Self.block * Self.block
    totals = [Double](repeating: 0, count: lanes)
    products = [Double](repeating: 0, count: to.count * lanes)
    bytes = [SIMD64<UInt8>](repeating: .zero, count: lanes / Self.block * cells)
    order = [UInt32](repeating: 0, count: cells)
  }

  /// Whether counts of a piece are worth sorting.
  func serves(_ cells: Int) -> Bool { cells <= order.count && mostSamples * 4 <= cells }

  /// - Parameters:
  ///   - p: of every class the counters of `cells` interactions.
  ///   - q: nil where they are the same profiles.
  ///   - frequencies: what P is counted in.
  ///   - others: what Q is counted in, where they are others.
  func add(
    _ p: [UInt32], _ q: [UInt32]?, _ cells: Int, counted frequencies: inout [CountFrequencies],
    _ others: inout [CountFrequencies]
  ) {
    Self.count(p, cells, &frequencies)
    for (index, table) in from.enumerated() {
      negentropies[index] = table.negentropies(frequencies[index])
      totals[index] = Double(frequencies[index].total)
    }
    unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe engram_cell_bytes(
        p, from.count, cells, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    guard let q else { return addProducts(p, cells, frequencies) }
    Self.count(q, cells, &others)
    addProducts(q, cells, others)
  }

  /// Whose counters are at most the samples of its class, or it stops.
  private static func count(
    _ counters: [UInt32], _ cells: Int, _ frequencies: inout [CountFrequencies]
  ) {
    for index in frequencies.indices {
      frequencies[index].clear()
      frequencies[index].add(counters[index * cells..<(index + 1) * cells])
    }
  }

  private func addProducts(_ q: [UInt32], _ cells: Int, _ frequencies: [CountFrequencies]) {
    let lanes = totals.count
    unsafe q.withUnsafeBufferPointer { q in
      unsafe products.withUnsafeMutableBufferPointer { products in
        unsafe bytes.withUnsafeBytes { bytes in
          guard let q = q.baseAddress, let products = products.baseAddress else { return }
          let bytes = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
          for (index, table) in to.enumerated() {
            logRests[index] = table.logRests(frequencies[index])
            logitSums[index] = frequencies[index].sum(logits[index]).value
            unsafe frequencies[index].withTable { tally in
              unsafe engram_joint_products(
                q + index * cells, cells, tally, table.samples, logits[index], bytes, from.count,
                mostSamples, totals, &order, products + index * lanes)
            }
          }
        }
      }
    }
  }

  /// Of the piece KL(P‖Q), row = P, column = Q, and below what each is rounded off too much.
  func divergences() -> (values: [Double], least: [Double]) {
    let (lanes, alpha) = (totals.count, alpha)
    let (shares, products) = (shares, products)
    let (negentropies, logRests, logitSums) = (negentropies, logRests, logitSums)
    var (values, least): ([Double], [Double]) = ([], [])
    values.reserveCapacity(shares.count * logRests.count)
    least.reserveCapacity(shares.count * logRests.count)
    for i in shares.indices {
      for j in logRests.indices {
        let (product, sum) = (products[j * lanes + i], alpha * logitSums[j])
        let own = negentropies[i] - logRests[j]
        values.append(own - shares[i] * (product + sum))
        let size =
          abs(negentropies[i].value) + abs(logRests[j].value)
          + shares[i] * (abs(product) + abs(sum))
        least.append(Self.least * size)
      }
    }
    return (values, least)
  }
}
