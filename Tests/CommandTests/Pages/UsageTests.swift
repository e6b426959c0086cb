// What engram-train and engram-ingest say to options that cannot be: exit status 64 and one line why.

import Foundation
import TestSupport
import Testing

private let ingest: [String] = [
  "engram-ingest", "--model", "alexnet-cifar", "--weights", "w", "--data", "shapes:test",
]
private let train: [String] = ["engram-train", "--data", "shapes", "--out", "/nonexistent/out"]

private let cases: [(words: [String], reason: String)] = [
  (ingest + ["--into", "w.db", "--layers", "last:0"], "layers 'last:0'"),
  (ingest + ["--into", "w.db", "--classes", ""], "classes ''"),
  (ingest + ["--into", "w.db", "--model", "net"], "unknown architecture 'net'"),
  (ingest + ["--into", ""], "--into needs a value"),
  (ingest, "--into is required"),
  (train + ["--model", "alexnet-cifra"], "did you mean 'alexnet-cifar'?"),
  (train + ["--classes", "cat,,dog"], "classes 'cat,,dog'"),
  (train + ["--batch-size", "4097"], "a whole number from 1 to 4096"),
  (train + ["--outlier-weight", "0.5"], "--outlier-weight needs --outliers"),
  (train + ["--outliers", "shapes", "--outlier-weight", "-1"], "a number from 0.0 to 1000.0"),
  (train + ["--from", "w.pth", "--epochs", "0"], "--epochs 0 writes an untrained network"),
  (train + ["--from", ""], "--from needs a value"),
  (train + ["--outliers", ""], "--outliers needs a value"),
  (train + ["--epochs", "-1"], "a whole number from 0 to 1000000"),
]

@Test(arguments: cases)
func wrongOptionsAreUsageErrors(words: [String], reason: String) throws {
  let result = try runCommand(words[0], Array(words.dropFirst()))
  #expect(result.status == 64)
  #expect(result.output == "")
  #expect(result.errors.contains(reason), "\(result.errors)")
}

/// A word of the command line that is no text would become another name: of the file to read, or to write over.
@Test(arguments: [
  "engram-report w.db --out", "engram-ingest runs", "engram-query", "engram-train --resume --out",
])
func namesThatAreNoTextAreUsageErrors(line: String) throws {
  let scratch = try TemporaryDirectory()
  let words = line.split(separator: " ").map(String.init)
  let shell = try RunningCommand(
    "/bin/sh",
    ["-c", "exec \"$@\" \"$(printf 'col\\376.html')\"", "sh", try builtCommand(words[0])]
      + words.dropFirst(), directory: scratch.root)
  let result = try shell.finish()
  #expect(result.status == 64)
  #expect(
    result.errors.contains("expected UTF-8, found 'col\\xfe.html'; name the file otherwise\n"),
    "\(result.errors)")
  #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.root).isEmpty)
}
