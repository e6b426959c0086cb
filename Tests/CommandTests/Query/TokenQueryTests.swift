// Runs of a network's tokens by command: how many samples they have, and every saved query asked about them.

import Foundation
import Queries
import SQLiteKit
import TestSupport
import Testing

@Suite struct TokenQueryTests {
  private let scratch: TemporaryDirectory
  private var path: String { scratch.path("w.db") }

  init() throws { scratch = try TemporaryDirectory() }

  /// A transformer of five tokens over twelve images.
  private func ingest(_ tokens: String, name: String) throws -> CommandResult {
    let tests = packageDirectory() + "/Tests"
    return try runCommand(
      "engram-ingest",
      [
        "--model", "\(tests)/ModelFilesTests/Fixtures/transformer.pt2", "--data",
        "npy:\(tests)/CaptureTests/Fixtures/tokens/images", "--preprocess",
        "crop=8,mean=0.5,std=0.25", "--tokens", tokens, "--name", name, "--into", "w.db",
      ], directory: scratch.root)
  }

  /// Which find nothing in two runs without attacks, detectors and likelihoods.
  private static let empty: Set<String> = [
    "detector_benchmark", "detector_curve", "detectors", "likelihood_comparison",
    "most_moved_classes", "run_divergence",
  ]

  @Test func `Every saved query answers about tokens`() throws {
    for (tokens, name) in [("all", "whole"), ("0,3", "some")] {
      let result = try ingest(tokens, name: name)
      expectSuccess(result)
      #expect(result.errors.contains("layers that are not over tokens have their image's x and z"))
    }
    try expectVerified(path)
    #expect(
      try rows(path, "select run, count(*) from predictions group by 1 order by 1") == [
        [.text("some"), .integer(24)], [.text("whole"), .integer(60)],
      ])
    #expect(
      try rows(
        path, "select sample from predictions where run = 'some' order by position limit 3") == [
          [.text("00000#0")], [.text("00000#3")], [.text("00001#0")],
        ])
    for query in try SavedQuery.all() {
      let answer = try runCommand(
        "engram-query", ["w.db", query.name, "--format", "csv"], directory: scratch.root)
      expectSuccess(answer)
      let lines = answer.output.split(whereSeparator: \.isNewline)
      #expect((lines.count == 1) == Self.empty.contains(query.name), "\(query.name)")
    }
  }

  @Test func `Positions beyond the tokens are refused`() throws {
    let result = try ingest("0,99", name: "far")
    #expect(result.status == 1)
    #expect(
      result.errors.contains(
        "--tokens 0,99: expected more than 99 tokens in every layer that is kept, found 5 in attn.qkv"
      ))
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
