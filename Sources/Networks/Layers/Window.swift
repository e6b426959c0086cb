// The geometry that convolution and pooling share.

internal import CKernels

/// Padding before and after, in rows and columns.
package struct Padding: Hashable, Sendable {
  package let top: Int
  package let left: Int
  package let bottom: Int
  package let right: Int

  package init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// The same on all four sides.
  package init(_ size: Int) { self.init(top: size, left: size, bottom: size, right: size) }

  package static let none = Padding(0)
}

/// A window of `height` × `width` taps that moves by `stride`.
package struct Window: Hashable, Sendable {
  package let height: Int
  package let width: Int
  /// From row to row.
  package let stride: Int
  package let columnStride: Int
  /// From tap to tap.
  package let rowDilation: Int
  package let columnDilation: Int
  package let padding: Padding
  /// Whether a last window that reaches beyond the padding counts, if it begins before it does
  /// (PyTorch's `ceil_mode`).
  package let roundsUp: Bool

  /// - Parameter columnStride: nil for that of the rows.
  package init(
    height: Int, width: Int, stride: Int = 1, columnStride: Int? = nil, rowDilation: Int = 1,
    columnDilation: Int = 1, padding: Padding = .none, roundsUp: Bool = false
  ) {
    let columnStride = columnStride ?? stride
    precondition(
      [height, width, stride, columnStride, rowDilation, columnDilation].allSatisfy { $0 > 0 },
      "A window's sizes are positive.")
    let (rows, columns) = ((height - 1) * rowDilation + 1, (width - 1) * columnDilation + 1)
    precondition(
      padding.top < rows && padding.bottom < rows && padding.left < columns
        && padding.right < columns, "Padding is smaller than the window.")
    self.height = height
    self.width = width
    self.stride = stride
    self.columnStride = columnStride
    self.rowDilation = rowDilation
    self.columnDilation = columnDilation
    self.padding = padding
    self.roundsUp = roundsUp
  }

  /// Rows from the first tap to the last.
  var rowReach: Int { (height - 1) * rowDilation + 1 }
  var columnReach: Int { (width - 1) * columnDilation + 1 }
  /// Whether both strides are the same and the taps lie beside each other.
  var isPlain: Bool { columnStride == stride && rowDilation == 1 && columnDilation == 1 }

  /// ⌊(size + padding − window) / stride⌋ + 1 in both directions; ⌈…⌉ where it rounds up.
  func outputShape(for input: MapShape, channels: Int) -> MapShape {
    let rows = input.height + padding.top + padding.bottom - rowReach
    let columns = input.width + padding.left + padding.right - columnReach
    // A window that rounds up may reach beyond the map, by less than a step.
    precondition(
      rows >= (roundsUp ? 1 - stride : 0) && columns >= (roundsUp ? 1 - columnStride : 0),
      "A window of \(height) × \(width) exceeds \(input).")
    return MapShape(
      channels: channels, height: steps(rows, stride, input.height + padding.top) + 1,
      width: steps(columns, columnStride, input.width + padding.left) + 1)
  }

  /// How often the window moves over `room` behind its first place. What begins at `end` is padding
  /// after.
  private func steps(_ room: Int, _ stride: Int, _ end: Int) -> Int {
    guard roundsUp, room % stride > 0 else { return room / stride }
    let more = room / stride + 1
    return more * stride < end ? more : more - 1
  }

  /// - Parameter rows: Of the output; nil for all of them. The kernel's row 0 is the first, and its padding before the map
  ///   may be negative.
  func kernelWindow(
    over input: MapShape, to output: MapShape, rows: Range<Int>? = nil
  ) -> engram_window {
    let rows = rows ?? 0..<output.height
    return engram_window(
      height: input.height, width: input.width, channels: input.channels, window_height: height,
      window_width: width, stride: stride, top: padding.top - rows.lowerBound * stride,
      left: padding.left, out_height: rows.count, out_width: output.width,
      column_stride: columnStride, row_dilation: rowDilation, column_dilation: columnDilation)
  }
}
