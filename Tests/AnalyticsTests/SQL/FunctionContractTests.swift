import Analytics
import Bits
import SQLiteKit
import Testing

/// What holds for every function: registration, NULL, garbage.
struct FunctionContractTests {
  /// Every function that reads its arguments alone, with the kind of each: b bitset, d dense bits, c counts, z and x
  /// vectors, j JSON, m matrix, i integer, n 9, r a rule, t a type of elements.
  static let signatures = [
    ("engram_popcount", "b"), ("engram_bit", "bii"), ("engram_dense", "b"),
    ("engram_and_popcount", "bb"), ("engram_hamming", "bb"), ("engram_jaccard", "bb"),
    ("engram_counts", "b"), ("engram_merge_counts", "c"), ("engram_entropy", "c"),
    ("engram_proportion", "cii"), ("engram_histogram", "c"), ("engram_kl", "cc"),
    ("engram_kl", "cci"), ("engram_log_likelihood", "bc"), ("engram_log_likelihood", "bci"),
    ("engram_element", "zi"), ("engram_sparse_element", "xni"), ("engram_rank", "xn"),
    ("engram_rank", "xnr"), ("engram_checksum", "z"), ("engram_checksum", "zz"),
    ("engram_rectified", "z"), ("engram_bitset", "diii"), ("engram_and", "bb"),
    ("engram_or", "bb"), ("engram_xor", "bb"), ("engram_not", "b"), ("engram_row_density", "b"),
    ("engram_row_density", "bi"), ("engram_column_density", "b"), ("engram_column_density", "bi"),
    ("engram_union", "b"), ("engram_intersection", "b"), ("engram_js", "cc"), ("engram_js", "cci"),
    ("engram_vector", "j"), ("engram_vector", "xn"), ("engram_sparse", "z"), ("engram_norm", "z"),
    ("engram_normalized", "z"), ("engram_max", "z"), ("engram_logsumexp", "z"),
    ("engram_logsumexp", "zi"), ("engram_log_softmax", "z"), ("engram_log_softmax", "zi"),
    ("engram_mahalanobis", "zzm"), ("engram_pooled_covariance", "zi"), ("engram_mean", "zt"),
    ("engram_dot", "zz"), ("engram_cosine", "zz"), ("engram_distance", "zz"), ("engram_top", "zi"),
    ("engram_mean", "z"), ("engram_gram", "z"), ("engram_covariance", "z"),
    ("engram_matrix_element", "mii"), ("engram_matrix_rank", "m"), ("engram_matrix_rank", "mr"),
    ("engram_participation_ratio", "m"), ("engram_subspace_overlap", "mm"),
    ("engram_subspace_overlap", "mmr"), ("engram_auroc", "ii"), ("engram_aupr", "ii"),
    ("engram_fpr_at_tpr", "iii"), ("engram_separation", "iiii"), ("engram_separation", "iiiii"),
  ]

  /// A single row has no covariance, and not both a positive and a negative.
  private static let needTwoRows = [
    "engram_covariance", "engram_auroc", "engram_aupr", "engram_fpr_at_tpr", "engram_separation",
  ]

  /// The tables, with the kinds of their arguments and a column.
  static let tables = [
    ("engram_bits", "b", "output"), ("engram_elements", "z", "value"),
    ("engram_elements", "xn", "value"), ("engram_histogram_bins", "c", "share"),
    ("engram_counts_rows", "c", "proportion"),
  ]

  private func arguments(_ kinds: String, _ generator: inout TestGenerator) throws -> [Value] {
    let shape = LayerShape(outputs: 3, inputs: 4, hasBias: generator.below(2) == 0)
    return try kinds.map { kind in
      switch kind {
      case "b": .blob(try RandomBits(shape, &generator).blob)
      case "c":
        countsBlob(
          generator.counters(3 * shape.columns, samples: 5), samples: 5, columns: shape.columns)
      case "z": .blob([0, 0, 128, 63, 0, 0, 0, 64])
      case "x": .blob(SparseVector.encode([1, 0, 0, 2, 3, 0, 0, 0, 5].span))
      case "n": .integer(9)
      case "r": .text("numpy")
      case "t": .text("float64")
      case "d": .blob([1])
      case "j": .text("[1, -2.5, 3e2]")
      case "m":
        // 2 × 2 over five samples.
        .blob(
          [0x45, 0x4D, 1, 0, 2, 0, 0, 0, 5, 0, 0, 0]
            + [4.0, 1, 1, 3].flatMap { number in
              (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> UInt64(8 * $0)) }
            })
      default: .integer(1)
      }
    }
  }

  @Test func everyFunctionIsRegisteredAndListedHere() throws {
    let host = try FunctionHost()
    var statement = try host.connection.prepare(
      "select name, narg, flags from pragma_function_list where name like 'engram%'")
    var found: Set<String> = []
    while try statement.step() {
      found.insert("\(statement.text(0)) \(statement.int(1))")
      // SQLITE_DETERMINISTIC and SQLITE_INNOCUOUS.
      #expect(statement.int(2) & 0x800 != 0 && statement.int(2) & 0x200000 != 0)
    }
    let listed =
      Self.signatures.map { "\($0.0) \($0.1.count)" } + [
        "engram_version 0", "engram_significance 3",
      ]
    #expect(found == Set(listed))
  }

  @Test func versionAnswers() throws {
    guard case .text(let version) = try FunctionHost().value("engram_version()") else {
      Issue.record("engram_version() is not text")
      return
    }
    #expect(version.contains("("))
  }

  @Test(arguments: signatures)
  func nullInNullOut(name: String, kinds: String) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(2)
    let marks = kinds.map { _ in "?" }.joined(separator: ", ")
    let good = try arguments(kinds, &generator)
    #expect(
      (try host.value("\(name)(\(marks))", good) == .null) == Self.needTwoRows.contains(name))
    for index in good.indices {
      var parameters = good
      parameters[index] = .null
      // The rank of no rows is 0.
      #expect(
        try host.value("\(name)(\(marks))", parameters)
          == (name == "engram_rank" ? .integer(0) : .null))
    }
  }

  @Test(arguments: signatures)
  func garbageIsAnErrorAtWorst(name: String, kinds: String) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(kinds.utf8.reduce(0) { $0 * 31 + Int($1) }))
    let marks = kinds.map { _ in "?" }.joined(separator: ", ")
    var (answers, errors) = (0, 0)
    for _ in 0..<1_500 {
      var parameters = try arguments(kinds, &generator)
      parameters[generator.below(parameters.count)] = spoiled(
        parameters[generator.below(parameters.count)], &generator)
      do {
        _ = try host.value("\(name)(\(marks))", parameters)
        answers += 1
      } catch let error as SQLiteError {
        #expect(error.message.hasPrefix("\(name): "))
        errors += 1
      }
    }
    #expect(answers + errors == 1_500 && errors > 0)
  }

  @Test(arguments: tables)
  func tablesOfNullAndGarbage(name: String, kinds: String, column: String) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(name.utf8.count))
    let marks = kinds.map { _ in "?" }.joined(separator: ", ")
    let expression = "(select count(\"\(column)\") from \(name)(\(marks)))"
    let good = try arguments(kinds, &generator)
    #expect(try host.value(expression, good) != .integer(0))
    for index in good.indices {
      var parameters = good
      parameters[index] = .null
      #expect(try host.value(expression, parameters) == .integer(0))
    }
    #expect(try host.value("(select count(*) from \(name))") == .integer(0))
    var errors = 0
    for _ in 0..<1_500 {
      var parameters = try arguments(kinds, &generator)
      let index = generator.below(parameters.count)
      parameters[index] = spoiled(parameters[index], &generator)
      do { _ = try host.value(expression, parameters) } catch let error as SQLiteError {
        #expect(error.message.hasPrefix("\(name): argument "))
        errors += 1
      }
    }
    #expect(errors > 100)
  }

  /// A value cut, grown, changed in a byte or a header field, or of another type.
  private func spoiled(_ value: Value, _ generator: inout TestGenerator) -> Value {
    guard case .blob(var bytes) = value, generator.below(8) > 0 else {
      return [
        .integer(Int.max), .integer(Int.min), .integer(-1), .integer(1 << 32), .real(.infinity),
        .real(-0.5), .text("x"), .text(""), .blob([]),
      ][generator.below(9)]
    }
    switch generator.below(5) {
    case 0: bytes.removeLast(generator.below(bytes.count + 1))
    case 1: bytes += (0...generator.below(9)).map { _ in UInt8(generator.below(256)) }
    case 2:
      // A whole 32-bit field of a header.
      let field = 4 * generator.below(max(1, min(5, bytes.count / 4)))
      let edge: UInt8 = [0, 0x7F, 0x80, 0xFF][generator.below(4)]
      for index in field..<min(field + 4, bytes.count) { bytes[index] = edge }
    case 3:
      for index in bytes.indices.dropFirst(4) { bytes[index] = UInt8(generator.below(256)) }
    default:
      if !bytes.isEmpty { bytes[generator.below(bytes.count)] ^= UInt8(1 << generator.below(8)) }
    }
    return .blob(bytes)
  }

  @Test func twoSidedOverflowInAHeader() throws {
    let host = try FunctionHost()
    // Both sides of the matrix at their largest, in both encodings.
    let counts = [0x45, 0x43, 1, 1, 5, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 12)
    let bits = [0x45, 0x42, 1, 0] + [UInt8](repeating: 0xFF, count: 8) + [0, 0, 0, 0]
    #expect(host.failure("engram_entropy(?)", .blob(counts)) != nil)
    #expect(host.failure("engram_dense(?)", .blob(bits)) != nil)
  }
}
