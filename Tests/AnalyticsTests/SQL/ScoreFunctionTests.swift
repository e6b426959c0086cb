// The aggregates over scores against the same counted pair by pair and threshold by threshold.

import SQLiteKit
import Testing

struct ScoreFunctionTests {
  private struct Row {
    let score: Double
    let isPositive: Bool
  }

  /// Ties are many where there are few `levels`.
  private func rows(_ count: Int, levels: Int, _ generator: inout TestGenerator) -> [Row] {
    (0..<count).map { _ in
      let isPositive = generator.below(3) == 0
      let level = generator.below(levels) + (isPositive ? generator.below(levels) / 2 : 0)
      return Row(score: Double(level) / 7 - 1, isPositive: isPositive)
    }
  }

  private func fill(_ host: borrowing FunctionHost, _ rows: [Row]) throws {
    try host.connection.execute("drop table if exists t; create table t (score real, positive int)")
    for row in rows {
      try host.connection.run(
        "insert into t values (?, ?)", .real(row.score), .integer(row.isPositive ? 1 : 0))
    }
  }

  /// Every pair.
  private func areaUnderROC(_ rows: [Row]) -> Double {
    var (sum, pairs) = (0.0, 0.0)
    for p in rows where p.isPositive {
      for n in rows where !n.isPositive {
        sum += p.score > n.score ? 1 : p.score == n.score ? 0.5 : 0
        pairs += 1
      }
    }
    return sum / pairs
  }

  /// True and false positives of every threshold, descending; the first accepts nothing.
  private func thresholds(_ rows: [Row]) -> [(found: Double, accepted: Double)] {
    let positives = Double(rows.count { $0.isPositive })
    let negatives = Double(rows.count) - positives
    return [(0, 0)]
      + Set(rows.map(\.score)).sorted(by: >).map { threshold in
        (
          Double(rows.count { $0.isPositive && $0.score >= threshold }) / positives,
          Double(rows.count { !$0.isPositive && $0.score >= threshold }) / negatives
        )
      }
  }

  private func averagePrecision(_ rows: [Row]) -> Double {
    let positives = Double(rows.count { $0.isPositive })
    var (sum, before) = (0.0, 0.0)
    for threshold in Set(rows.map(\.score)).sorted(by: >) {
      let accepted = rows.filter { $0.score >= threshold }
      let found = Double(accepted.count { $0.isPositive })
      sum += (found / positives - before) * found / Double(accepted.count)
      before = found / positives
    }
    return sum
  }

  @Test(arguments: [(2, 2), (9, 3), (60, 5), (60, 1000), (200, 40), (300, 1)])
  func theyAreTheirDefinitions(count: Int, levels: Int) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(count * levels))
    for _ in 0..<8 {
      let rows =
        rows(count, levels: levels, &generator) + [
          Row(score: 0, isPositive: true), Row(score: 0, isPositive: false),
        ]
      try fill(host, rows)
      let area = try #require(try host.real("engram_auroc(score, positive) from t"))
      #expect(isClose(area, areaUnderROC(rows), relative: 1e-12))
      let precision = try #require(try host.real("engram_aupr(score, positive) from t"))
      #expect(isClose(precision, averagePrecision(rows), relative: 1e-12))
      for tpr in [0, 0.05, 0.5, 0.8, 0.95, 1] {
        let expected = thresholds(rows).filter { $0.found >= tpr }.map(\.accepted).min()
        #expect(
          try host.value("engram_fpr_at_tpr(score, positive, ?) from t", .real(tpr))
            == .real(expected ?? -1))
      }
      // The other side, upside down, is the same curve.
      let turned = try host.real("engram_auroc(-score, 1 - positive) from t")
      #expect(isClose(turned ?? 0, area, relative: 1e-12))
    }
  }

  /// Its measures are the other functions'; its intervals hold them, and are about as wide as normal theory's.
  @Test(arguments: [(80, 60, 1000), (200, 300, 9), (40, 5, 30)])
  func separationHasIntervals(positives: Int, negatives: Int, levels: Int) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(positives * levels))
    let rows =
      (0..<positives).map { _ in
        Row(score: Double(generator.below(levels) + levels / 4), isPositive: true)
      }
      + (0..<negatives).map { _ in Row(score: Double(generator.below(levels)), isPositive: false) }
    try fill(host, rows)
    func measure(_ name: String, seed: Int = 0, replicates: Int = 400) throws -> Double? {
      try host.real(
        "json_extract(engram_separation(score, positive, \(replicates), \(seed)), '$.\(name)') from t"
      )
    }
    for (name, call) in [
      ("auroc", "engram_auroc(score, positive)"), ("aupr_in", "engram_aupr(score, positive)"),
      ("aupr_out", "engram_aupr(-score, 1 - positive)"),
      ("fpr_at_95_tpr", "engram_fpr_at_tpr(score, positive, 0.95)"),
    ] {
      let value = try #require(try measure(name))
      #expect(
        isClose(value, try #require(try host.real("\(call) from t")), relative: 1e-12), "\(name)")
      let low = try #require(try measure(name + "_low"))
      let high = try #require(try measure(name + "_high"))
      #expect(low <= value && value <= high && low < high, "\(name) \(low) \(value) \(high)")
      #expect(try measure(name + "_low") == low)
      #expect(try measure(name + "_low", replicates: 0) == nil)
    }
    let lows = try (0..<4).map { try measure("auroc_low", seed: $0) }
    #expect(Set(lows).count > 1)
    // DeLong, DeLong & Clarke-Pearson 1988: the variance of the placements on either side.
    func placements(_ own: [Double], _ others: [Double]) -> [Double] {
      own.map { score in
        others.reduce(0) { $0 + ($1 < score ? 1 : $1 == score ? 0.5 : 0) } / Double(others.count)
      }
    }
    func variance(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(values.count)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        / Double(values.count)
    }
    let (a, b) = (
      rows.filter(\.isPositive).map(\.score), rows.filter { !$0.isPositive }.map(\.score)
    )
    let deviation = (variance(placements(a, b)) + variance(placements(b, a))).squareRoot()
    let width = try #require(try measure("auroc_high")) - #require(try measure("auroc_low"))
    #expect((0.7...1.3).contains(width / (2 * 1.96 * deviation)), "\(width) \(deviation)")
  }

  /// Measures are the mean of the groups' own; positives that are drawn once for all make intervals wider than independent
  /// draws would.
  @Test func separationOfGroupsIsTheirMean() throws {
    let host = try FunctionHost()
    var generator = TestGenerator(7)
    try host.connection.execute("create table g (score, positive, part)")
    for part in 0..<4 {
      for _ in 0..<(part == 0 ? 60 : 40) {
        let score = generator.below(500) + (part == 0 ? 200 : 40 * part)
        try host.connection.execute(
          "insert into g values (\(score), \(part == 0 ? 1 : 0), \(part))")
      }
    }
    func measure(_ name: String, _ parts: String, group: String) throws -> Double {
      try #require(
        try host.real(
          "json_extract(engram_separation(score, positive, 300, 5\(group)), '$.\(name)') from g where part in (0, \(parts))"
        ))
    }
    for name in ["auroc", "fpr_at_95_tpr", "aupr_in", "aupr_out"] {
      let single = try (1...3).map { try measure(name, "\($0)", group: "") }
      #expect(
        isClose(
          try measure(name, "1, 2, 3", group: ", part"), single.reduce(0, +) / 3, relative: 1e-12))
      // One group is no group.
      for end in ["", "_low", "_high"] {
        #expect(
          try measure(name + end, "2", group: ", part") == measure(name + end, "2", group: ""))
      }
    }
    let widths = try (1...3).map {
      try measure("auroc_high", "\($0)", group: "") - measure("auroc_low", "\($0)", group: "")
    }
    let width =
      try measure("auroc_high", "1, 2, 3", group: ", part")
      - measure("auroc_low", "1, 2, 3", group: ", part")
    let independent = widths.reduce(0) { $0 + $1 * $1 }.squareRoot() / 3
    #expect(width > independent && width < widths.reduce(0, +) / 3)
    #expect(throws: (any Error).self) {
      try host.value("engram_separation(score, positive, 3, 5, 'a') from g")
    }
  }

  @Test func separationRefusesWhatItCannotResample() throws {
    let host = try FunctionHost()
    func value(_ rows: String, _ rest: String) throws -> Value {
      try host.value("engram_separation(column1, column2, \(rest)) from (values \(rows))")
    }
    #expect(try value("(1, 1), (2, 1)", "10, 0") == .null)
    guard case .text(let apart) = try value("(2, 1), (3, 1), (1, 0)", "10, 0") else {
      Issue.record("no answer")
      return
    }
    #expect(apart.contains("\"auroc\":1.0,\"auroc_low\":1.0,\"auroc_high\":1.0"))
    for rest in ["-1, 0", "100001, 0", "column1, 0", "10, column1"] {
      #expect(throws: (any Error).self) { try value("(2, 1), (1, 0)", rest) }
    }
  }

  @Test func edges() throws {
    let host = try FunctionHost()
    for call in ["engram_auroc(s, p)", "engram_aupr(s, p)", "engram_fpr_at_tpr(s, p, 0.95)"] {
      func value(_ rows: String) throws -> Value {
        try host.value("\(call) from (select column1 s, column2 p from (values \(rows)))")
      }
      let isRate = call.contains("fpr")
      #expect(try value("(2, 1), (1, 0)") == .real(isRate ? 0 : 1))
      #expect(try value("(1e999, 1), (-1e999, 0)") == .real(isRate ? 0 : 1))
      #expect(try value("(1e999, 1), (1e999, 0)") == .real(isRate ? 1 : 0.5))
      #expect(try value("(-1e999, 1), (-1e999, 0)") == .real(isRate ? 1 : 0.5))
      // Rows with a NULL are left out, and NaN is one.
      #expect(try value("(2, 1), (1, 0), (null, 0), (9, null)") == .real(isRate ? 0 : 1))
      #expect(try value("(2, 1), (1, 0), (1e999 - 1e999, 0)") == .real(isRate ? 0 : 1))
      for rows in ["(1, 1), (2, 1)", "(1, 0)", "(null, 1), (1, 0)"] {
        #expect(try value(rows) == .null)
      }
      #expect(try host.value("\(call) from (select 1 s, 1 p where 0)") == .null)
      let name = call.prefix { $0 != "(" }
      for (rows, message) in [
        ("(1, 2)", "argument 2 is 2, neither 0 nor 1"),
        ("(1, 1.0)", "argument 2 is not an integer"),
        ("('1', 1)", "argument 1 is not a number"), ("(x'00', 1)", "argument 1 is not a number"),
      ] {
        #expect(
          host.failure("\(call) from (select column1 s, column2 p from (values \(rows)))")
            == "\(name): \(message)")
      }
      #expect(
        host.failure("\(call) over () from (select 1 s, 1 p)")?.contains("window function") == true)
    }
    #expect(
      host.failure("engram_fpr_at_tpr(1, 1, 95)")
        == "engram_fpr_at_tpr: argument 3 is 95.0, not a rate from 0 to 1")
    #expect(
      host.failure("engram_fpr_at_tpr(1, 1, column1) from (values (0.5), (0.75))")
        == "engram_fpr_at_tpr: argument 3 is 0.75, before it was 0.5")
  }
}
