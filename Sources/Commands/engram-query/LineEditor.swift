// Lines from a terminal, with editing, history and completion by libedit. There is one terminal, and so one editor.

@preconcurrency import CEdit
import Glibc
import Synchronization

enum LineEditor {
  enum Line {
    case text(String)
    /// Ctrl-C.
    case abandoned
    /// Ctrl-D.
    case end
  }

  /// Entries that are kept.
  private static let most: Int32 = 1000
  private static let interrupted = Atomic<Bool>(false)
  private static let alarmed = Atomic<Bool>(false)
  /// The candidates for a word behind what stands before it.
  nonisolated(unsafe) private static var complete: (_ before: String, _ word: String) -> [String] =
    {
      _, _ in []
    }

  /// Whether Ctrl-C was pressed since `begin`.
  static var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }

  /// Forgets an earlier Ctrl-C.
  static func begin() { interrupted.store(false, ordering: .relaxed) }

  /// - Parameter completing: Called while a line is edited.
  static func start(completing: @escaping (_ before: String, _ word: String) -> [String]) {
    complete = completing
    rl_initialize()
    stifle_history(most)
    if let file = historyFile { read_history(file) }
    rl_attempted_completion_function = { word, start, _ in
      // What is not known here is not a file's name either.
      rl_attempted_completion_over = 1
      let line = String(cString: rl_line_buffer)
      let before = String(decoding: line.utf8.prefix(Int(start)), as: UTF8.self)
      return LineEditor.matches(
        LineEditor.complete(before, word.map { String(cString: $0) } ?? ""))
    }
    // libedit may go on reading after a first signal: an alarm, a moment later, is the second.
    handle(SIGINT) { _ in
      LineEditor.interrupted.store(true, ordering: .relaxed)
      LineEditor.setAlarm(microseconds: 20_000)
    }
    handle(SIGALRM) { _ in LineEditor.alarmed.store(true, ordering: .relaxed) }
  }

  /// Without SA_RESTART, so that a signal ends a read.
  private static func handle(_ signal: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    sigaction(signal, &action, nil)
  }

  private static func setAlarm(microseconds: Int) {
    var time = itimerval(
      it_interval: timeval(), it_value: timeval(tv_sec: 0, tv_usec: microseconds))
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &time, nil)
  }

  static func read(_ prompt: String) -> Line {
    while true {
      begin()
      alarmed.store(false, ordering: .relaxed)
      let line = readline(prompt)
      defer { free(line) }
      setAlarm(microseconds: 0)
      if isInterrupted {
        print()
        return .abandoned
      }
      if let line { return .text(String(cString: line)) }
      // An alarm for a line that had ended already is no end of input.
      if !alarmed.load(ordering: .relaxed) { return .end }
    }
  }

  /// A statement of several lines becomes one.
  static func remember(_ statement: String) {
    let line = statement.split(separator: "\n").joined(separator: " ")
    add_history(line)
    guard let file = historyFile else { return }
    // Each folder above the file; those that are there stay as they are.
    for end in file.indices.dropFirst() where file[end] == "/" {
      mkdir(String(file[..<end]), 0o777)
    }
    write_history(file)
  }

  /// nil where the user has no home.
  private static var historyFile: String? {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    let folder = variable("XDG_STATE_HOME") ?? variable("HOME").map { $0 + "/.local/state" }
    return folder.map { $0 + "/engram/history" }
  }

  /// As libedit takes them, in memory that it frees: what they have in common, then each.
  private static func matches(
    _ names: [String]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    guard var common = names.first else { return nil }
    for name in names.dropFirst() {
      common = String(zip(common, name).prefix { $0 == $1 }.map(\.0))
    }
    let list = [common] + names
    let size = (list.count + 1) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
    guard let memory = malloc(size) else { return nil }
    let result = memory.bindMemory(
      to: UnsafeMutablePointer<CChar>?.self, capacity: list.count + 1)
    for (index, name) in list.enumerated() { result[index] = strdup(name) }
    result[list.count] = nil
    return result
  }
}
