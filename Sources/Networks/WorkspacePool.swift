// Workspaces between passes.

internal import Synchronization

/// Lends every pass as many workspaces as it has threads, and keeps them for the next one.
final class WorkspacePool: Sendable {
  private let program: Program
  private let parameters: FloatStorage
  private let idle = Mutex<[Workspace]>([])

  init(_ program: Program, parameters: FloatStorage) {
    self.program = program
    self.parameters = parameters
  }

  func lend(backward: Bool, threads: Int, _ body: ([Workspace]) -> Void) {
    var lent = idle.withLock { idle in
      let taken = Array(idle.filter { $0.isForBackward == backward }.prefix(threads))
      idle.removeAll { workspace in taken.contains { $0 === workspace } }
      return taken
    }
    while lent.count < threads {
      lent.append(Workspace(program, parameters: parameters, backward: backward))
    }
    body(lent)
    idle.withLock { [lent] in $0 += lent }
  }
}
