// Where memory ends: one line instead of a trap, and a look ahead for libraries that try again for ever.

internal import Glibc

package enum Memory {
  /// Whether so many bytes more can be had now. Address space is what `ulimit -v` limits.
  package static func has(_ bytes: Int) -> Bool {
    guard
      let probe = unsafe mmap(
        nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      unsafe probe != MAP_FAILED
    else { return false }
    _ = unsafe munmap(probe, bytes)
    return true
  }

  /// Ends the program with a line on standard error and status 1. For the engine of commands alone: what runs inside
  /// other programs throws.
  package static func end(needing bytes: Int, for what: String) -> Never {
    let program = CommandLine.arguments.first?.split(separator: "/").last.map(String.init)
    let line =
      "\(program ?? "engram"): not enough memory for \(what): expected \(bytes >> 20) MiB more, found none; take "
      + "fewer --threads, or raise the limit that ulimit -v tells\n"
    _ = unsafe write(2, line, line.utf8.count)
    // Not exit: what OpenBLAS does at the end waits for threads that could not be made.
    _exit(1)
  }
}
