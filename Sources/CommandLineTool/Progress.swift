// Progress on stderr: a bar with rate and time left on a terminal, a line now and then when piped.

import Glibc

/// Draws at most ten times a second on a terminal; elsewhere a line every ten seconds.
package final class Progress {
  private let label: String
  private let total: Int
  private let unit: String
  private let isTerminal: Bool
  private var lastDrawn: ContinuousClock.Instant
  /// Of the first update: what was done before does not count for the rate.
  private var start: (time: ContinuousClock.Instant, done: Int)?
  private var width = 0

  /// - Parameter unit: The plural that stands behind the rate, such as `samples`.
  package init(_ label: String, total: Int, unit: String) {
    self.label = label
    self.total = total
    self.unit = unit
    isTerminal = isatty(2) == 1
    lastDrawn = isTerminal ? .now - .seconds(60) : .now
  }

  /// The first update says where the work begins, such as behind what an earlier attempt finished.
  /// - Parameter detail: Shown behind the rate, such as a loss.
  package func update(_ done: Int, detail: String = "") {
    let now = ContinuousClock.now
    let start = start ?? (now, done)
    self.start = start
    guard now - lastDrawn >= (isTerminal ? .milliseconds(100) : .seconds(10)) else { return }
    lastDrawn = now
    let line = text(
      done, since: start.done, detail: detail, elapsed: seconds(now - start.time))
    if isTerminal {
      let padding = String(repeating: " ", count: max(0, width - line.count))
      Output.standardError.writeBestEffort("\r" + line + padding)
      width = line.count
    } else {
      Output.standardError.writeBestEffort(line + "\n")
    }
  }

  /// Takes the bar away.
  package func clear() {
    guard isTerminal, width > 0 else { return }
    Output.standardError.writeBestEffort("\r" + String(repeating: " ", count: width) + "\r")
    width = 0
  }

  package func text(_ done: Int, since first: Int, detail: String, elapsed: Double) -> String {
    let rate = elapsed > 0 ? Double(done - first) / elapsed : 0
    let left = rate > 0 ? duration(Double(total - done) / rate) : "?"
    let share = total > 0 ? Double(done) / Double(total) : 1
    var line = label + " "
    if isTerminal {
      let filled = max(0, min(24, Int(share * 24)))
      line += "[" + String(repeating: "#", count: filled)
      line += String(repeating: ".", count: 24 - filled) + "] "
    }
    line += "\(Int(share * 100)) % \(done)/\(total) \(unit), \(significant(rate, 3)) \(unit)/s"
    if !detail.isEmpty { line += ", " + detail }
    return line + ", \(left) left"
  }
}

/// A span of time in seconds.
package func seconds(_ duration: Duration) -> Double {
  let parts = duration.components
  return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
}

/// "42 s", "3 min 05 s", "2 h 10 min".
package func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "?" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return seconds < 10 ? "\(significant(seconds, 2)) s" : "\(whole) s" }
  let pad = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
  if whole < 3600 { return "\(whole / 60) min \(pad(whole % 60)) s" }
  return "\(whole / 3600) h \(pad(whole / 60 % 60)) min"
}
