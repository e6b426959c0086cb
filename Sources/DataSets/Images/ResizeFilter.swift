// The weights of Pillow's resize for 8-bit images, to the last bit, and the resize itself. Interleaved RGB only.
// https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c

internal import CKernels

/// Which pixels a resized one is made of, along one side.
package enum ResizeFilter: String, CaseIterable, Sendable {
  case bilinear, bicubic

  /// Reach on either side, in output pixels where the image shrinks, else in input pixels.
  fileprivate var support: Double { self == .bilinear ? 1 : 2 }

  fileprivate func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }
  }
}

/// The taps of some output pixels of one side.
private struct ResizeTaps {
  private(set) var firsts: [Int32] = []
  private(set) var counts: [Int32] = []
  /// `stride` of every output pixel, in units of 2⁻²².
  private(set) var weights: [Int32] = []
  let stride: Int

  /// Pillow's precompute_coeffs and normalize_coeffs_8bpc.
  /// - Parameter window: The output pixels wanted, of 0 ..< output.
  init(from input: Int, to output: Int, window: Range<Int>, filter: ResizeFilter) {
    let scale = Double(input) / Double(output)
    let reach = max(scale, 1)
    let support = filter.support * reach
    stride = Int(support.rounded(.up)) * 2 + 1
    weights.reserveCapacity(stride * window.count)
    for position in window {
      let centre = (Double(position) + 0.5) * scale
      let low = max(Int(centre - support + 0.5), 0)
      let high = min(Int(centre + support + 0.5), input)
      let own = (low..<high).map { filter.weight(at: (Double($0) - centre + 0.5) * (1 / reach)) }
      let sum = own.reduce(0, +)
      firsts.append(Int32(low))
      counts.append(Int32(high - low))
      for weight in own {
        let fixed = (sum != 0 ? weight / sum : weight) * Double(1 << engram_resize_precision)
        weights.append(Int32(fixed < 0 ? fixed - 0.5 : fixed + 0.5))
      }
      for _ in own.count..<stride { weights.append(0) }
    }
  }

  /// The input pixels that any of the output pixels reads.
  var reads: Range<Int> {
    let ends = zip(firsts, counts).map { Int($0 + $1) }
    return Int(firsts.min() ?? 0)..<(ends.max() ?? 0)
  }
}

extension DecodedImage {
  /// A part of the image resized to `height` × `width`: Pillow's `resize`.
  ///
  /// Along the rows first and then down the columns, with bytes in between; as of Pillow 13 the other way round where
  /// the height shrinks by more than twice the pixels that the width does.
  ///
  /// - Parameters:
  ///   - rows: Those of the resized image that are wanted, not empty.
  ///   - columns: The same.
  func resized(
    height newHeight: Int, width newWidth: Int, rows: Range<Int>, columns: Range<Int>,
    filter: ResizeFilter
  ) -> DecodedImage {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= newHeight && columns.lowerBound >= 0
        && columns.upperBound <= newWidth && !rows.isEmpty && !columns.isEmpty,
      "A part of the resized image.")
    let down = ResizeTaps(from: height, to: newHeight, window: rows, filter: filter)
    let along = ResizeTaps(from: width, to: newWidth, window: columns, filter: filter)
    // A side that keeps its size keeps its pixels: Pillow leaves out that pass.
    let isDown = newHeight != height
    let isAlong = newWidth != width
    let neededRows = isDown ? down.reads : rows
    let neededColumns = isAlong ? along.reads : columns
    let source = part(rows: neededRows, columns: neededColumns)
    func resizedAlong(_ image: DecodedImage) -> DecodedImage {
      isAlong ? image.along(along, from: neededColumns.lowerBound) : image
    }
    func resizedDown(_ image: DecodedImage) -> DecodedImage {
      isDown ? image.down(down, from: neededRows.lowerBound) : image
    }
    let isDownFirst = newHeight < height && height - newHeight > 2 * (width - newWidth)
    return isDownFirst ? resizedAlong(resizedDown(source)) : resizedDown(resizedAlong(source))
  }

  /// Every row resized. `first`: what the taps count as pixel 0 lies so many pixels before the image.
  private func along(_ taps: ResizeTaps, from first: Int) -> DecodedImage {
    let newWidth = taps.firsts.count
    let firsts = taps.firsts.map { $0 - Int32(first) }
    var result = [UInt8](repeating: 0, count: height * newWidth * 3)
    var scratch = [UInt8](repeating: 0, count: 4 * width)
    unsafe pixels.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        for row in 0..<height {
          unsafe engram_resize_row(
            from + row * width * 3, width, firsts, taps.counts, taps.weights, taps.stride,
            newWidth, &scratch, to + row * newWidth * 3)
        }
      }
    }
    return DecodedImage(height: height, width: newWidth, pixels: result)
  }

  /// Every column resized. `first`: as in `along`, rows.
  private func down(_ taps: ResizeTaps, from first: Int) -> DecodedImage {
    let rowBytes = width * 3
    var result = [UInt8](repeating: 0, count: taps.firsts.count * rowBytes)
    unsafe pixels.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        unsafe taps.weights.withUnsafeBufferPointer { weights in
          guard let from = source.baseAddress, let to = target.baseAddress,
            let own = weights.baseAddress
          else { return }
          for row in taps.firsts.indices {
            unsafe engram_resize_column(
              from + (Int(taps.firsts[row]) - first) * rowBytes, rowBytes, Int(taps.counts[row]),
              own + row * taps.stride, to + row * rowBytes)
          }
        }
      }
    }
    return DecodedImage(height: taps.firsts.count, width: width, pixels: result)
  }

  /// A part of the image as it is.
  func part(rows: Range<Int>, columns: Range<Int>) -> DecodedImage {
    if rows == 0..<height, columns == 0..<width { return self }
    var result: [UInt8] = []
    result.reserveCapacity(rows.count * columns.count * 3)
    for row in rows {
      let start = (row * width + columns.lowerBound) * 3
      result += pixels[start..<start + columns.count * 3]
    }
    return DecodedImage(height: rows.count, width: columns.count, pixels: result)
  }
}
