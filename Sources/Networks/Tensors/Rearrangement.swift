// Elements moved to other places: what a layer of moves is and does. How moves are named stands in Rearrangement+Views,
// how they are kept in RearrangementTable.

internal import CKernels

/// y[i] = x[index[i]], or a fill value: transposition, slices, rolls, padding, gathering by constant indices.
package struct Rearrangement: Hashable, Sendable {
  package let table: RearrangementTable
  /// Elements that it reads from.
  package let inputCount: Int
  /// What stands where nothing comes from.
  package let fill: Float
  package let output: MapShape

  /// - Parameter indices: Of every element of the output, where in the input it comes from; negative for the fill value.
  package init(indices: [Int32], fill: Float = 0, inputCount: Int, output: MapShape) {
    precondition(indices.count == output.count, "Every element of the output comes from somewhere.")
    precondition(
      indices.allSatisfy { $0 < inputCount }, "Elements come from an input of \(inputCount).")
    table = RearrangementTable(indices, inputCount: inputCount)
    (self.inputCount, self.fill, self.output) = (inputCount, fill, output)
  }
}

extension Rearrangement {
  /// Whether every element is looked up: the slowest of its forms.
  var isByElement: Bool { if case .indices = table.form { true } else { false } }

  /// Both moves as one; nil where something is filled in.
  func following(_ first: Rearrangement) -> Rearrangement? {
    let (places, sources) = (
      table.indices(count: output.count), first.table.indices(count: inputCount)
    )
    guard places.allSatisfy({ $0 >= 0 }), sources.allSatisfy({ $0 >= 0 }) else { return nil }
    return Rearrangement(
      indices: places.map { sources[Int($0)] }, inputCount: first.inputCount, output: output)
  }
}

extension Rearrangement: LayerKind {
  var name: String { "rearrangement" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(inputs[0].count == inputCount, "A rearrangement reads \(inputCount) elements.")
    return output
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int { Parts.count(work: output.count) }

  func forward(_ call: LayerCall) {
    let parts = sampleParts(input: call.input, output: output)
    switch table.form {
    case .transposition(let batches, let rows, let columns):
      // Whole matrices, or some columns of the only one.
      let size = rows * columns
      if batches > 1 {
        for batch in Parts.range(call.part, of: parts, count: batches) {
          unsafe engram_transpose(call.x + batch * size, rows, columns, call.y + batch * size)
        }
      } else {
        let range = Parts.range(call.part, of: parts, count: columns)
        unsafe engram_transpose_columns(
          call.x, rows, columns, range.lowerBound, range.upperBound, call.y)
      }
    case .runs(let numbers):
      let range = Parts.range(call.part, of: parts, count: output.count)
      guard !range.isEmpty else { return }
      unsafe RearrangementTable.withRuns(numbers) { runs, _ in
        unsafe engram_copy_runs(
          call.x, runs + table.run(of: range.lowerBound), range.lowerBound, range.upperBound, fill,
          call.y)
      }
    case .indices(let indices):
      let range = Parts.range(call.part, of: parts, count: output.count)
      unsafe indices.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        unsafe engram_gather(
          call.x, base + range.lowerBound, range.count, fill, call.y + range.lowerBound)
      }
    }
  }

  func backward(_ call: LayerCall) {
    unsafe call.contribute { dx in
      switch table.form {
      case .transposition(let batches, let rows, let columns):
        for batch in 0..<batches {
          let offset = batch * rows * columns
          unsafe engram_transpose(call.dy + offset, columns, rows, dx + offset)
        }
      case .runs(let numbers):
        unsafe dx.update(repeating: 0, count: inputCount)
        unsafe RearrangementTable.withRuns(numbers) { runs, count in
          unsafe engram_add_runs(call.dy, runs, count, dx)
        }
      case .indices(let indices):
        unsafe dx.update(repeating: 0, count: inputCount)
        unsafe engram_scatter(call.dy, indices, indices.count, dx)
      }
    }
  }
}
