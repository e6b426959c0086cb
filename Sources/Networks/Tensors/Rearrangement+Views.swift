// Names of rearrangements: transposition, views with strides, choices along axes, and what these serve for.

extension Rearrangement {
  /// Element (i0, i1, …) of a row-major output of these sizes is x[start + Σ i · stride]: transposed, sliced, repeated
  /// (stride 0) or turned round.
  package init(
    start: Int = 0, sizes: [Int], strides: [Int], inputCount: Int, output: MapShape
  ) {
    precondition(sizes.count == strides.count, "Every axis has a stride.")
    var indices = [Int32(start)]
    for (size, stride) in zip(sizes, strides) {
      indices = indices.flatMap { from in (0..<size).map { from + Int32($0 * stride) } }
    }
    precondition(indices.allSatisfy { $0 >= 0 }, "A view lies within its input.")
    self.init(indices: indices, inputCount: inputCount, output: output)
  }

  /// Axis i of the output is axis order[i] of an input of these sizes.
  package init(sizes: [Int], order: [Int], output: MapShape) {
    precondition(order.sorted() == Array(sizes.indices), "An order names every axis once.")
    let strides = Self.strides(of: sizes)
    self.init(
      sizes: order.map { sizes[$0] }, strides: order.map { strides[$0] },
      inputCount: sizes.reduce(1, *), output: output)
  }

  /// Along every axis of an input of these sizes the places that are taken, in the order of the output; nil for all of
  /// them, a negative place for the fill value.
  package init(sizes: [Int], picks: [[Int]?], fill: Float = 0, output: MapShape) {
    precondition(sizes.count == picks.count, "Every axis has its places.")
    var indices: [Int32] = [0]
    for ((size, stride), picked) in zip(zip(sizes, Self.strides(of: sizes)), picks) {
      let places = picked ?? Array(0..<size)
      precondition(places.allSatisfy { $0 < size }, "Places of an axis lie within it.")
      indices = indices.flatMap { from in
        places.map { from < 0 || $0 < 0 ? -1 : from + Int32($0 * stride) }
      }
    }
    self.init(indices: indices, fill: fill, inputCount: sizes.reduce(1, *), output: output)
  }

  /// Row-major.
  package static func strides(of sizes: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: sizes.count)
    for axis in sizes.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * sizes[axis + 1]
    }
    return strides
  }

  /// What lies beyond an axis that is padded.
  package enum Border: Hashable, Sendable {
    case fill
    /// The axis mirrored at its first and last element, which are not repeated.
    case reflection
    /// The nearest element.
    case edge
    /// The axis again.
    case wrapped
  }

  /// Places of an axis with some more on both sides; negative numbers cut off.
  package static func padded(
    _ size: Int, before: Int, after: Int, _ border: Border = .fill
  ) -> [Int] {
    precondition(
      border != .reflection || max(before, after) < size, "A reflection is shorter than its axis.")
    return (-before..<size + after).map { place in
      if (0..<size).contains(place) { return place }
      switch border {
      case .fill: return -1
      case .reflection: return place < 0 ? -place : 2 * (size - 1) - place
      case .edge: return place < 0 ? 0 : size - 1
      case .wrapped: return (place % size + size) % size
      }
    }
  }

  /// Places of an axis moved on: element i comes from i − shift, round the end.
  package static func rolled(_ size: Int, by shift: Int) -> [Int] {
    (0..<size).map { (($0 - shift) % size + size) % size }
  }

  /// Places first, first + step, … of an axis.
  package static func sliced(first: Int, step: Int = 1, count: Int) -> [Int] {
    (0..<count).map { first + $0 * step }
  }

  /// Places of the nearest elements, ⌊i · scale⌋ as PyTorch's "nearest" has it.
  ///
  /// - Parameter scale: Elements of the axis per element of the output; size / count where nil.
  package static func nearest(_ size: Int, count: Int, scale: Float? = nil) -> [Int] {
    let scale = scale ?? Float(size) / Float(count)
    return (0..<count).map { min(Int(Float($0) * scale), size - 1) }
  }

  /// A map of height × width × (channels · factor²) made (height · factor) × (width · factor) × channels, PyTorch's
  /// `pixel_shuffle`: channel (c · factor + i) · factor + j goes to row i and column j of its cell.
  package static func pixelShuffle(
    height: Int, width: Int, channels: Int, factor: Int
  ) -> Rearrangement {
    let all = channels * factor * factor
    return Rearrangement(
      sizes: [height, factor, width, factor, channels],
      strides: [width * all, factor, all, 1, factor * factor], inputCount: height * width * all,
      output: MapShape(channels: channels, height: height * factor, width: width * factor))
  }
}
