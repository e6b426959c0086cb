// Gaussian blur, as skimage.filters.gaussian does it in Float64 by SciPy's correlate1d: same kernel, same order of
// additions, since cutting off to whole grey levels shows the last bit in even areas.
// https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.gaussian_filter.html

internal import Glibc

/// Each plane blurred down its columns, then along its rows; the edge goes on outside. Cut off to whole grey levels.
///
/// - Parameter sigma: In pixels. The kernel ends at the pixel nearest to 4 σ.
func gaussianBlur(_ pixels: Span<UInt8>, shape: ImageShape, sigma: Double) -> [Float] {
  let kernel = gaussianKernel(sigma: sigma)
  let reach = kernel.count - 1
  let (height, width) = (shape.height, shape.width)
  var result: [Float] = []
  result.reserveCapacity(shape.count)
  // The plane with its edge repeated above and below, then each row with its edge repeated left and right.
  var tall = [Double](repeating: 0, count: (height + 2 * reach) * width)
  var columns = [Double](repeating: 0, count: height * width)
  var wide = [Double](repeating: 0, count: width + 2 * reach)
  var row = [Double](repeating: 0, count: width)
  for channel in 0..<shape.channels {
    let plane = pixels.extracting(channel * height * width..<(channel + 1) * height * width)
    for y in 0..<height + 2 * reach {
      let source = min(max(y - reach, 0), height - 1) * width
      for x in 0..<width { tall[y * width + x] = unitValues[Int(plane[source + x])] }
    }
    var target = columns.mutableSpan
    correlate(tall.span, kernel: kernel.span, step: width, into: &target)
    for y in 0..<height {
      for x in 0..<width + 2 * reach {
        wide[x] = columns[y * width + min(max(x - reach, 0), width - 1)]
      }
      var target = row.mutableSpan
      correlate(wide.span, kernel: kernel.span, step: 1, into: &target)
      for x in 0..<width { result.append(greyLevel(row[x])) }
    }
  }
  return result
}

/// Centre and right half of the kernel exp(−x² / 2σ²), divided by the sum of the whole.
private func gaussianKernel(sigma: Double) -> [Double] {
  let reach = Int(4 * sigma + 0.5)
  let values = (0...reach).map { exp(-0.5 / (sigma * sigma) * Double($0 * $0)) }
  let sum = (-reach...reach).reduce(0) { $0 + values[abs($1)] }
  return values.map { $0 / sum }
}

/// output[i] = Σ kernel[|j|] · input[i + (reach + j) · step], outermost pairs first.
///
/// - Parameter input: The output's count and 2 · reach · step more.
private func correlate(
  _ input: Span<Double>, kernel: Span<Double>, step: Int, into output: inout MutableSpan<Double>
) {
  let reach = kernel.count - 1
  let count = output.count
  precondition(input.count == count + 2 * reach * step, "The input has a margin of the reach.")
  let centre = reach * step
  for i in 0..<count { output[i] = kernel[0] * input[centre + i] }
  for j in stride(from: reach, to: 0, by: -1) {
    let weight = kernel[j]
    let (left, right) = (centre - j * step, centre + j * step)
    for i in 0..<count { output[i] += (input[left + i] + input[right + i]) * weight }
  }
}
