// A warehouse as a folder of Parquet files: what stands where, that its rows are the warehouse's, and that it is there whole or not
// at all. That other programs read it is tools/compare-parquet's to say.

import Bits
import Foundation
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct FolderExportTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    try registerEngramFunctions()
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func export(_ warehouse: String, _ words: String...) throws -> CommandResult {
    try runCommand(
      "engram-query",
      ["export", warehouse, "parquet", "--compression", "none"] + words, directory: scratch.root)
  }

  /// Files below a folder, sorted.
  private func files(_ folder: String) throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: scratch.path(folder))
    return names.filter { $0.hasSuffix(".parquet") }.sorted()
  }

  /// A file's columns by name.
  private func columns(_ file: String) throws -> [String: [ReadValue]] {
    let reading = try ParquetReading(try bytes(of: scratch.path(file)))
    var columns: [String: [ReadValue]] = [:]
    for (place, column) in reading.columns.enumerated() {
      columns[column.name] = try reading.values(place)
    }
    return columns
  }

  private func read(_ value: Value) -> ReadValue {
    switch value {
    case .null: .null
    case .integer(let number): .word(UInt64(bitPattern: Int64(number)))
    case .real(let number): .word(number.bitPattern)
    case .text(let text): .bytes(Array(text.utf8))
    case .blob(let bytes): .bytes(bytes)
    }
  }

  /// That columns of a file are what SQL gives, row by row.
  private func expect(
    _ file: String, _ names: [String], _ sql: String, in warehouse: String? = nil
  ) throws {
    let found = try columns(file)
    let expected = try rows(warehouse ?? study.warehouse, sql)
    #expect(!expected.isEmpty)
    for (place, name) in names.enumerated() {
      let own = try #require(found[name], "\(file) has \(found.keys.sorted())")
      #expect(own == expected.map { read($0[place]) }, "\(file): \(name)")
    }
  }

  @Test func `Every table with rows is a folder, by run and layer where it is of one`() throws {
    let result = try export(study.warehouse, "--output", "out", "--format", "csv")
    expectSuccess(result)
    let found = try files("out")
    for run in ["clean", "stylised", "memorised"] {
      for table in ["prediction", "entropy", "layer", "rank", "sparsity"] {
        #expect(found.contains("\(table)/run=\(run)/part-00000.parquet"))
      }
      for layer in ["fc2", "fc3"] {
        for table in ["activation", "significance", "class_profile"] {
          #expect(found.contains("\(table)/run=\(run)/layer=\(layer)/part-00000.parquet"))
        }
      }
    }
    for table in ["sample", "class", "run", "model", "dataset", "divergence", "engram_schema"] {
      #expect(found.contains("\(table)/part-00000.parquet"))
    }
    #expect(!found.contains { $0.hasPrefix("layer_weight") || $0.hasPrefix("run_layer") })
    #expect(result.errors.contains("left out: layer_weight (weights stay in the warehouse)"))
    // A line a table, with what is on the disk.
    let lines = result.output.split(whereSeparator: \.isNewline).map(String.init)
    #expect(lines.first == "table,files,rows,bytes")
    for line in lines.dropFirst() {
      let cells = line.split(separator: ",").map(String.init)
      let own = found.filter { $0.hasPrefix(cells[0] + "/") }
      let sizes = try own.map { try bytes(of: scratch.path("out/" + $0)).count }
      #expect(cells[1] == "\(own.count)" && cells[3] == "\(sizes.reduce(0, +))", "\(line)")
      let count = try own.reduce(0) {
        $0 + (try ParquetReading(try bytes(of: scratch.path("out/" + $1))).groupRows.reduce(0, +))
      }
      #expect(cells[2] == "\(count)", "\(line)")
      if !["class_profile", "layer", "significance"].contains(cells[0]) {
        let stored = try rows(study.warehouse, "select count(*) from \(cells[0])")
        #expect(stored == [[.integer(count)]], "\(line)")
      }
    }
    #expect(
      Set(lines.dropFirst().compactMap { $0.split(separator: ",").first.map(String.init) })
        == Set(found.compactMap { $0.split(separator: "/").first.map(String.init) }))
    // Ids mean nothing outside of their file.
    for file in found {
      for name in try columns("out/" + file).keys {
        #expect(!name.hasSuffix("_id") && name != "checksum", "\(file): \(name)")
      }
    }
  }

  @Test func `Rows have keys and names in place of ids`() throws {
    expectSuccess(try export(study.warehouse, "--output", "out"))
    try expect(
      "out/divergence/part-00000.parquet",
      [
        "from_run", "to_run", "layer", "layer_position", "kind", "grouping", "from_class",
        "from_class_position", "to_class_name", "kl",
      ],
      """
      select p.name, q.name, layer.name, layer.position, kind, grouping, a.key, a.position, b.name, kl
      from divergence join run p on p.run_id = from_run_id join run q on q.run_id = to_run_id
      join layer using (layer_id) join class a on a.class_id = from_class_id
      join class b on b.class_id = to_class_id order by from_run_id, to_run_id, layer_id, kind, grouping, from_class_id, to_class_id
      """)
    try expect(
      "out/prediction/run=stylised/part-00000.parquet",
      [
        "sample", "sample_position", "class", "class_name", "permuted_class", "confidence",
        "correct",
      ],
      """
      select sample.key, sample.position, c.key, c.name, m.key, confidence, correct
      from prediction join run using (run_id) join sample using (sample_id)
      join class c on c.class_id = prediction.class_id join class m on m.class_id = permuted_class_id
      where run.name = 'stylised' order by sample.position
      """)
    try expect(
      "out/sample/part-00000.parquet",
      ["dataset", "dataset_fingerprint", "position", "key", "class"],
      """
      select dataset.name, fingerprint, sample.position, sample.key, class.key
      from sample join dataset using (dataset_id) join class using (class_id)
      order by sample.dataset_id, sample.position
      """)
    try expect(
      "out/run/part-00000.parquet",
      [
        "run", "model", "architecture", "weights_sha256", "dataset", "dataset_fingerprint",
        "bitsets",
      ],
      """
      select run.name, model.name, architecture, weights_sha256, dataset.name, fingerprint, bitsets
      from run join model using (model_id) join dataset using (dataset_id) order by run_id
      """)
    try expect(
      "out/layer/run=memorised/part-00000.parquet",
      ["layer", "layer_position", "n_in", "n_cols", "n_interactions", "relu_of"],
      """
      select layer.name, layer.position, layer.n_in, layer.n_cols, layer.n_cols * layer.n_out, source.name
      from run_layer join run using (run_id) join layer using (layer_id)
      left join layer source on source.layer_id = layer.relu_of
      where run.name = 'memorised' order by layer.position
      """)
  }

  private static let sampleColumns = [
    "sample", "sample_position", "class", "class_position", "class_name", "predicted", "correct",
  ]
  private static let sampleSQL = """
    sample.key, sample.position, truth.key, truth.position, truth.name, guess.key, correct
    """

  @Test func `Activations are lists of what the layer took in and gave`() throws {
    expectSuccess(try export(study.warehouse, "--output", "out", "--tables", "activation"))
    for layer in ["fc2", "fc3"] {
      let file = "out/activation/run=clean/layer=\(layer)/part-00000.parquet"
      let source = """
        from vector join run using (run_id) join layer using (layer_id)
        join sample using (sample_id) join class truth on truth.class_id = sample.class_id
        join prediction using (run_id, sample_id) join class guess on guess.class_id = prediction.class_id
        where run.name = 'clean' and layer.name = '\(layer)' order by sample.position
        """
      try expect(file, Self.sampleColumns, "select \(Self.sampleSQL) \(source)")
      let found = try columns(file)
      for (name, sql) in [("x", "engram_vector(x, layer.n_in)"), ("z", "z")] {
        let expected = try rows(study.warehouse, "select \(sql) \(source)").map { row in
          guard case .blob(let blob) = row[0] else { return ReadValue.null }
          return try .words(
            FloatVector.decode(blob.span.bytes, count: blob.count / 4).map(\.bitPattern))
        }
        #expect(found[name] == expected, "\(layer) \(name)")
      }
    }
  }

  @Test(arguments: ["stored", "derived"])
  func `Bits are the dense order in blocks of 4096 bytes, and counts add them up`(
    policy: String
  ) throws {
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:60",
          "--layers", "last:2", "--into", "w.db", "--name", "clean", "--bitsets", policy,
          "--profiles", policy == "stored" ? "stored" : "streamed",
        ], directory: scratch.root))
    expectSuccess(
      try export("w.db", "--output", "out", "--tables", "significance,class_profile"))
    for (layer, outputs, width) in [("fc2", 192, 385), ("fc3", 10, 193)] {
      let dense = try rows(
        study.warehouse,
        """
        select sample.key, engram_dense(bitset.bits), significance.n_significant, sample.class_id, class.key
        from bitset join run using (run_id) join layer using (layer_id) join sample using (sample_id)
        join significance using (run_id, layer_id, sample_id) join class using (class_id)
        where run.name = 'clean' and layer.name = '\(layer)' order by sample.position
        """)
      let found = try columns("out/significance/run=clean/layer=\(layer)/part-00000.parquet")
      let size = (outputs * width + 7) / 8
      let blocks = (size + 4095) / 4096
      #expect(found["block"] == (0..<60 * blocks).map { .word(UInt64($0 % blocks)) })
      var expected: [String: [ReadValue]] = [:]
      var counts: [[UInt8]: [UInt32]] = [:]
      for row in dense {
        guard case .blob(let bits) = row[1] else { continue }
        for first in stride(from: 0, to: size, by: 4096) {
          expected["sample", default: []].append(read(row[0]))
          expected["n_significant", default: []].append(read(row[2]))
          expected["bits", default: []].append(.bytes(Array(bits[first..<min(first + 4096, size)])))
        }
        guard case .text(let key) = row[4] else { continue }
        var own = counts[Array(key.utf8)] ?? [UInt32](repeating: 0, count: outputs * width)
        for index in own.indices { own[index] += UInt32(bits[index / 8] >> UInt8(index % 8) & 1) }
        counts[Array(key.utf8)] = own
      }
      for (name, values) in expected { #expect(found[name] == values, "\(layer) \(name)") }

      let profile = try columns("out/class_profile/run=clean/layer=\(layer)/part-00000.parquet")
      var checked = 0
      for row in try #require(profile["kind"]).indices
      where profile["kind"]?[row] == .bytes(Array("interaction".utf8))
        && profile["grouping"]?[row] == .bytes(Array("true".utf8))
      {
        guard case .bytes(let key)? = profile["class"]?[row],
          case .word(let output)? = profile["output"]?[row]
        else { continue }
        let own = try #require(counts[key])[Int(output) * width..<(Int(output) + 1) * width]
        #expect(profile["counts"]?[row] == .words(Array(own)), "\(layer) output \(output)")
        checked += 1
      }
      #expect(checked == counts.count * outputs && counts.count == 10)
      #expect(profile["kind"]?.count == 4 * 10 * outputs)
    }
  }

  @Test func `Values in paths are escaped as Hive does, and parts of a run do not collide`() throws
  {
    try study.copyWarehouse(to: scratch.path("w.db"))
    let name = "a/b=c% d é:'\"\u{7F}.."
    do {
      let warehouse = try Connection.open(scratch.path("w.db"), mode: .readWrite)
      try warehouse.run("update run set name = ? where name = 'clean'", .text(name))
      try warehouse.run("update run set shard_index = 2, shard_count = 3")
    }
    expectSuccess(try export("w.db", "--output", "out"))
    let folder = "run=a%2Fb%3Dc%25%20d%20é%3A%27%22%7F.."
    let found = try files("out")
    #expect(found.contains("prediction/\(folder)/part-2of3-00000.parquet"), "\(found)")
    #expect(found.contains("activation/\(folder)/layer=fc2/part-2of3-00000.parquet"))
    #expect(found.contains("sample/part-2of3-00000.parquet"))
    #expect(
      try columns("out/run/part-2of3-00000.parquet")["run"]?.contains(.bytes(Array(name.utf8)))
        == true)
    // Of several parts none is that of what belongs to no run.
    do {
      let warehouse = try Connection.open(scratch.path("w.db"), mode: .readWrite)
      try warehouse.run("update run set shard_index = 1, shard_last = 2 where name = 'stylised'")
    }
    expectSuccess(try export("w.db", "--output", "two", "--tables", "sample,prediction"))
    #expect(
      try files("two") == [
        "prediction/\(folder)/part-2of3-00000.parquet",
        "prediction/run=memorised/part-2of3-00000.parquet",
        "prediction/run=stylised/part-1to2of3-00000.parquet", "sample/part-00000.parquet",
      ])
  }

  @Test func `Runs and tables can be chosen, and what was left out of the file is said`() throws {
    expectSuccess(
      try export(
        study.warehouse, "--output", "out", "--runs", "clean,memorised", "--tables",
        "prediction,divergence,run"))
    #expect(
      try files("out") == [
        "divergence/part-00000.parquet", "prediction/run=clean/part-00000.parquet",
        "prediction/run=memorised/part-00000.parquet", "run/part-00000.parquet",
      ])
    #expect(try columns("out/run/part-00000.parquet")["run"]?.count == 2)
    expectSuccess(
      try runCommand(
        "engram-ingest",
        ["copy", study.warehouse, "small.db", "--without", "activations", "--runs", "clean"],
        directory: scratch.root))
    let small = try export("small.db", "--output", "small")
    expectSuccess(small)
    #expect(small.errors.contains("left out: activation of run clean, which the warehouse has not"))
    #expect(try !files("small").contains { $0.hasPrefix("activation") })
  }

  @Test func `A file of an older schema gives the tables of this one`() throws {
    do { _ = try QueryFixture.make(at: scratch.path("old.db"), version: 7) }
    let tables = "run,layer,class,prediction,entropy,divergence,score,likelihood"
    expectSuccess(try export("old.db", "--output", "old", "--tables", tables))
    #expect(
      try columns("old/run/part-00000.parquet")["activations"]?.first
        == .bytes(Array("stored".utf8)))
    let entropy = try #require(try files("old").first { $0.hasPrefix("entropy/") })
    let left = try columns("old/" + entropy)
    #expect(left["left_out"]?.first == .word(0) && left["class"]?.contains(.null) == false)
    #expect(try files("old").contains { $0.hasPrefix("score/run=") })
  }

  @Test func `What cannot be exported is refused in one line, and leaves nothing`() throws {
    try FileManager.default.createDirectory(
      atPath: scratch.path("full"), withIntermediateDirectories: true)
    try write(Array("x".utf8), to: scratch.path("full/mine"))
    try write(Array("x".utf8), to: scratch.path("file"))
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link"), withDestinationPath: scratch.root)
    for (words, status, part) in [
      (["--output", "link"], 1, "an empty folder, found a symbolic link"),
      (
        ["--output", "full"], 1,
        "full: expected an empty folder or none, found mine in it; name another"
      ),
      (
        ["--output", "file"], 1,
        "file: expected no file of this name or an empty folder, found a file"
      ),
      (["--output", "none/out"], 1, "cannot write none/out: No such file or directory"),
      (["--output", "out", "--tables", "predictions"], 64, "did you mean 'prediction'?"),
      (["--output", "out", "--tables", "layer_weight"], 64, "--tables: unknown table"),
      (
        ["--output", "out", "--runs", "claen"], 1,
        "--runs: unknown run 'claen'; did you mean 'clean'?"
      ),
      (["--output", "out", "--sql", "select 1"], 64, "--sql is not of a folder"),
      (["--output", "out", "--class", "x"], 64, "unknown option '--class'"),
    ] as [([String], Int32, String)] {
      let result = try runCommand(
        "engram-query", ["export", study.warehouse, "parquet"] + words, directory: scratch.root)
      expectFailure(result, of: "engram-query export", status, part)
    }
    #expect(try listing(scratch.root) == ["file", "full", "link"])
    #expect(try listing(scratch.path("full")) == ["mine"])
    expectFailure(
      try runCommand(
        "engram-query",
        ["export", study.warehouse, "layer", "--output", "x.parquet", "--runs", "clean"],
        directory: scratch.root),
      of: "engram-query export", 64, "--runs is of a folder")
    // An empty folder gives way.
    try FileManager.default.createDirectory(
      atPath: scratch.path("empty"), withIntermediateDirectories: true)
    expectSuccess(try export(study.warehouse, "--output", "empty/", "--tables", "class"))
    #expect(try listing(scratch.path("empty")) == ["class"])
  }

  @Test func `Damage is one line, and leaves nothing`() throws {
    try study.copyWarehouse(to: scratch.path("w.db"))
    do {
      let warehouse = try Connection.open(scratch.path("w.db"), mode: .readWrite)
      try warehouse.run("update activation set z = substr(z, 2) where activation_id = 100")
    }
    expectFailure(
      try export("w.db", "--output", "out"), of: "engram-query export", 1, "activation, run clean")
    #expect(try listing(scratch.root).allSatisfy { $0.hasPrefix("w.db") })
  }

  @Test func `Ctrl-C leaves nothing`() throws {
    var interrupted = 0
    for attempt in 0..<20 where interrupted == 0 {
      let running = try RunningCommand(
        builtCommand("engram-query"),
        ["export", study.warehouse, "parquet", "--output", "out\(attempt)"],
        directory: scratch.root)
      while running.isRunning, try listing(scratch.root).allSatisfy({ !$0.hasSuffix(".partial") }) {
        usleep(200)
      }
      running.send(SIGINT)
      let result = try running.finish()
      if result.status == 0 {
        // It was quicker.
        try FileManager.default.removeItem(atPath: scratch.path("out\(attempt)"))
      } else {
        interrupted += 1
        #expect(result.status == 130 && result.output == "")
        #expect(result.errors.contains("interrupted; out\(attempt) is not written"))
      }
      #expect(try listing(scratch.root).isEmpty)
    }
    #expect(interrupted == 1)
  }

  @Test(.enabled(if: FullDiskTests.canMount, "needs unshare(1) and the right to mount"))
  func `A full disk is no folder`() throws {
    let script = """
      mkdir disk && mount -t tmpfs -o size=300k none disk || exit 99
      "$@"
      status=$?
      ls -A disk && exit $status
      """
    let result = try RunningCommand(
      try #require(programInPath("unshare")),
      [
        "-rm", "sh", "-c", script, "sh", try builtCommand("engram-query"), "export",
        study.warehouse, "parquet", "--output", "disk/out",
      ], directory: scratch.root
    ).finish()
    expectFailure(
      result, of: "engram-query export", 1, "cannot write disk/out: No space left on device")
  }
}
