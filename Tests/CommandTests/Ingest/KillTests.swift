// An ingest that is killed outright, at moments drawn by seed, and resumed: its warehouse is the one that an
// uninterrupted ingest writes, row for row.

import Foundation
import Glibc
import SQLiteKit
import Testing
import Warehouse

@Suite struct KillTests {
  private static let moments = 26

  @Test func `A killed ingest is resumed to the same warehouse`() throws {
    try registerEngramFunctions()
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    var generator = Moments(state: 2026)
    let arguments = [
      "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:1024",
    ]
    for policy in ["stored", "derived"] {
      let options = arguments + ["--bitsets", policy, "--into"]
      let whole = scratch.path("\(policy).db")
      let start = Date()
      expectSuccess(try runCommand("engram-ingest", options + [whole]))
      let seconds = Date().timeIntervalSince(start)
      let expected = try contents(whole)
      for moment in 1...Self.moments / 2 {
        let path = scratch.path("\(policy)-\(moment).db")
        var log: [String] = []
        // Up to three attempts are killed before one is left alone.
        for attempt in 0...moment % 3 {
          var wait = seconds * generator.fraction()
          while true {
            let running = try RunningCommand(try builtCommand("engram-ingest"), options + [path])
            usleep(UInt32(wait * 1e6))
            running.send(SIGKILL)
            let result = try running.finish()
            if result.status == 128 + SIGKILL { break }
            expectSuccess(result)
            // It was faster: the first attempt is made again, from the start.
            guard attempt == 0 else { break }
            try remove(path, in: scratch)
            wait /= 2
          }
          let stored = (try? rows(path, "select count(*) from prediction"))?.first?.first
          let samples = if case .integer(let count)? = stored { count } else { 0 }
          log.append("\(Int(wait * 1000)) ms: \(samples) samples")
        }
        expectSuccess(try runCommand("engram-ingest", options + [path]))
        let different = differences(try contents(path), expected)
        #expect(different == [], "\(policy), killed after \(log)")
        #expect(try rows(path, "pragma integrity_check") == [[.text("ok")]])
        print(
          "kill \(policy) \(moment): \(log.joined(separator: ", ")); resumed: \(different.isEmpty)")
        try remove(path, in: scratch)
      }
    }
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
