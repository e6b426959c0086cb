// engram-query's prompt in a pseudo terminal: what a person types, and what they see.

import Foundation
import Glibc
import Testing

/// A program whose terminal this is.
private final class Terminal {
  private let master: Int32
  private var process: pid_t = 0
  private(set) var seen = ""

  init(_ path: String, _ arguments: [String], environment: [String: String]) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    // TIOCSPTLCK and TIOCGPTN: unlocked, and its number.
    var (locked, number) = (Int32(0), Int32(0))
    try #require(
      master >= 0 && ioctl(master, 0x4004_5431, &locked) == 0
        && ioctl(master, 0x8004_5430, &number) == 0)
    let name = "/dev/pts/\(number)"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The first terminal that a new session opens becomes its own.
    posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    posix_spawn_file_actions_addclose(&actions, master)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    // SETSIGMASK and SETSID.
    posix_spawnattr_setflags(&attributes, 0x08 | 0x80)
    let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      all.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    try #require(posix_spawn(&process, path, &actions, &attributes, &words, &variables) == 0)
  }

  deinit {
    kill(process, SIGKILL)
    close(master)
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  /// What comes up to, and with, `end`; the wait is generous.
  @discardableResult
  func read(until end: String, _ location: SourceLocation = #_sourceLocation) -> String {
    let deadline = Date().addingTimeInterval(60)
    var buffer = [UInt8](repeating: 0, count: 4096)
    while Date() < deadline {
      if let range = seen.range(of: end) {
        let found = String(seen[..<range.upperBound])
        seen = String(seen[range.upperBound...])
        return found
      }
      var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, 1000) > 0 else { continue }
      let count = Glibc.read(master, &buffer, buffer.count)
      if count <= 0 { break }
      seen += String(decoding: buffer[..<count], as: UTF8.self)
    }
    Issue.record("'\(end)' did not come, but: \(seen)", sourceLocation: location)
    return seen
  }

  /// Types until the program has ended: what comes while the terminal changes its mode is lost.
  func end(by typed: String) -> Int32? {
    var status: Int32 = 0
    for _ in 0..<100 {
      type(typed)
      for _ in 0..<20 {
        if waitpid(process, &status, WNOHANG) == process { return status >> 8 }
        usleep(20_000)
      }
    }
    return nil
  }
}

@Suite(.enabled(if: access("/dev/ptmx", R_OK | W_OK) == 0, "there are no pseudo terminals"))
struct PromptTests {
  private let scratch: TemporaryDirectory
  private let warehouse: String
  private var history: String { scratch.path("state/engram/history") }

  init() throws {
    scratch = try TemporaryDirectory()
    warehouse = try SharedStudy.get().warehouse
  }

  private func terminal() throws -> Terminal {
    let terminal = try Terminal(
      try builtCommand("engram-query"), [warehouse],
      environment: [
        "XDG_STATE_HOME": scratch.path("state"), "TERM": "xterm", "INPUTRC": "/dev/null",
      ])
    terminal.read(until: "engram> ")
    return terminal
  }

  @Test func `Questions are answered and errors go by`() throws {
    let terminal = try terminal()
    for (typed, expected) in [
      ("select 6 * 7 as answer;\n", "42"),
      ("select 'a;b' as x,\n", "   ...> "),
      ("count(*) as n from run;\n", "a;b  3"),
      ("accuracy_by_class --run stylised\n", "stylised  circle"),
      ("accuracy_by_class --run stylish\n", "did you mean 'stylised'?"),
      ("kl_matrx --layer fc2\n", "did you mean 'kl_matrix'?"),
      ("kl_matrix --layr fc2\n", "did you mean 'layer'?"),
      (".tables\n", "class_profile"), (".schema newest_run\n", "CREATE VIEW newest_run"),
      (".schema newest_rum\n", "did you mean 'newest_run'?"),
      (".tables\n", "bitset"), (".schema vecto\n", "did you mean 'vector'?"),
      (".schema vector\n", "vector (run_id, layer_id, sample_id, x, z)"),
      ("select 1 as b; select 2 as c;\n", "c"),
      (".help kl_matrix\n", "How far apart are the classes"), (".queries\n", "silent_neurons"),
      (".hlp\n", "did you mean '.help'?"), (".mode csv\n", ".mode csv"),
      ("select 1 as a, 2 as b;\n", "1,2"), ("select nowhere;\n", "no such column: nowhere"),
      ("delete from run;\n", "only read here"),
      ("select engram_dense(x'4542');\n", "engram_dense: argument 1"),
      ("select 7;\n", "7"),
    ] {
      terminal.type(typed)
      terminal.read(until: expected)
      // What is typed before the prompt is there may be lost.
      if expected != "   ...> " { terminal.read(until: "engram> ") }
    }
    #expect(terminal.end(by: "\u{15}.quit\n") == 0)
    let kept = try text(of: history)
    #expect(kept.contains("accuracy_by_class") && kept.contains("select"))
  }

  @Test func `Tab completes what the warehouse has`() throws {
    let terminal = try terminal()
    for (typed, expected) in [
      ("closest_cl\t\n", "circle"), ("separation_by_layer --run mem\t\n", "memorised"),
      ("select count(*) as n from class_prof\t;\n", "n"),
      (".sch\tnewest_run\n", "CREATE VIEW newest_run"),
    ] {
      terminal.type(typed)
      terminal.read(until: expected)
      terminal.read(until: "engram> ")
    }
    terminal.type("select engram_popc\t")
    terminal.read(until: "ount")
    terminal.type("(null) is null as empty;\n")
    terminal.read(until: "empty")
    terminal.read(until: "engram> ")
    // Ctrl-U, Ctrl-D.
    #expect(terminal.end(by: "\u{15}\u{4}") == 0)
  }

  @Test func `Ctrl-C leaves a line and stops a question`() throws {
    let terminal = try terminal()
    terminal.type("select never")
    terminal.read(until: "never")
    terminal.type("\u{3}")
    terminal.read(until: "engram> ")
    terminal.type("select 'still ' || 'here';\n")
    terminal.read(until: "still here")
    terminal.read(until: "engram> ")
    // Rows without end: once some are there, the question runs.
    terminal.type(".mode jsonl\n")
    terminal.read(until: "engram> ")
    terminal.type(
      "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n;\n")
    terminal.read(until: "{\"i\": 100}")
    terminal.type("\u{3}")
    terminal.read(until: "interrupted; the answer is incomplete")
    terminal.read(until: "engram> ")
    terminal.type("select 'and ' || 'now';\n")
    terminal.read(until: "and now")
    terminal.read(until: "engram> ")
    #expect(terminal.end(by: "\u{15}.quit\n") == 0)
  }

  @Test func `Without a terminal a question is wanted`() throws {
    let result = try runCommand("engram-query", [warehouse])
    expectFailure(result, of: "engram-query", 64, "give one question")
  }
}
