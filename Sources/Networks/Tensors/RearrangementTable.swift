// How the moves of a rearrangement are kept: found once, shared by all copies of the layer.

internal import CKernels

/// The shortest of three forms of a list of indices.
package final class RearrangementTable: Hashable, Sendable {
  enum Form: Hashable, Sendable {
    /// Matrices of rows × columns, one behind the other, each transposed.
    case transposition(batches: Int, rows: Int, columns: Int)
    /// Of every run `from` (negative: the fill value), `to`, `length`, sorted by `to`.
    case runs([Int32])
    case indices([Int32])
  }

  let form: Form
  private let hash: Int

  /// Runs shorter than this on average cost more than their elements.
  private static let worthwhile = 6

  init(_ indices: [Int32], inputCount: Int) {
    if let transposition = Self.transposition(indices, inputCount: inputCount) {
      form = transposition
    } else {
      let runs = Self.runs(indices)
      form = runs.count / 3 * Self.worthwhile > indices.count ? .indices(indices) : .runs(runs)
    }
    var hasher = Hasher()
    hasher.combine(form)
    hash = hasher.finalize()
  }

  /// Of equal content.
  package static func == (a: RearrangementTable, b: RearrangementTable) -> Bool {
    a === b || a.hash == b.hash && a.form == b.form
  }

  /// By a number that was made once.
  package func hash(into hasher: inout Hasher) { hasher.combine(hash) }

  private static func runs(_ indices: [Int32]) -> [Int32] {
    var runs: [Int32] = []
    var (from, to, length): (Int32, Int32, Int32) = (0, 0, 0)
    for index in indices {
      let continues = from < 0 ? index < 0 : index == from + length
      if length > 0, continues {
        length += 1
        continue
      }
      if length > 0 { runs += [from, to, length] }
      (from, to, length) = (max(index, -1), to + length, 1)
    }
    return length > 0 ? runs + [from, to, length] : runs
  }

  /// Index (b · columns + c) · rows + r is (b · rows + r) · columns + c.
  private static func transposition(_ indices: [Int32], inputCount: Int) -> Form? {
    guard indices.count == inputCount, indices.count > 3, indices[0] == 0, indices[1] > 1 else {
      return nil
    }
    let columns = Int(indices[1])
    let rows = indices.indices.first { Int(indices[$0]) != $0 * columns } ?? indices.count
    guard rows > 1, inputCount % (rows * columns) == 0 else { return nil }
    var at = 0
    for batch in 0..<inputCount / (rows * columns) {
      for column in 0..<columns {
        for row in 0..<rows {
          guard Int(indices[at]) == (batch * rows + row) * columns + column else { return nil }
          at += 1
        }
      }
    }
    return .transposition(batches: inputCount / (rows * columns), rows: rows, columns: columns)
  }

  /// Of every element of an output of so many, where it comes from; negative for the fill value.
  package func indices(count: Int) -> [Int32] {
    switch form {
    case .indices(let indices): return indices
    case .runs(let runs):
      return stride(from: 0, to: runs.count, by: 3).flatMap { run in
        (0..<runs[run + 2]).map { runs[run] < 0 ? -1 : runs[run] + $0 }
      }
    case .transposition(let batches, let rows, let columns):
      return (0..<batches * rows * columns).map { place in
        let (batch, rest) = place.quotientAndRemainder(dividingBy: rows * columns)
        return Int32((batch * rows + rest % rows) * columns + rest / rows)
      }
    }
  }

  /// The position of the run that holds an element of the output.
  func run(of element: Int) -> Int {
    guard case .runs(let numbers) = form else { return 0 }
    var (low, high) = (0, numbers.count / 3)
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(numbers[3 * middle + 1]) <= element { low = middle } else { high = middle }
    }
    return low
  }

  /// Lends runs as the kernels read them, and their number.
  static func withRuns(
    _ numbers: [Int32], _ body: (UnsafePointer<engram_run>, Int) -> Void
  ) {
    unsafe numbers.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe body(base.assumingMemoryBound(to: engram_run.self), numbers.count / 3)
    }
  }
}
