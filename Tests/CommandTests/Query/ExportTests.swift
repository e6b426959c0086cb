// What engram-query export writes, read back as NumPy's format says, against the warehouse and its SQL functions.

import Bits
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct ExportTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    try registerEngramFunctions()
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func export(_ words: String...) throws -> CommandResult {
    try runCommand(
      "engram-query", ["export", study.warehouse] + words, directory: scratch.root)
  }

  /// Header and elements of a .npy file.
  private func array(_ bytes: [UInt8]) throws -> (header: String, elements: ArraySlice<UInt8>) {
    try #require(bytes.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
    let length = Int(bytes[8]) | Int(bytes[9]) << 8
    #expect((10 + length) % 64 == 0 && bytes[9 + length] == 10)
    return (String(decoding: bytes[10..<10 + length], as: UTF8.self), bytes[(10 + length)...])
  }

  private func npy(_ name: String) throws -> (header: String, elements: ArraySlice<UInt8>) {
    try array(try bytes(of: scratch.path(name)))
  }

  private func blobs(_ sql: String) throws -> [UInt8] {
    try rows(study.warehouse, sql).flatMap { row in
      if case .blob(let bytes) = row[0] { bytes } else { [UInt8]() }
    }
  }

  @Test func `Arrays are what the warehouse holds`() throws {
    let from = """
      from vector join run using (run_id) join layer using (layer_id) join sample using (sample_id)
      where run.name = 'stylised' and layer.name = 'fc2' order by sample.position
      """
    for (name, shape, sql) in [
      ("z", "(60, 192,)", "select z \(from)"),
      ("x", "(60, 384,)", "select engram_vector(x, 384) \(from)"),
    ] {
      expectSuccess(
        try export(name, "--run", "stylised", "--layer", "fc2", "--output", "\(name).npy"))
      let found = try npy("\(name).npy")
      #expect(found.header.contains("'descr': '<f4', 'fortran_order': False, 'shape': \(shape)"))
      #expect(difference(found.elements, try blobs(sql)) == nil, "\(name)")
    }

    expectSuccess(try export("bitsets", "--run", "stylised", "--output", "bits.npy"))
    let bits = try npy("bits.npy")
    #expect(bits.header.contains("'|b1'") && bits.header.contains("'shape': (60, 10, 193,)"))
    let dense = try blobs(
      """
      select engram_dense(bits) from bitset join run using (run_id) join layer using (layer_id)
      join sample using (sample_id) where run.name = 'stylised' and layer.name = 'fc3' order by sample.position
      """)
    let perSample = (1930 + 7) / 8
    let expected = (0..<60 * 1930).map { index in
      dense[index / 1930 * perSample + index % 1930 / 8] >> UInt8(index % 1930 % 8) & 1
    }
    #expect(difference(bits.elements, expected) == nil)
  }

  @Test(arguments: ["stored", "streamed"])
  func `Counts are the same however a run keeps them`(profiles: String) throws {
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:60",
          "--layers", "last:2", "--into", "w.db", "--profiles", profiles,
        ], directory: scratch.root))
    for (grouping, kind) in [("true", "interaction"), ("permuted", "neuron")] {
      let options = ["--layer", "fc3", "--grouping", grouping, "--kind", kind]
      expectSuccess(
        try runCommand(
          "engram-query", ["export", "w.db", "counts", "--output", "counts.npy"] + options,
          directory: scratch.root))
      expectSuccess(try export(["counts", "--run", "clean", "--output", "stored.npy"] + options))
      #expect(
        difference(
          try bytes(of: scratch.path("counts.npy")), try bytes(of: scratch.path("stored.npy")))
          == nil, "\(grouping) \(kind)")
    }
    let neurons = try npy("counts.npy")
    #expect(neurons.header.contains("'<u4'") && neurons.header.contains("'shape': (10, 10,)"))
    let counts = try rows(
      study.warehouse,
      """
      select count from class_profile join run using (run_id) join layer using (layer_id) join class using (class_id),
        engram_counts_rows(counts)
      where run.name = 'clean' and layer.name = 'fc3' and kind = 'neuron' and grouping = 'permuted'
      order by class.position, output
      """)
    let expected = counts.flatMap { row in
      if case .integer(let count) = row[0] { [UInt8(count), 0, 0, 0] } else { [UInt8]() }
    }
    #expect(difference(neurons.elements, expected) == nil)
  }

  private func export(_ words: [String]) throws -> CommandResult {
    try runCommand(
      "engram-query", ["export", study.warehouse] + words, directory: scratch.root)
  }

  @Test func `An archive holds the array and what its axes mean`() throws {
    for name in ["z", "divergence", "entanglement", "counts"] {
      for ending in ["npy", "npz"] {
        expectSuccess(try export(name, "--run", "clean", "--output", "\(name).\(ending)"))
      }
      let entries = try archive(try bytes(of: scratch.path("\(name).npz")))
      #expect(
        entries.map(\.name)
          == [
            name == "z"
              ? ["z", "sample", "label", "class"]
              : name == "counts" ? ["counts", "n_samples", "class"] : [name, "class"]
          ][0].map { $0 + ".npy" })
      #expect(
        difference(entries[0].bytes, try bytes(of: scratch.path("\(name).npy"))) == nil, "\(name)")
      let classes = try array(try #require(entries.last).bytes)
      // "triangle" and "crescent" are the longest.
      #expect(classes.header.contains("'<U8'") && classes.header.contains("(10,)"))
      #expect(Array(classes.elements.prefix(8)) == [0x63, 0, 0, 0, 0x69, 0, 0, 0])
    }
    let matrix = try npy("divergence.npy")
    let values = try rows(
      study.warehouse,
      """
      select kl from divergence join run on run.run_id = from_run_id join layer using (layer_id)
      join class a on a.class_id = from_class_id join class b on b.class_id = to_class_id
      where from_run_id = to_run_id and run.name = 'clean' and layer.name = 'fc3' and kind = 'interaction'
        and grouping = 'true' order by a.position, b.position
      """)
    #expect(
      Array(matrix.elements)
        == values.flatMap { row in
          guard case .real(let value) = row[0] else { return [UInt8]() }
          return (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * $0)) }
        })
  }

  /// The entries of a zip archive by its central directory, checksums checked.
  private func archive(_ bytes: [UInt8]) throws -> [(name: String, bytes: [UInt8])] {
    func number(_ offset: Int, _ width: Int) -> Int {
      (0..<width).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
    let end = bytes.count - 22
    try #require(number(end, 4) == 0x0605_4B50)
    let long = number(end - 20 + 8, 8)
    try #require(number(long, 4) == 0x0606_4B50)
    var entry = number(long + 48, 8)
    var entries: [(name: String, bytes: [UInt8])] = []
    for _ in 0..<number(long + 24, 8) {
      try #require(number(entry, 4) == 0x0201_4B50)
      let nameLength = number(entry + 28, 2)
      let name = String(decoding: bytes[entry + 46..<entry + 46 + nameLength], as: UTF8.self)
      let extra = entry + 46 + nameLength
      let (size, start) = (number(extra + 4, 8), number(extra + 20, 8))
      let first = start + 30 + number(start + 26, 2) + number(start + 28, 2)
      let content = Array(bytes[first..<first + size])
      #expect(number(entry + 16, 4) == Int(checksum(content)))
      entries.append((name, content))
      entry = extra + number(entry + 30, 2)
    }
    return entries
  }

  /// CRC-32, bit by bit.
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~sum
  }

  private func table(_ name: String) throws -> [[String]] {
    String(decoding: try bytes(of: scratch.path(name)), as: UTF8.self)
      .split(whereSeparator: \.isNewline)
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  @Test func `CSV names every row and holds the same numbers`() throws {
    for name in ["z", "bitsets", "counts", "divergence", "entanglement"] {
      expectSuccess(try export(name, "--run", "clean", "--output", "\(name).csv"))
      expectSuccess(try export(name, "--run", "clean", "--output", "\(name).npy"))
    }
    let samples = try rows(
      study.warehouse,
      """
      select sample.key, class.name from prediction join run using (run_id) join sample using (sample_id)
      join class on class.class_id = sample.class_id where run.name = 'clean' order by sample.position
      """
    ).map { row in
      row.map { if case .text(let text) = $0 { text } else { "" } }
    }
    let z = try table("z.csv")
    #expect(z[0] == ["sample", "class"] + (0..<10).map(String.init))
    #expect(z.dropFirst().map { Array($0.prefix(2)) } == samples)
    let floats = try npy("z.npy").elements.count / 4
    let values = z.dropFirst().flatMap { $0.dropFirst(2).compactMap { Float($0) } }
    #expect(values.count == floats)
    #expect(
      difference(
        values.flatMap(\.bitPattern.littleEndianBytes), try npy("z.npy").elements) == nil)

    let bits = try table("bitsets.csv")
    #expect(bits[0].prefix(4) == ["sample", "class", "output", "0"])
    #expect(bits.count == 1 + samples.count * 10 && bits[12].prefix(3) == samples[1] + ["1"])
    let dense = bits.dropFirst().flatMap { $0.dropFirst(3).compactMap { UInt8($0) } }
    #expect(difference(dense, try npy("bitsets.npy").elements) == nil)

    let counts = try table("counts.csv")
    #expect(counts.count == 101 && counts[0].prefix(4) == ["class", "n_samples", "output", "0"])
    let counters = counts.dropFirst().flatMap { $0.dropFirst(3).compactMap { UInt32($0) } }
    #expect(
      difference(counters.flatMap(\.littleEndianBytes), try npy("counts.npy").elements) == nil)

    for name in ["divergence", "entanglement"] {
      let matrix = try table("\(name).csv")
      #expect(matrix.count == 11 && matrix[0][0] == "class")
      #expect(matrix.dropFirst().map { $0[0] } == Array(matrix[0].dropFirst()))
      let doubles = matrix.dropFirst().flatMap { $0.dropFirst().map { Double($0) ?? .nan } }
      // The diagonal of entanglement is NaN, which may have any bits.
      let stored = try Array(npy("\(name).npy").elements)
      let numbers = doubles.indices.map { index in
        Double(
          bitPattern: (0..<8).reduce(0) { $0 | UInt64(stored[8 * index + $1]) << (8 * $1) })
      }
      #expect(difference(doubles, numbers, absolute: 0) == nil, "\(name)")
      #expect(doubles.count { $0.isNaN } == (name == "divergence" ? 0 : 10))
    }
  }

  @Test func `What cannot be exported is refused in one line`() throws {
    for (words, status, part) in [
      (["zz", "--output", "a.npy"], 64, "unknown array 'zz'; did you mean 'z'?"),
      (["z"], 64, "--output is required"),
      (["z", "--output", "a.txt"], 64, "ending in .parquet, .csv, .jsonl, .npy or .npz"),
      (
        ["z", "--output", "a.npy", "--run", "claen"], 1,
        "--run: unknown run 'claen'; did you mean 'clean'?"
      ),
      (["z", "--output", "a.npy", "--layer", "fc1"], 1, "--layer: unknown layer 'fc1'"),
      (["entanglement", "--output", "a.npy", "--layer", "fc2"], 1, "no entanglement was measured"),
      (["z", "--output", "none/a.npy"], 1, "cannot write none/a.npy"),
    ] as [([String], Int32, String)] {
      expectFailure(try export(words), of: "engram-query export", status, part)
    }
    #expect(try listing(scratch.root).isEmpty)
  }
}

extension FixedWidthInteger {
  fileprivate var littleEndianBytes: [UInt8] {
    (0..<bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
  }
}
