// Workspaces between passes.

internal import Synchronization

/// Lends every pass as many teams as it works on blocks at a time, and keeps them for the next one.
final class WorkspacePool: Sendable {
  let program: Program
  let parameters: NodeParameters
  private let idle = Mutex<[[Workspace]]>([])

  init(_ program: Program, parameters: NodeParameters) {
    self.program = program
    self.parameters = parameters
  }

  /// `teams` teams, each of `threads` workspaces with one block's memory.
  func lend(backward: Bool, teams: Int, threads: Int, _ body: ([Team]) -> Void) {
    BLASThreads.prepare(teams * threads)
    parameters.refresh(forBackward: backward, threads: teams * threads)
    var lent = idle.withLock { idle in
      let places = idle.indices.filter { idle[$0][0].isForBackward == backward }.prefix(teams)
      let taken = places.map { idle[$0] }
      for place in places.reversed() { idle.remove(at: place) }
      return taken
    }
    while lent.count < teams {
      lent.append([Workspace(program, parameters: parameters, backward: backward)])
    }
    for team in lent.indices {
      while lent[team].count < threads {
        lent[team].append(
          Workspace(
            program, parameters: parameters, backward: backward, block: lent[team][0].block))
      }
    }
    body(lent.map { Team(workspaces: Array($0.prefix(threads))) })
    idle.withLock { [lent] in $0 += lent }
  }
}
