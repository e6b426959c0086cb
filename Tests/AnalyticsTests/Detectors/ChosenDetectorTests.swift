// What names and values of detectors are taken for, and what is said of others.

import Analytics
import Testing

@Suite struct ChosenDetectorTests {
  private func message(_ text: String) -> String? {
    do {
      _ = try ChosenDetector.parse(text)
      return nil
    } catch { return "\(error)" }
  }

  @Test func `Texts come back in canonical form`() throws {
    for (text, expected) in [
      ("knn", ["knn"]), ("knn:k=50", ["knn"]), ("knn:k=5", ["knn:k=5"]),
      ("gen:M=5,gamma=0.5,knn,vim:D=3", ["gen:gamma=0.5,M=5", "knn", "vim:D=3"]),
      ("react,react:percentile=99", ["react", "react:percentile=99"]),
      ("mahalanobis++,nci:alpha=1e-3", ["mahalanobis++", "nci:alpha=0.001"]),
    ] {
      let chosen = try ChosenDetector.parse(text)
      #expect(chosen.map(\.description) == expected)
      let again = try ChosenDetector.parse(expected.joined(separator: ","))
      #expect(again.map(\.description) == expected)
    }
    let maps = try ChosenDetector.parse("all", ofFeatureMaps: true).map(\.description)
    #expect(
      try ChosenDetector.parse("all").map(\.description) + maps == Detector.all.map(\.name))
    #expect(maps == ["gram"])
    let given = "gram:orders=4,held-aside=0.25,seed=7"
    #expect(try ChosenDetector.parse(given, ofFeatureMaps: true).map(\.description) == [given])
  }

  @Test(arguments: [
    ("energy,gram", "detector gram reads feature maps, which are not stored: engram-ingest detect"),
    ("knm", "unknown detector 'knm'; did you mean 'knn'? (known: all, likelihood, "),
    ("", "unknown detector ''"), ("knn,", "unknown detector ''"), ("k=5", "unknown detector 'k=5'"),
    ("knn,knn:k=50", "detector knn is given twice"),
    ("knn:k=3,k=4", "detector knn: k is given twice"),
    ("knn:kk=3", "detector knn: unknown parameter 'kk'; did you mean 'k'? (known: k)"),
    ("energy:T=3", "detector energy: unknown parameter 'T' (none is known)"),
    ("knn:5", "detector knn: expected key=value, found '5'"),
    ("knn:k=0", "detector knn: k is '0', expected a whole number from 1 to 1000000"),
    ("knn:k=2.5", "detector knn: k is '2.5', expected a whole number from 1 to 1000000"),
    ("react:percentile=101", "is '101', expected a number from 0 to 100"),
    ("react:percentile=nan", "is 'nan', expected a number from 0 to 100"),
    ("react:percentile=0x10", "is '0x10', expected a number from 0 to 100"),
    ("react:percentile=", "is '', expected a number from 0 to 100"),
  ])
  func `Others are told in a line`(text: String, expected: String) {
    let message = message(text)
    #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    #expect(message?.contains("\n") == false)
  }

  @Test func `Whoever names no detector sees them all`() {
    let message = message("nothing-like-it") ?? ""
    for detector in Detector.all { #expect(message.contains(detector.name)) }
  }
}
