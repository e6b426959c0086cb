// Forward and backward over a batch, block by block, and the sum over blocks.

internal import Basics
internal import CKernels

/// The memory of a batch's gradients; made once and used for every batch of up to `capacity`
/// samples.
@safe
final class BackwardPass {
  private let program: Program
  let capacity: Int
  private var count: Int
  let logits: FloatStorage
  /// One set of parameter gradients per block, added up in block order.
  private let blocks: FloatStorage?
  private let sum: FloatStorage?
  /// Each team's further sums of parameter gradients.
  private var spares: [FloatStorage] = []
  let inputGradient: FloatStorage?

  init(_ program: Program, count: Int, parameters: Bool, inputs: Bool) {
    self.program = program
    self.count = count
    capacity = count
    let blockCount = blockCount(count)
    logits = FloatStorage(count: count * program.outputCount)
    blocks = parameters ? FloatStorage(count: blockCount * program.pass.parameterCount) : nil
    sum = parameters ? FloatStorage(count: program.pass.parameterCount) : nil
    inputGradient = inputs ? FloatStorage(count: count * program.architecture.input.count) : nil
  }

  /// `dropoutKey` seeds the masks of dropout; nil leaves it out. `lossGradient` gets a sample's
  /// position and outputs, writes the gradient and returns the loss; it is called on several
  /// threads. Returns the losses in order.
  func run(
    on pool: WorkspacePool, count: Int? = nil, threads: Int, dropoutKey: UInt64? = nil,
    source: SampleSource,
    lossGradient: (Int, Span<Float>, inout MutableSpan<Float>) -> Double
  ) -> [Double] {
    let count = count ?? capacity
    precondition(count <= capacity, "A batch has at most \(capacity) samples.")
    self.count = count
    var losses = [Double](repeating: 0, count: count)
    var span = losses.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer { losses in
      let division = Team.division(of: blockCount(count), threads: threads)
      let parameterCount = program.pass.parameterCount
      while blocks != nil, spares.count < division.teams {
        // Memory is taken where it is written to: of the parameters that are summed sample by sample.
        spares.append(FloatStorage(count: (Team.sums - 1) * parameterCount))
      }
      pool.lend(backward: true, teams: division.teams, threads: division.threads) { teams in
        for workspace in teams.flatMap(\.workspaces) { workspace.dropoutKey = dropoutKey }
        Parallel.run(blockCount(count), threads: teams.count) { worker, block in
          let first = block * blockSize
          let rows = min(blockSize, count - first)
          let team = teams[worker]
          let outputs = unsafe logits.base + first * program.outputCount
          team.forward(first: first, count: rows, source: source)
          unsafe team.leader.copyOutput(count: rows, to: outputs)
          unsafe team.leader.seed(outputs, count: rows) { row, output, gradient in
            unsafe losses[first + row] = lossGradient(first + row, output, &gradient)
          }
          unsafe team.backward(
            first: first, count: rows,
            parameterGradient: blocks.map { unsafe $0.base + block * parameterCount },
            spare: blocks == nil ? nil : spares[worker].base,
            inputGradient: inputGradient.map {
              unsafe $0.base + first * program.architecture.input.count
            })
        }
      }
    }
    return losses
  }

  /// Floats of the parameters that one thread sums at a time.
  static let chunk = 1 << 14

  /// Calls `body(offset, count, sum)` for chunks of the parameters that are trained, several
  /// threads at once, `sum` being the gradient's chunk, added over the blocks in order.
  func forEachChunk(threads: Int, _ body: (Int, Int, Floats) -> Void) {
    // Of no samples the sum is 0, as it is made.
    guard let blocks, let sum, count > 0 else { return }
    let total = program.pass.trainedCount
    Parallel.run((total + Self.chunk - 1) / Self.chunk, threads: threads) { _, chunk in
      let offset = chunk * Self.chunk
      let size = min(Self.chunk, total - offset)
      guard blockCount(count) > 1 else { return unsafe body(offset, size, blocks.base + offset) }
      unsafe engram_sum_blocks(
        blocks.base + offset, blockCount(count), program.pass.parameterCount, size,
        sum.base + offset)
      unsafe body(offset, size, sum.base + offset)
    }
  }

  /// Lets running statistics follow the mean of the blocks' own.
  func followStatistics(in parameters: Floats) {
    let (all, trained) = (program.pass.parameterCount, program.pass.trainedCount)
    guard all > trained, let blocks, let sum else { return }
    unsafe engram_sum_blocks(
      blocks.base + trained, blockCount(count), all, all - trained, sum.base + trained)
    unsafe engram_follow_statistics(
      sum.base + trained, all - trained, Float(blockCount(count)), BatchNormalisation.momentum,
      parameters + trained)
  }

  /// The summed gradient times `scale`; nil where parameters were not asked for.
  func reduced(scale: Float, threads: Int) -> FloatStorage? {
    unsafe forEachChunk(threads: threads) { _, size, sum in
      for i in 0..<size { unsafe sum[i] *= scale }
    }
    return (1...blockSize).contains(count) ? blocks : sum
  }
}

extension Workspace {
  /// Sets the last node's gradient row by row from the outputs (channels outermost).
  func seed(
    _ outputs: Floats, count: Int,
    _ body: (Int, Span<Float>, inout MutableSpan<Float>) -> Void
  ) {
    let last = program.nodes.count - 1
    let shape = program.pass.shapes[last]
    for row in 0..<count {
      let output = unsafe UnsafeBufferPointer(
        start: outputs + row * shape.count, count: shape.count)
      let buffer = unsafe UnsafeMutableBufferPointer(start: staging, count: shape.count)
      var gradient = unsafe buffer.mutableSpan
      unsafe body(row, output.span, &gradient)
      unsafe engram_transpose(
        staging, shape.channels, shape.positions, self.gradient(last, sample: row))
    }
  }
}
