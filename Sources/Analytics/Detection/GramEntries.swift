// The entries of p-th order Gram matrices that the detector gram looks at: their row sums, as its authors' released code
// takes them. What is learnt of entries stands in GramTeaching.

internal import CKernels
import Glibc

/// Where a sample's entries stand: layer by layer, order by order, channel by channel.
///
/// With F the feature maps of a layer, channels × positions, and F^p its elementwise power, entry i of order p is
/// sign(s) |s|^(1/p) with s = Σ_j (F^p (F^p)ᵀ)_ij (Sastry & Oore 2020, in their code). Powers and sums are Float64, and F
/// is divided by a power of two first, so that nothing overflows and no bit is lost.
package struct GramEntries: Sendable {
  /// Of every layer.
  package let channels: [Int]
  package let orders: Int
  /// The first entry of every layer.
  private let starts: [Int]
  /// Of a sample.
  package let count: Int

  package init(channels: [Int], orders: Int) {
    (self.channels, self.orders) = (channels, orders)
    var starts: [Int] = []
    var count = 0
    for channels in channels {
      starts.append(count)
      count += channels * orders
    }
    (self.starts, self.count) = (starts, count)
  }

  /// Those of a layer, of the orders 1 … `orders`.
  func range(of layer: Int, orders: Int) -> Range<Int> {
    starts[layer]..<starts[layer] + orders * channels[layer]
  }

  /// Sets a layer's entries.
  /// - Parameters:
  ///   - maps: Position by position, the layer's channels side by side.
  ///   - rowStride: Numbers from one position to the next.
  ///   - entries: Of the sample.
  package func set(
    _ layer: Int, of maps: Span<Float>, rowStride: Int, in entries: inout MutableSpan<Double>
  ) {
    let channels = channels[layer]
    precondition(rowStride >= channels && maps.count >= channels, "maps of another layer")
    precondition(entries.count == count, "entries of another network")
    let positions = (maps.count - channels) / rowStride + 1
    let own = range(of: layer, orders: orders)
    unsafe maps.withUnsafeBufferPointer { maps in
      guard let maps = maps.baseAddress else { return }
      let largest = unsafe Double(
        engram_largest_magnitude(maps, positions, channels, rowStride))
      guard largest.isFinite else {
        for index in own { entries[index] = .nan }
        return
      }
      // 2^exponent > |f|: every quotient is exact, and its powers are below 1.
      let exponent = largest > 0 ? Int(ilogb(largest)) + 1 : 0
      // Few enough that they stay in the nearest cache.
      let rows = min(positions, max(4, 2048 / channels))
      let room = rows * (2 * channels + 1)
      unsafe withUnsafeTemporaryAllocation(
        of: Double.self, capacity: room + orders * channels
      ) { buffer in
        guard let base = buffer.baseAddress else { return }
        let sums = unsafe base + room
        unsafe engram_gram_sums(
          maps, positions, channels, rowStride, scalbn(1, Int32(-exponent)), orders, rows, base,
          sums)
        let square = scalbn(1, Int32(2 * exponent))
        for order in 1...orders {
          let first = (order - 1) * channels
          for channel in 0..<channels {
            let sum = unsafe sums[first + channel]
            let root =
              switch order {
              case 1: abs(sum)
              case 2: abs(sum).squareRoot()
              default: pow(abs(sum), 1 / Double(order))
              }
            entries[own.lowerBound + first + channel] = sum < 0 ? -root * square : root * square
          }
        }
      }
    }
  }
}
