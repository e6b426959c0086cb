// What attention within windows computes of its parameters before any sample: biases of relative positions (Liu et al. 2021,
// "Swin Transformer"; 2022, "Swin Transformer V2"), masks of shifted windows, factors of cosine attention. Sums in Float64.

internal import Glibc

/// Pairs of tokens of a square window: heads × queries × keys.
struct RelativePositions {
  let window: Int
  let heads: Int

  private var tokens: Int { window * window }
  /// Distances along one side.
  private var span: Int { 2 * window - 1 }

  /// `table`: distances × heads.
  func picked<Value: BinaryFloatingPoint>(_ table: [Value]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(heads * tokens * tokens)
    for head in 0..<heads {
      for query in 0..<tokens {
        for key in 0..<tokens {
          let rows = query / window - key / window + window - 1
          let columns = query % window - key % window + window - 1
          result.append(Float(table[(rows * span + columns) * heads + head]))
        }
      }
    }
    return result
  }

  /// 16 · sigmoid of what two layers with a rectifier between them say of a distance, sign · log₂(1 + 8 · |share|) / 3 of
  /// rows and of columns. `first`: hidden × 2; `second`: heads × hidden.
  func continuous(first: [Float], bias: [Float], second: [Float]) -> [Float] {
    let hidden = bias.count
    let coordinates = (0..<span).map { place in
      let share = 8 * Double(place - window + 1) / Double(max(1, window - 1))
      return (share < 0 ? -1 : 1) * log2(1 + abs(share)) / 3
    }
    var table: [Double] = []
    for row in coordinates {
      for column in coordinates {
        let activated = (0..<hidden).map { unit in
          max(
            0,
            row * Double(first[2 * unit]) + column * Double(first[2 * unit + 1])
              + Double(bias[unit]))
        }
        for head in 0..<heads {
          let sum = (0..<hidden).reduce(0.0) {
            $0 + activated[$1] * Double(second[head * hidden + $1])
          }
          table.append(16 / (1 + exp(-sum)))
        }
      }
    }
    return picked(table)
  }
}

/// The factor of a head's cosines.
enum CosineScale {
  /// exp of the logarithm, which counts as ln 100 at most.
  static func factor(_ logarithm: Float) -> Float { Float(exp(min(Double(logarithm), log(100)))) }
}

/// A map cut into windows after it was padded at its ends and moved round them, as torchvision does it.
package struct ShiftedWindows: Hashable, Sendable {
  let map: MapShape
  let window: Int
  /// Rows and columns that the map is moved up and to the left by; 0 where one window is all of it.
  let shift: Int

  package init(_ map: MapShape, window: Int, shift: Int) {
    (self.map, self.window) = (map, window)
    let whole = [map.height, map.width].contains { $0 > window }
    self.shift = whole ? shift : 0
    precondition(map.height == map.width, "Windows are cut of square maps.")
  }

  /// Windows along one side.
  private var along: Int { (map.height + window - 1) / window }
  private var padded: Int { along * window }
  private var tokens: Int { window * window }
  package var count: Int { along * along }

  /// Tokens of every window, one behind the other.
  package var shape: MapShape {
    MapShape(channels: map.channels, height: count, width: tokens)
  }

  /// Row and column of the padded, moved map that a window's token stands at.
  private func place(_ window: Int, _ token: Int) -> (row: Int, column: Int) {
    (
      window / along * self.window + token / self.window,
      window % along * self.window + token % self.window
    )
  }

  /// From the map to the windows; 0 beyond the map.
  package var partition: Rearrangement {
    var indices: [Int32] = []
    indices.reserveCapacity(shape.count)
    for window in 0..<count {
      for token in 0..<tokens {
        let place = place(window, token)
        let (row, column) = ((place.row + shift) % padded, (place.column + shift) % padded)
        let isInside = row < map.height && column < map.width
        let from = (row * map.width + column) * map.channels
        for channel in 0..<map.channels { indices.append(isInside ? Int32(from + channel) : -1) }
      }
    }
    return Rearrangement(indices: indices, inputCount: map.count, output: shape)
  }

  /// From the windows back to the map.
  package var reversal: Rearrangement {
    var indices: [Int32] = []
    indices.reserveCapacity(map.count)
    for row in 0..<map.height {
      for column in 0..<map.width {
        let own = ((row - shift + padded) % padded, (column - shift + padded) % padded)
        let (down, right) = (own.0 / window, own.1 / window)
        let token = own.0 % window * window + own.1 % window
        let from = ((down * along + right) * tokens + token) * map.channels
        for channel in 0..<map.channels { indices.append(Int32(from + channel)) }
      }
    }
    return Rearrangement(indices: indices, inputCount: shape.count, output: map)
  }

  /// Windows × queries × keys: −100 for tokens that were no neighbours before the map was moved.
  var mask: [Float] {
    func region(_ place: Int) -> Int {
      place < padded - window ? 0 : place < padded - shift ? 1 : 2
    }
    var result: [Float] = []
    result.reserveCapacity(count * tokens * tokens)
    for window in 0..<count {
      let regions = (0..<tokens).map { token in
        let place = place(window, token)
        return 3 * region(place.row) + region(place.column)
      }
      for query in regions { for key in regions { result.append(query == key ? 0 : -100) } }
    }
    return result
  }
}
