// Option parsing: accepted spellings, and one clear sentence for each wrong use.

import Basics
import CommandLineTool
import Testing

private let command = Command(
  name: "tool", purpose: "Tests parsing.", usage: ["tool FILE"],
  options: [
    Option("count", "N", "how many", default: "3"), Option("rate", "R", "how fast"),
    Option("force", nil, "even so"), Option("format", "F", "how shown", default: "table"),
  ], examples: [("one", "tool a.db")]
) { _ in }

private func parse(_ words: String...) throws -> Arguments {
  try Arguments(parsing: words, for: command)
}

private struct Bits {
  struct Failure: Error, CustomStringConvertible { let description = "no bits" }
  init(parsing text: String) throws { throw Failure() }
}

private func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch let error as UsageError {
    return error.description
  } catch { return "another error: \(error)" }
}

@Test func bothSpellingsAndDefaultsAreRead() throws {
  let arguments = try parse("a", "--count=5", "--rate", "0.5", "--force", "--", "--b")
  #expect(arguments.positionals == ["a", "--b"])
  #expect(try arguments.int("count") == 5)
  #expect(try arguments.double("rate", in: 0...1) == 0.5)
  #expect(arguments.flag("force"))
  #expect(try parse().int("count") == 3)
  #expect(try parse().double("rate", in: 0...1) == nil)
  #expect(try !parse().isGiven("count"))
  #expect(try parse("--count=").string("count") == "")
  #expect(try parse("--rate", "-1").string("rate") == "-1")
}

@Test func wrongUseSaysWhatIsWrong() {
  #expect(message { _ = try parse("--cuont", "3") }?.contains("did you mean '--count'?") == true)
  #expect(message { _ = try parse("--rate") } == "--rate needs a value: --rate R")
  #expect(message { _ = try parse("--force=1") } == "--force takes no value")
  #expect(
    message { _ = try parse("--count", "x").int("count", in: 1...9) }
      == "--count takes a whole number from 1 to 9, not 'x'")
  #expect(message { _ = try parse("--rate", "nan").double("rate", in: 0...1) } != nil)
  #expect(message { _ = try parse("--rate", "2").double("rate", in: 0...1) } != nil)
  #expect(
    message { _ = try parse("--format", "cvs").choice("format", of: ["csv", "json"]) }?
      .contains("did you mean 'csv'?") == true)
  #expect(message { _ = try parse().required("rate") } == "--rate is required")
  #expect(message { _ = try parse("--rate=").required("rate") } == "--rate needs a value, found ''")
  #expect(
    message { _ = try parse("--rate", "x").choice("rate", of: ["a"], as: "speed") }
      == "--rate: unknown speed 'x'; did you mean 'a'? (known: a)")
  #expect(message { _ = try usage(Bits(parsing: "x")) } == "no bits")
  #expect(message { _ = try parse().positionals(named: "FILE") } == "FILE is missing")
  #expect(
    message { _ = try parse("a", "b").positionals(named: "FILE") } == "unexpected argument 'b'")
}

@Test func otherOptionsAreHandedThroughWhereTaken() throws {
  let open = Command(
    name: "t", purpose: "", usage: [], options: [], examples: [], takesOtherOptions: true
  ) { _ in }
  let arguments = try Arguments(parsing: ["q", "--layer", "fc2", "--n=3"], for: open)
  #expect(arguments.others.map(\.name) == ["layer", "n"])
  #expect(arguments.others.map(\.value) == ["fc2", "3"])
}

@Test func helpShowsEveryOptionWithItsDefault() {
  let help = command.helpText
  for text in ["Tests parsing.", "--count N", "(default: 3)", "--help", "--version", "tool a.db"] {
    #expect(help.contains(text))
  }
}

@Test func editDistanceCountsSlips() {
  #expect(editDistance("kitten", "sitting") == 3)
  #expect(editDistance("", "abc") == 3)
  #expect(editDistance("KL", "kl") == 0)
  #expect(nearest(to: "kl_matix", among: ["kl_matrix", "runs"]) == "kl_matrix")
  #expect(nearest(to: "zzz", among: ["kl_matrix", "runs"]) == nil)
}
