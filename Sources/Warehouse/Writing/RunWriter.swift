// Writes a run on a thread of its own, so that computing waits for the disk only when it is several
// batches ahead. The log that its rows go to is moved into the file by LogMover.

package import Bits
internal import Dispatch
internal import SQLiteKit
internal import Synchronization

/// Takes weights and batches from one thread and commits them, in order, on another: one transaction each.
/// After a failure nothing more is written, and every call throws that failure.
package final class RunWriter: Sendable {
  private let inserter: BatchInserter
  private let mover: LogMover
  private let queue = DispatchQueue(label: "engram.run-writer")
  private let free: DispatchSemaphore
  private let failure = Mutex<(any Error)?>(nil)

  /// - Parameters:
  ///   - warehouse: a connection for this writer alone, opened for writing.
  ///   - run: id of a run that is not complete.
  ///   - capacity: batches that may wait.
  package init(_ warehouse: consuming Warehouse, run: Int, capacity: Int = 4) throws {
    precondition(capacity > 0, "a queue without room")
    mover = LogMover(try Warehouse.open(warehouse.path, mode: .write))
    try warehouse.told { try warehouse.connection.execute("pragma wal_autocheckpoint = 0") }
    inserter = try BatchInserter(warehouse, run: run)
    free = DispatchSemaphore(value: capacity)
  }

  /// Waits when the queue is full. Throws what went wrong earlier.
  package func submit(_ batch: Batch) throws {
    try submit(batch.bytes) { try $0.write(batch) }
  }

  /// Keeps a layer's weights in front of the batches submitted later, in a transaction of their own.
  package func submit(_ weights: LayerWeights, of layer: Stored<LayerRecord>) throws {
    try submit(4 * weights.weight.count) { try $0.warehouse.store(weights, of: layer) }
  }

  private func submit(_ bytes: Int, _ write: @escaping @Sendable (BatchInserter) throws -> Void)
    throws
  {
    try check()
    free.wait()
    queue.async { [self] in
      defer { free.signal() }
      guard failure.withLock({ $0 == nil }) else { return }
      do { try write(inserter) } catch { return failure.withLock { $0 = error } }
      mover.follow(bytes)
    }
  }

  /// Waits until everything submitted is committed.
  package func flush() throws {
    drain()
    try check()
  }

  /// Waits until nothing submitted is under way, whatever became of it. Due before the warehouse's lock is given up and
  /// the process ends: `exit` takes away what the thread works with.
  package func drain() {
    queue.sync {}
    mover.drain()
  }

  /// Waits for the batches, then writes the profiles in place of earlier ones, all or none, and
  /// moves the log into the file. Throws when samples are missing. What is left to do after it are
  /// the measures and `Warehouse.complete(run:)`.
  package func finish(_ profiles: some Sequence<ClassProfile>) throws {
    try flush()
    try queue.sync {
      try inserter.write(profiles)
      try inserter.warehouse.checkpoint()
    }
  }

  private func check() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
