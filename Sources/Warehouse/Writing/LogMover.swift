// Moves what is written to a warehouse from the log into the file on a thread of its own: the disk has both to take, and whoever
// writes rows need not wait for either. Leaves out errors: what cannot be moved stays in the log, which the next one tries again.

internal import Dispatch
internal import SQLiteKit
internal import Synchronization

/// The log of a warehouse that one other thread writes to. https://sqlite.org/wal.html#ckpt
final class LogMover: Sendable {
  private let warehouse: Warehouse
  private let queue = DispatchQueue(label: "engram.log-mover")
  private let isMoving = Atomic<Bool>(false)
  /// What was written since the log began anew, at most.
  private let bytes = Atomic<Int>(0)

  /// Bytes of a log that writing waits for: it begins anew where all of it is moved and nobody writes.
  private static let most = 32 << 20

  /// - Parameter warehouse: A connection for this alone, opened for writing.
  init(_ warehouse: consuming Warehouse) { self.warehouse = warehouse }

  /// Due after every transaction, on the thread that writes.
  /// - Parameter written: Bytes of its blobs.
  func follow(_ written: Int) {
    guard bytes.add(written, ordering: .relaxed).newValue < Self.most else {
      queue.sync { move() }
      return bytes.store(0, ordering: .relaxed)
    }
    guard !isMoving.exchange(true, ordering: .relaxed) else { return }
    queue.async { [self] in
      move()
      isMoving.store(false, ordering: .relaxed)
    }
  }

  /// Waits until nothing is under way.
  func drain() { queue.sync {} }

  private func move() {
    guard var moved = try? warehouse.connection.prepare("pragma wal_checkpoint(passive)"),
      (try? moved.step()) == true
    else { return }
    // SQLite waits for the file's pages when the last one is moved: of most the disk has them by then.
    if moved.int(2) < moved.int(1) { warehouse.connection.syncFile() }
  }
}
