// Pixelation: an image made smaller and large again by Pillow's box filter for 8-bit images, to the last bit.
// https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c

/// Each plane reduced to ⌊share · side⌋ a side, at least 1, and enlarged again.
func pixelate(_ pixels: Span<UInt8>, shape: ImageShape, share: Double) -> [Float] {
  let (height, width) = (shape.height, shape.width)
  let small = (
    height: max(1, Int(Double(height) * share)), width: max(1, Int(Double(width) * share))
  )
  // Pillow goes along the rows first, then down the columns.
  let steps = (
    BoxFilter(from: width, to: small.width), BoxFilter(from: height, to: small.height),
    BoxFilter(from: small.width, to: width), BoxFilter(from: small.height, to: height)
  )
  var result: [Float] = []
  result.reserveCapacity(shape.count)
  for channel in 0..<shape.channels {
    let plane = pixels.extracting(channel * height * width..<(channel + 1) * height * width)
    let narrow = steps.0.alongRows(plane, rows: height)
    let reduced = steps.1.downColumns(narrow.span, columns: small.width)
    let wide = steps.2.alongRows(reduced.span, rows: small.height)
    for value in steps.3.downColumns(wide.span, columns: width) { result.append(Float(value)) }
  }
  return result
}

/// The box filter of one side: for each output pixel the mean of the input pixels whose centres lie in its box.
private struct BoxFilter {
  /// Pillow's fixed point: 8 bits of pixel, 2 bits of headroom, the sign.
  private static let precision: Int32 = 32 - 8 - 2

  private let input: Int
  /// First input pixel, number of them and the weight each has.
  private let taps: [(first: Int, count: Int, weight: Int32)]

  init(from input: Int, to output: Int) {
    self.input = input
    let scale = Double(input) / Double(output)
    let support = 0.5 * max(scale, 1)
    taps = (0..<output).map { position in
      let centre = (Double(position) + 0.5) * scale
      let low = max(Int(centre - support + 0.5), 0)
      let high = min(Int(centre + support + 0.5), input)
      // Of the pixels within reach those count whose centre is in the box, its upper end included.
      let inside = (low..<high).filter {
        let distance = (Double($0) - centre + 0.5) * (1 / max(scale, 1))
        return distance > -0.5 && distance <= 0.5
      }
      let weight = 1 / Double(max(inside.count, 1)) * Double(1 << Self.precision)
      return (inside.first ?? low, inside.count, Int32(weight + 0.5))
    }
  }

  func alongRows(_ plane: Span<UInt8>, rows: Int) -> [UInt8] {
    [UInt8](capacity: rows * taps.count) { output in
      for row in 0..<rows {
        for tap in taps {
          let start = row * input + tap.first
          var sum: Int32 = 0
          for i in start..<start + tap.count { sum += Int32(plane[i]) }
          output.append(Self.pixel(sum, weight: tap.weight))
        }
      }
    }
  }

  func downColumns(_ plane: Span<UInt8>, columns: Int) -> [UInt8] {
    [UInt8](capacity: taps.count * columns) { output in
      for tap in taps {
        for column in 0..<columns {
          var sum: Int32 = 0
          for row in tap.first..<tap.first + tap.count {
            sum += Int32(plane[row * columns + column])
          }
          output.append(Self.pixel(sum, weight: tap.weight))
        }
      }
    }
  }

  /// Σ pixel · weight, rounded half up.
  private static func pixel(_ sum: Int32, weight: Int32) -> UInt8 {
    UInt8(min((sum * weight + (1 << (precision - 1))) >> precision, 255))
  }
}
