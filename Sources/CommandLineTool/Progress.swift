// Progress on stderr: a bar with rate and time left on a terminal, a line now and then when piped.

import Glibc

/// Draws at most ten times a second on a terminal; elsewhere a line every ten seconds.
package final class Progress {
  private let label: String
  private let total: Int
  private let unit: String
  private let isTerminal: Bool
  private let started: ContinuousClock.Instant
  private var lastDrawn: ContinuousClock.Instant
  private let firstDone: Int
  private var width = 0

  /// - Parameters:
  ///   - done: What an earlier attempt had finished: it does not count for the rate.
  ///   - unit: The plural that stands behind the rate, such as `samples`.
  package init(_ label: String, total: Int, done: Int = 0, unit: String) {
    self.label = label
    self.total = total
    self.unit = unit
    isTerminal = isatty(2) == 1
    started = .now
    lastDrawn = started - .seconds(60)
    if !isTerminal { lastDrawn = started }
    firstDone = done
  }

  /// - Parameter detail: Shown behind the rate, such as a loss.
  package func update(_ done: Int, detail: String = "") {
    let now = ContinuousClock.now
    guard now - lastDrawn >= (isTerminal ? .milliseconds(100) : .seconds(10)) else { return }
    lastDrawn = now
    let line = text(done, detail: detail, elapsed: seconds(now - started))
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

  func text(_ done: Int, detail: String, elapsed: Double) -> String {
    let rate = elapsed > 0 ? Double(done - firstDone) / elapsed : 0
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
