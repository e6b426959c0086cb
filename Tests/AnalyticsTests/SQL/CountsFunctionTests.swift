import Analytics
import Bits
import Glibc
import SQLiteKit
import Testing

struct CountsFunctionTests {
  @Test(arguments: [1, 30, 300, 70_000])
  func agreeWithTheSwiftForms(samples: Int) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(samples))
    let p = generator.counters(120, samples: samples)
    let q = generator.counters(120, samples: 9)
    let (pBlob, qBlob) = (
      countsBlob(p, samples: samples, firstRow: 4, columns: 12),
      countsBlob(q, samples: 9, firstRow: 4, columns: 12)
    )
    var frequencies = CountFrequencies(samples: samples)
    frequencies.add(p)
    #expect(try host.real("engram_entropy(?)", pBlob) == frequencies.entropy)
    #expect(
      try host.value("engram_histogram(?)", pBlob) == .text(frequencies.sparsity.histogramJSON))
    #expect(
      try host.real("engram_kl(?, ?)", pBlob, qBlob)
        == Divergence.kl(p, samples: samples, q, samples: 9))
    #expect(
      try host.real("engram_kl(?, ?, 2)", pBlob, qBlob)
        == Divergence.kl(p, samples: samples, q, samples: 9, alpha: 2))
    for (row, column) in [(4, 0), (13, 11), (7, 5)] {
      let expected = Double(p[(row - 4) * 12 + column]) / Double(samples)
      let value = try host.real(
        "engram_proportion(?, ?, ?)", pBlob, .integer(row), .integer(column))
      #expect(value == expected)
    }
    #expect(try host.value("engram_proportion(?, 3, 0)", pBlob) == .null)
    #expect(try host.value("engram_proportion(?, 14, 0)", pBlob) == .null)
  }

  /// A proportion of exactly k / 20 belongs to the bin that it begins, 0 to the first and 1 to the last, in SQL as in
  /// Swift.
  @Test(arguments: [1, 7, 20, 40, 60, 100, 340, 70_000])
  func binsBeginWithTheirLowerEnd(samples: Int) throws {
    let host = try FunctionHost()
    for step in 0...20 {
      let edge = step * samples / 20
      for count in [edge - 1, edge, edge + 1] where (0...samples).contains(count) {
        // The largest whole number of twentieths that k / N is not below.
        let expected = min(19, (0...20).last { $0 * samples <= 20 * count } ?? 0)
        #expect(Sparsity.bin(of: count, samples: samples) == expected, "\(count) of \(samples)")
        let blob = countsBlob([UInt32(count)], samples: samples)
        #expect(
          try host.value(
            "(select group_concat(bin) from engram_histogram_bins(?) where share = 1)", blob)
            == .text("\(expected)"), "\(count) of \(samples)")
        #expect(
          try host.value("json_extract(engram_histogram(?), '$[\(expected)]')", blob) == .real(1),
          "\(count) of \(samples)")
      }
    }
  }

  @Test func profilesOfNoSamples() throws {
    let host = try FunctionHost()
    let nothing = countsBlob([0, 0], samples: 0)
    #expect(try host.value("engram_entropy(?)", nothing) == .null)
    #expect(try host.value("engram_histogram(?)", nothing) == .null)
    #expect(try host.value("engram_proportion(?, 0, 0)", nothing) == .null)
    #expect(try host.value("engram_kl(?, ?)", nothing, nothing) == .real(0))
  }

  @Test func logLikelihoodIsTheDefinition() throws {
    let host = try FunctionHost()
    var generator = TestGenerator(8)
    let shape = LayerShape(outputs: 5, inputs: 6, hasBias: true)
    let sample = try RandomBits(shape, &generator)
    for (samples, alpha) in [(0, 0.5), (1, 0.5), (40, 0.5), (40, 3)] {
      let counters = generator.counters(14, samples: samples)
      // Rows 2 and 3 of the layer.
      let block = countsBlob(counters, samples: samples, firstRow: 2, columns: 7)
      var expected = 0.0
      for (index, count) in counters.enumerated() {
        let p = (Double(count) + alpha) / (Double(samples) + 2 * alpha)
        expected += log(sample.bits[14 + index] ? p : 1 - p)
      }
      let found = try #require(
        try host.real("engram_log_likelihood(?, ?, ?)", .blob(sample.blob), block, .real(alpha)))
      #expect(isClose(found, expected))
      if alpha == 0.5 {
        #expect(
          try host.real("engram_log_likelihood(?, ?)", .blob(sample.blob), block) == found)
      }
    }
    let outside = countsBlob(
      generator.counters(14, samples: 3), samples: 3, firstRow: 4, columns: 7)
    #expect(
      host.failure("engram_log_likelihood(?, ?)", .blob(sample.blob), outside)
        == "engram_log_likelihood: argument 2 holds rows 4..<6 of 7 columns, "
        + "argument 1 is of a layer 5 × 6 with bias")
  }

  @Test func aSampleLeftOutOfItsProfile() throws {
    var generator = TestGenerator(5)
    let shape = LayerShape(outputs: 4, inputs: 9, hasBias: false)
    let samples = try (0..<6).map { _ in try RandomBits(shape, &generator) }
    func counters(_ samples: [RandomBits]) -> [UInt32] {
      (0..<36).map { index in UInt32(samples.count { $0.bits[index] }) }
    }
    let attacked = try RandomBits(shape, &generator)
    let without = Likelihood.logLikelihood(
      bits: dense(attacked.bits), counters: counters(Array(samples.dropFirst())), samples: 5,
      firstRow: 0, columns: 9)
    let leftOut = Likelihood.logLikelihood(
      bits: dense(attacked.bits), leftOut: dense(samples[0].bits), counters: counters(samples),
      samples: 6, firstRow: 0, columns: 9)
    #expect(isClose(without, leftOut))
  }

  @Test(arguments: BitsetFunctionTests.shapes)
  func countsOfAGroup(shape: LayerShape) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(shape.outputs))
    try host.connection.execute("create table t (class integer, bits blob)")
    var expected = [[UInt32]](
      repeating: [UInt32](repeating: 0, count: shape.interactions), count: 3)
    var insert = try host.connection.prepare("insert into t values (?, ?)")
    for index in 0..<70 {
      let sample = try RandomBits(shape, &generator)
      for (position, bit) in sample.bits.enumerated() where bit {
        expected[index % 3][position] += 1
      }
      try insert.bind([.integer(index % 3), .blob(sample.blob)])
      try insert.run()
    }
    try host.connection.execute("insert into t values (0, null)")
    for (label, counters) in expected.enumerated() {
      let samples = label == 0 ? 24 : 23
      let blob = try host.value(
        "engram_counts(bits) from t where class = ?", .integer(label))
      #expect(blob == countsBlob(counters, samples: samples, columns: shape.columns))
    }
    // Merging classes is counting without them.
    #expect(
      try host.value(
        "engram_merge_counts(k) from (select engram_counts(bits) k from t group by class)")
        == host.value("engram_counts(bits) from t"))
  }

  @Test func groupsWithoutRows() throws {
    let host = try FunctionHost()
    for function in ["engram_counts", "engram_merge_counts"] {
      #expect(try host.value("\(function)(x) from (select 1 x) where x = 2") == .null)
      #expect(try host.value("\(function)(x) from (select null x)") == .null)
    }
  }

  @Test func blocksOfDifferentPlaces() throws {
    let host = try FunctionHost()
    let (a, b) = (countsBlob([1, 2], samples: 2), countsBlob([1, 2], samples: 2, columns: 2))
    #expect(
      host.failure("engram_merge_counts(column1) from (values (?), (?))", a, b)
        == "engram_merge_counts: argument 1 holds rows 0..<1 of 2 columns, "
        + "the rows before rows 0..<2 of 1 columns")
    #expect(
      host.failure("engram_kl(?, ?)", a, b)
        == "engram_kl: argument 2 holds rows 0..<1 of 2 columns, argument 1 rows 0..<2 of 1 columns"
    )
    for alpha: Value in [.real(0), .integer(-1), .real(.infinity)] {
      #expect(
        host.failure("engram_kl(?, ?, ?)", a, a, alpha)?
          .hasPrefix("engram_kl: argument 3 is ") == true)
    }
    let full = countsBlob([0], samples: Int(UInt32.max))
    #expect(
      host.failure("engram_merge_counts(column1) from (values (?), (?))", full, full)
        == "engram_merge_counts: more than 4294967295 samples")
    #expect(try host.real("engram_entropy(?)", full) == 0)
  }
}
