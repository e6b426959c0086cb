// A grouped convolution between known shapes: which kernel computes it, in which parts, and its gradient.

internal import CKernels

/// Depthwise maps are read where they lie; others, where the window crosses the border, from a padded copy of a part's input.
///
/// A part is a range of output rows that follows from the shape alone.
struct GroupedPlan {
  private let window: Window
  private let groups: Int
  private let input: MapShape
  private let output: MapShape

  init(window: Window, groups: Int, input: MapShape, output: MapShape) {
    self.window = window
    self.groups = groups
    self.input = input
    self.output = output
  }

  /// Multiplications of a part: more than a thread takes to start.
  private static let partWork = 1 << 18
  private static let mostParts = 4
  /// Floats that an activation is applied to at a time, at least.
  private static let activated = 1 << 13

  private var isDepthwise: Bool { groups == input.channels && groups == output.channels }
  private var taps: Int { window.height * window.width }
  private var inputs: Int { input.channels / groups }
  private var outputs: Int { output.channels / groups }
  private var weightCount: Int { output.channels * taps * inputs }

  var parts: Int {
    let work = output.positions * weightCount / Self.partWork
    return Parts.count(work, most: min(Self.mostParts, output.height))
  }

  private var isPadded: Bool {
    let padding = window.padding
    return padding.top > 0 || padding.left > 0 || inputRows(output.height) > input.height
      || paddedWidth > input.width
  }
  private var paddedWidth: Int {
    (output.width - 1) * window.columnStride + window.columnReach
  }
  private func inputRows(_ rows: Int) -> Int { (rows - 1) * window.stride + window.rowReach }

  var preparedCount: Int {
    isDepthwise
      ? engram_depthwise_count(input.channels, taps)
      : engram_groups_count(groups, inputs, outputs, taps)
  }

  /// Floats that a part in flight needs.
  var scratchCount: Int {
    if isDepthwise || !isPadded { return 0 }
    let rows = (output.height + parts - 1) / parts
    return inputRows(rows) * paddedWidth * input.channels
  }

  func prepare(_ weight: Floats, into prepared: Floats) {
    if isDepthwise {
      unsafe engram_pack_depthwise(weight, input.channels, taps, prepared)
    } else {
      unsafe engram_pack_groups(weight, groups, inputs, outputs, taps, prepared)
    }
  }

  /// Rows that are done before an activation is applied to them: few, where nothing is copied for several.
  var rowsAtATime: Int {
    isDepthwise
      ? max(1, Self.activated / (output.width * output.channels)) : output.height
  }

  /// Output rows of a part.
  func rows(of part: Int) -> Range<Int> { evenPart(part, of: parts, total: output.height) }

  /// Some rows of y, those of a part.
  func forward(
    rows: Range<Int>, x: Floats, prepared: Floats, bias: Floats?, rectified: Bool, scratch: Floats,
    y: Floats
  ) {
    if isDepthwise {
      var kernel = window.kernelWindow(over: input, to: output)
      return unsafe engram_depthwise(
        x, &kernel, prepared, bias, rectified ? 1 : 0, rows.lowerBound, rows.count, y)
    }
    let first = rows.lowerBound * window.stride
    let width = isPadded ? paddedWidth : input.width
    let channels = input.channels
    var source = unsafe x + first * width * channels
    if isPadded {
      unsafe engram_pad(
        x, input.height, input.width, channels, first - window.padding.top,
        inputRows(rows.count), -window.padding.left, width, scratch)
      unsafe source = scratch
    }
    var shape = unsafe engram_groups()
    unsafe shape.x = engram_map(
      base: source, rows: window.stride * width * channels, columns: window.columnStride * channels)
    let length = output.width * output.channels
    unsafe shape.y = engram_map(
      base: y + rows.lowerBound * length, rows: length, columns: output.channels)
    unsafe (shape.rows, shape.columns) = (rows.count, output.width)
    unsafe (shape.groups, shape.inputs, shape.outputs) = (groups, inputs, outputs)
    unsafe (shape.window_height, shape.window_width) = (window.height, window.width)
    unsafe shape.tap_rows = window.rowDilation * width * channels
    unsafe shape.tap_columns = window.columnDilation * channels
    unsafe shape.weights = UnsafePointer(prepared)
    unsafe shape.bias = bias.map { unsafe UnsafePointer($0) }
    unsafe shape.rectified = rectified ? 1 : 0
    unsafe engram_multiply_groups(&shape)
  }
}

extension GroupedPlan {
  /// Where strides leave inputs out, the output's gradient is spread, with zeros between.
  private var spread: MapShape {
    MapShape(
      channels: output.channels, height: (output.height - 1) * window.stride + 1,
      width: (output.width - 1) * window.columnStride + 1)
  }
  private var isSpread: Bool { window.stride > 1 || window.columnStride > 1 }

  /// The convolution that is this one's gradient: of the spread gradient, its window turned about.
  private var transposed: GroupedPlan {
    let padding = Padding(
      top: window.rowReach - 1 - window.padding.top,
      left: window.columnReach - 1 - window.padding.left, bottom: 0, right: 0)
    return GroupedPlan(
      window: Window(
        height: window.height, width: window.width, rowDilation: window.rowDilation,
        columnDilation: window.columnDilation, padding: padding),
      groups: groups, input: spread, output: input)
  }

  var gradientScratchCount: Int {
    let transposed = transposed
    return (isSpread ? spread.count : 0) + weightCount + transposed.preparedCount
      + transposed.scratchCount
  }

  /// One sample: sets dx.
  func backward(dy: Floats, weight: Floats, scratch: Floats, dx: Floats) {
    let transposed = transposed
    var (gradient, next) = unsafe (dy, scratch)
    if isSpread {
      unsafe gradient = next
      unsafe next += spread.count
      unsafe gradient.update(repeating: 0, count: spread.count)
      for position in 0..<output.positions {
        let (row, column) = (position / output.width, position % output.width)
        let place = row * window.stride * spread.width + column * window.columnStride
        unsafe (gradient + place * output.channels).update(
          from: dy + position * output.channels, count: output.channels)
      }
    }
    let turned = unsafe next
    unsafe turn(weight, into: turned)
    let prepared = unsafe turned + weightCount
    unsafe transposed.prepare(turned, into: prepared)
    for part in 0..<transposed.parts {
      unsafe transposed.forward(
        rows: transposed.rows(of: part), x: gradient, prepared: prepared, bias: nil,
        rectified: false, scratch: prepared + transposed.preparedCount, y: dx)
    }
  }

  /// groups × outputs × taps × inputs → groups × inputs × taps, the last first, × outputs.
  private func turn(_ weight: Floats, into turned: Floats) {
    for group in 0..<groups {
      for o in 0..<outputs {
        for tap in 0..<taps {
          let from = unsafe weight + ((group * outputs + o) * taps + tap) * inputs
          let to = unsafe turned + (group * inputs * taps + taps - 1 - tap) * outputs + o
          for i in 0..<inputs { unsafe to[i * taps * outputs] = from[i] }
        }
      }
    }
  }
}
