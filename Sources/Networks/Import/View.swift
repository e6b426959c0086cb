// How an operation of a model file sees a node's memory: sizes, strides and where the batch is. Transposing, slicing and most
// reshaping are other views of the same memory; what is no view is copied by a Rearrangement.

/// One sample's share of a value. Its axes are all those that the file counts; the batch multiplies one of them and is left
/// out of that axis's size.
package struct View: Hashable {
  /// The batch axis of a constant, which has none.
  package static let noBatch = -1

  package let node: Int
  package var sizes: [Int]
  /// In floats; 0 where an axis was expanded.
  package var strides: [Int]
  package var offset = 0
  package var batch: Batch

  /// Where the batch is among a file's axes.
  package struct Batch: Hashable {
    package var axis: Int
    /// Elements of that axis before the batch: of tokens × batch in one axis, the tokens.
    package var lead = 1

    package static let first = Batch(axis: 0)
    package static let none = Batch(axis: noBatch)
  }

  /// A node's whole memory, its axes in `order` from the outermost to the innermost.
  package init(node: Int, sizes: [Int], order: [Int], batch: Batch) {
    self.node = node
    self.sizes = sizes
    self.batch = batch
    strides = View.strides(of: sizes, order: order)
  }

  package init(node: Int, sizes: [Int], order: [Int], batchAxis: Int) {
    self.init(node: node, sizes: sizes, order: order, batch: Batch(axis: batchAxis))
  }

  package var batchAxis: Int {
    get { batch.axis }
    set { batch.axis = newValue }
  }

  package var count: Int { sizes.product }

  /// Strides of a tensor whose axes lie in `order` in memory.
  package static func strides(of sizes: [Int], order: [Int]) -> [Int] {
    var strides = [Int](repeating: 0, count: sizes.count)
    var next = 1
    for axis in order.reversed() {
      strides[axis] = next
      next *= sizes[axis]
    }
    return strides
  }

  /// The axes from the outermost in memory to the innermost. Those of one element stand where the file has them.
  package var memoryOrder: [Int] {
    var order: [Int] = []
    for axis in sizes.indices {
      guard sizes[axis] > 1 else {
        order.append(axis)
        continue
      }
      let place =
        order.firstIndex { sizes[$0] > 1 && strides[$0] < strides[axis] } ?? order.count
      order.insert(axis, at: place)
    }
    return order
  }

  /// Whether the view is a permutation of `total` floats without gaps.
  package func isDense(of total: Int) -> Bool {
    guard offset == 0, count == total else { return false }
    let dense = View.strides(of: sizes, order: memoryOrder)
    return sizes.indices.allSatisfy { sizes[$0] == 1 || strides[$0] == dense[$0] }
  }

  /// Whether the axes lie in `order` without gaps.
  package func lies(in order: [Int], of total: Int) -> Bool {
    guard offset == 0, count == total else { return false }
    let dense = View.strides(of: sizes, order: order)
    return sizes.indices.allSatisfy { sizes[$0] == 1 || strides[$0] == dense[$0] }
  }

  /// With other sizes over the same elements in the same order; nil where no strides do that.
  package func reshaped(to target: [Int], batch: Batch) -> View? {
    var result = self
    result.sizes = target
    result.batch = batch
    result.strides = [Int](repeating: 0, count: target.count)
    // Axes of more than one element, merged where the next continues the one before.
    var runs: [(size: Int, stride: Int)] = []
    for (size, stride) in zip(sizes, strides) where size > 1 {
      if let last = runs.last, last.stride == size * stride {
        runs[runs.count - 1] = (last.size * size, stride)
      } else {
        runs.append((size, stride))
      }
    }
    // From the innermost: every run is cut into whole target axes.
    var axis = target.count - 1
    for run in runs.reversed() {
      var (covered, stride) = (1, run.stride)
      while covered < run.size {
        guard axis >= 0 else { return nil }
        result.strides[axis] = target[axis] == 1 ? 0 : stride
        covered *= target[axis]
        stride *= target[axis]
        axis -= 1
      }
      guard covered == run.size else { return nil }
    }
    return result
  }

  /// Axis k of the result is axis `order[k]`.
  package func transposed(_ order: [Int]) -> View {
    var result = self
    result.sizes = order.map { sizes[$0] }
    result.strides = order.map { strides[$0] }
    result.batchAxis = order.firstIndex(of: batchAxis) ?? batchAxis
    return result
  }

  /// With axes of one element in front, as many as `rank` has more.
  func extended(to rank: Int) -> View {
    var result = self
    let missing = rank - sizes.count
    result.sizes = [Int](repeating: 1, count: missing) + sizes
    result.strides = [Int](repeating: 0, count: missing) + strides
    if batch != .none { result.batch.axis += missing }
    return result
  }

  /// Elements start, start + step, … of an axis; `count` of them.
  package func sliced(_ axis: Int, start: Int, count: Int, step: Int) -> View {
    var result = self
    result.offset += start * strides[axis]
    result.sizes[axis] = count
    // The step to a second element, where there is one.
    if count > 1 { result.strides[axis] *= step }
    return result
  }

  /// Where every element lies, in the row-major order of the axes in `order`.
  package func positions(in order: [Int]) -> [Int32] {
    var positions: [Int32] = []
    positions.reserveCapacity(count)
    func walk(_ depth: Int, _ from: Int) {
      guard depth < order.count else { return positions.append(Int32(from)) }
      let (size, stride) = (sizes[order[depth]], strides[order[depth]])
      if depth == order.count - 1 {
        for i in 0..<size { positions.append(Int32(from + i * stride)) }
      } else {
        for i in 0..<size { walk(depth + 1, from + i * stride) }
      }
    }
    walk(0, offset)
    return positions
  }
}
