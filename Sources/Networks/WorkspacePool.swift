// Workspaces between passes.

internal import Synchronization

/// Lends every pass as many workspaces as it has threads, and keeps them for the next one.
final class WorkspacePool: Sendable {
  let program: Program
  let parameters: NodeParameters
  private let idle = Mutex<[Workspace]>([])
  private let idleTeams = Mutex<[[Workspace]]>([])

  init(_ program: Program, parameters: NodeParameters) {
    self.program = program
    self.parameters = parameters
  }

  /// Workspaces that each work on blocks of their own.
  func lend(backward: Bool, threads: Int, _ body: ([Workspace]) -> Void) {
    parameters.refresh()
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

  /// Workspaces for a forward pass that share one block.
  func lendTeam(threads: Int, _ body: ([Workspace]) -> Void) {
    parameters.refresh()
    var team = idleTeams.withLock { $0.popLast() ?? [] }
    while team.count < threads {
      team.append(
        Workspace(program, parameters: parameters, backward: false, block: team.first?.block))
    }
    body(Array(team.prefix(threads)))
    idleTeams.withLock { [team] in $0.append(team) }
  }
}
