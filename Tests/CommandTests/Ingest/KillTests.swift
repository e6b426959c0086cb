// An ingest that is killed outright, at shares of its work drawn by seed, and resumed: its warehouse is the one that an
// uninterrupted ingest writes, row for row.

import Foundation
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct KillTests {
  /// By policy.
  private static let moments = 9

  @Test(arguments: ["stored", "derived"])
  func `A killed ingest is resumed to the same warehouse`(policy: String) throws {
    try registerEngramFunctions()
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    var generator = Moments(state: policy == "stored" ? 2026 : 2027)
    let samples = 1024
    let options = [
      "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:\(samples)",
      "--layers", "last:2", "--bitsets", policy, "--into",
    ]
    let whole = scratch.path("\(policy).db")
    func stored(_ path: String) -> Int {
      let value = (try? rows(path, "select count(*) from prediction"))?.first?.first
      return if case .integer(let count)? = value { count } else { 0 }
    }
    let ingest = try KilledCommand(
      "engram-ingest", options + [whole], marking: { stored(whole) == samples })
    let expected = try contents(whole, ids: false)
    /// Kills that ended the program, and those that left some of the samples.
    var (landed, amid, attempts) = (0, 0, 0)
    for moment in 1...Self.moments {
      let path = scratch.path("\(policy)-\(moment).db")
      var log: [String] = []
      // Up to three attempts are killed before one is left alone.
      for _ in 0...moment % 3 {
        attempts += 1
        // Every other moment lies where samples are written, the rest anywhere.
        let fraction = generator.fraction()
        let share = moment % 2 == 1 ? ingest.mark * (0.5 + 0.45 * fraction) : fraction
        let isKilled = try ingest.killed(options + [path], at: share)
        let count = stored(path)
        log.append("\(Int(share * 100)) %: \(count) samples" + (isKilled ? "" : ", ended"))
        // A later attempt has less to do, and may come to its end.
        guard isKilled else { break }
        landed += 1
        if (1..<samples).contains(count) { amid += 1 }
      }
      expectSuccess(try runCommand("engram-ingest", options + [path]))
      try expectSame(contents(path, ids: false), expected, "\(policy), killed after \(log)")
      #expect(try rows(path, "pragma integrity_check") == [[.text("ok")]])
      print("kill \(policy) \(moment): \(log.joined(separator: ", "))")
      try remove(path, in: scratch)
    }
    #expect(landed >= Self.moments, "of \(attempts) kills \(landed) ended the program")
    #expect(amid >= 3, "of \(landed) kills \(amid) left some of the samples")
  }

  /// The file and what stands beside it.
  private func remove(_ path: String, in scratch: TemporaryDirectory) throws {
    for name in try listing(scratch.root) where scratch.path(name).hasPrefix(path) {
      unlink(scratch.path(name))
    }
  }
}

/// SplitMix64, so that the moments are the same in every run.
private struct Moments {
  var state: UInt64

  /// From 0 up to 1.
  mutating func fraction() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ z >> 31) >> 11) / 9_007_199_254_740_992
  }
}
