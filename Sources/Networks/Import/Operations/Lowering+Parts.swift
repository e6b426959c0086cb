// Operations that take parts of values, and replace them: mostly views of the same memory.

internal import ModelFiles

extension Lowering {
  static let partHandlers: [OperationKind: Handler] = [
    .slice: { lowering, operation in
      var x = try operation.view()
      for cut in try operation.cuts(of: x.sizes.count) { x = try lowering.slice(x, cut) }
      return [.view(x)]
    },
    .select: { _, operation in
      let x = try operation.view()
      let axis = try operation.axis(operation.int("axis", 0), of: x.sizes.count)
      guard axis != x.batchAxis else { throw NetworkError("expected to select within a sample") }
      let place = try operation.place("index", of: x.sizes[axis])
      return [.view(x.sliced(axis, start: place, count: 1, step: 1).without([axis]))]
    },
    .split: { lowering, operation in
      let x = try operation.view()
      let axis = try operation.axis(operation.int("axis", 0), of: x.sizes.count)
      guard axis != x.batchAxis else { throw NetworkError("expected to split within a sample") }
      return try operation.parts(of: x.sizes[axis]).map {
        .view(x.sliced(axis, start: $0.lowerBound, count: $0.count, step: 1))
      }
    },
    .replaceSlice: { lowering, operation in
      let x = try operation.view()
      let cuts = try operation.cuts(of: x.sizes.count)
      return [
        .view(
          try lowering.replace(
            cuts[...], of: x, with: operation.view("source"), operation))
      ]
    },
  ]

  private func slice(_ x: View, _ cut: Cut) throws -> View {
    let size = x.sizes[cut.axis]
    guard cut.axis != x.batchAxis else {
      guard cut.start == 0, cut.end >= Self.batch * size, cut.step == 1 else {
        throw NetworkError("expected to take all samples of the batch")
      }
      return x
    }
    let places = slicePlaces(of: size, start: cut.start, end: cut.end, step: cut.step)
    guard let first = places.first else {
      throw NetworkError("expected something of \(size), found none")
    }
    if cut.step > 0 {
      return x.sliced(cut.axis, start: first, count: places.count, step: cut.step)
    }
    return try take(x, axis: cut.axis, places, named: "reversed")
  }

  /// `x` with what the cuts leave of it replaced: what is before it, the new part and what is behind it, axis by axis.
  private func replace(
    _ cuts: ArraySlice<Cut>, of x: View, with source: View, _ operation: LoweredOperation
  ) throws -> View {
    guard let cut = cuts.first else { return try stretched(source, as: x) }
    let part = try slice(x, cut)
    guard cut.step == 1 else { throw NetworkError("expected to replace what lies side by side") }
    let new = try replace(cuts.dropFirst(), of: part, with: source, operation)
    guard cut.axis != x.batchAxis, part.sizes != x.sizes else { return new }
    let size = x.sizes[cut.axis]
    let start = slicePlaces(of: size, start: cut.start, end: cut.end, step: 1).first ?? 0
    let end = start + part.sizes[cut.axis]
    var parts = [new]
    if start > 0 { parts.insert(x.sliced(cut.axis, start: 0, count: start, step: 1), at: 0) }
    if end < size { parts.append(x.sliced(cut.axis, start: end, count: size - end, step: 1)) }
    return try join(parts, axis: cut.axis, operation)
  }

  /// A value broadcast to the sizes of another.
  private func stretched(_ source: View, as part: View) throws -> View {
    guard source.sizes.count <= part.sizes.count else {
      throw NetworkError("expected a part \(described(part)), found \(described(source))")
    }
    var view = source.extended(to: part.sizes.count)
    for (axis, size) in part.sizes.enumerated() where view.sizes[axis] != size {
      guard view.sizes[axis] == 1 else {
        throw NetworkError("expected a part \(described(part)), found \(described(source))")
      }
      view.sizes[axis] = size
      view.strides[axis] = 0
    }
    return view
  }
}

/// What a slice takes along one axis: NumPy's start, end and step.
struct Cut {
  let axis: Int
  let start: Int
  let end: Int
  let step: Int
}

extension LoweredOperation {
  /// Those of a slice, in its order.
  func cuts(of rank: Int) throws -> [Cut] {
    let starts = try needed("starts").integers()
    let ends = try needed("ends").integers()
    let axes = try ints("axes", Array(starts.indices))
    let steps = try ints("steps", starts.map { _ in 1 })
    guard axes.count == starts.count, ends.count == starts.count, steps.count == starts.count,
      !steps.contains(0)
    else { throw NetworkError("expected starts, ends, axes and steps other than 0 of one length") }
    return try axes.indices.map {
      Cut(axis: try axis(axes[$0], of: rank), start: starts[$0], end: ends[$0], step: steps[$0])
    }
  }

  /// A position along an axis of `size`, from the end where negative.
  func place(_ name: String, of size: Int) throws -> Int {
    let index = try int(name, 0)
    let place = index < 0 ? index + size : index
    guard (0..<size).contains(place) else {
      throw NetworkError("expected an index below \(size), found \(index)")
    }
    return place
  }

  /// The ranges that an axis of `size` is split into.
  func parts(of size: Int) throws -> [Range<Int>] {
    let lengths: [Int]
    if let sizes = try ints("sizes") {
      lengths = sizes
    } else {
      let count = try int("count", operation.outputs.count)
      let length = try int("size") ?? (size + max(1, count) - 1) / max(1, count)
      guard length > 0, count > 0 else {
        throw NetworkError("expected parts above 0, found \(length) and \(count)")
      }
      lengths = stride(from: 0, to: size, by: length).map { min(length, size - $0) }
    }
    guard lengths.allSatisfy({ $0 > 0 && $0 <= size }), lengths.reduce(0, +) == size else {
      throw NetworkError("expected parts of \(size), found \(lengths.prefix(16))")
    }
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return start..<start + length
    }
  }
}
