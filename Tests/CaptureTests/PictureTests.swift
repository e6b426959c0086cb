// Pictures of a run's samples: shared by runs, made again by none, brought to what was stored without them, the same however
// the ingest went.

import Capture
import DataSets
import FoundationEssentials
import Networks
import SQLiteKit
import TestSupport
import Testing
import Warehouse
import WeightFiles

@Suite struct PictureTests {
  private let folder: Scratch
  private var path: String { folder.path("w.db") }

  init() throws { folder = try Scratch() }

  private func job(
    samples: Int = 96, _ thumbnails: ThumbnailChoice, _ perturbation: Perturbation = .none,
    shard: Shard? = nil, threads: Int = 2, into warehouse: String? = nil
  ) throws -> CaptureJob {
    let weights = folder.path("net.safetensors")
    if !folder.exists("net.safetensors") {
      try Network(try Architecture.named("alexnet-cifar"), seed: 5).weightFile().write(weights)
    }
    return try CaptureJob(
      model: try CapturedModel(
        architecture: try Architecture.named("alexnet-cifar"), weights: weights, name: nil),
      data: try DataSource.load("shapes:test:\(samples)"), selection: Selection(),
      layers: .last(2), name: nil, perturbation: perturbation, permutationSeed: 0,
      threads: threads, thumbnails: thumbnails, into: warehouse, shard: shard)
  }

  @discardableResult
  private func ingest(_ job: CaptureJob, into path: String? = nil) throws -> CaptureSummary {
    try job.run(into: path ?? self.path, observer: CaptureObserver())
  }

  private func number(_ sql: String, in path: String? = nil) throws -> Int? {
    try Warehouse.open(path ?? self.path, mode: .readOnly).connection.integer(sql)
  }

  /// Key, run and bytes of every picture.
  private func pictures(_ path: String? = nil) throws -> [String] {
    let warehouse = try Warehouse.open(path ?? self.path, mode: .readOnly)
    var rows = try warehouse.connection.prepare(
      "select sample, ifnull(run, ''), mime_type, width, height, hex(image) from thumbnails order by 2, 1"
    )
    var lines: [String] = []
    while try rows.step() {
      lines.append((0..<rows.columnCount).map { "\(rows.value($0))" }.joined(separator: "|"))
    }
    return lines
  }

  private var blur: Perturbation { get throws { .shift(try Shift(parsing: "blur:3")) } }

  @Test func `Every sample has one and a shifted run its own`() throws {
    try ingest(job(.side(48)))
    #expect(try number("select count(*) from thumbnail where width = 32 and height = 32") == 96)
    #expect(try number("select count(*) from run_thumbnail") == 0)
    let own = try pictures()
    try ingest(job(.side(16), blur))
    #expect(try number("select count(*) from thumbnail where width = 32") == 96)
    #expect(try number("select count(*) from run_thumbnail where width = 16") == 96)
    #expect(try pictures().prefix(96).elementsEqual(own))
    // A picture is of its own sample.
    let data = try DataSource.load("shapes:test:96")
    for position in [0, 17, 95] {
      let warehouse = try Warehouse.open(path, mode: .readOnly)
      let made = try #require(Thumbnail(try data.image(position), shape: data.shape, side: 48))
      let stored = try warehouse.connection.first(
        "select image from thumbnail join sample using (sample_id) where position = ?",
        .integer(position))
      #expect(stored == .blob(made.file))
    }
  }

  @Test func `Identity and everything else are what they are without`() throws {
    #expect(try job(.side(48)).identity == job(.none).identity)
    let other = folder.path("without.db")
    try ingest(job(.side(48)))
    try ingest(job(.none), into: other)
    #expect(try number("select count(*) from thumbnail", in: other) == 0)
    let sum = """
      select sum(checksum % 1000003) from (select checksum from activation union all select checksum from significance
        union all select checksum from class_profile)
      """
    #expect(try number(sum) == number(sum, in: other))
  }

  @Test func `Small runs choose by their size`() throws {
    let plan = try job(.automatic).thumbnails
    let estimate = try job(.automatic).estimate
    #expect((plan.side != nil) == (plan.bytes < estimate.bytes(.stored) / 10))
    #expect(plan.bytes > 96 * 100 && plan.bytes < 96 * 4000)
    #expect(try job(.none).thumbnails.side == nil)
    #expect(try job(.side(8)).thumbnails.width == 8)
    #expect(try job(.side(8), blur).thumbnails.bytes == 2 * job(.side(8)).thumbnails.bytes)
  }

  @Test func `A complete run takes them when they are asked for`() throws {
    try ingest(job(.none))
    try ingest(job(.none, blur))
    #expect(try ingest(job(.automatic)).status == "already ingested")
    #expect(try number("select count(*) from thumbnail") == 0)
    let summary = try ingest(job(.side(16)))
    #expect(summary.status == "already ingested")
    #expect(summary.notes.contains("96 thumbnails of samples stored earlier are added"))
    #expect(try ingest(job(.side(16))).notes == [])
    #expect(
      try ingest(job(.side(24))).notes
        == ["96 samples have thumbnails already, of up to 16 px, which stay"])
    try ingest(job(.side(16), blur))
    let found = try pictures()
    let fresh = folder.path("fresh.db")
    try ingest(job(.side(16)), into: fresh)
    try ingest(job(.side(16), blur), into: fresh)
    #expect(try found == pictures(fresh) && found.count == 192)
  }

  @Test func `An interrupted run ends with the pictures of one that was not`() throws {
    for perturbation in [Perturbation.none, try blur] {
      let (whole, parts) = (folder.path("whole.db"), folder.path("parts.db"))
      try ingest(job(samples: 300, .side(16), perturbation), into: whole)
      // What was stored first had none.
      #expect(throws: CaptureCancelled.self) {
        _ = try job(samples: 300, .none, perturbation).run(
          into: parts, observer: CaptureObserver(isCancelled: { true }))
      }
      try ingest(job(samples: 300, .side(16), perturbation, threads: 3), into: parts)
      #expect(try pictures(parts) == pictures(whole))
      for path in [whole, parts] { try FileManager.default.removeItem(atPath: path) }
    }
  }

  @Test func `Parts bring theirs to the run that they become`() throws {
    let whole = folder.path("whole.db")
    try ingest(job(samples: 600, .side(16), blur), into: whole)
    let parts = try (1...3).map { index in
      let part = folder.path("part\(index).db")
      let shard = Shard(index: index, count: 3)
      try ingest(job(samples: 600, .side(16), blur, shard: shard), into: part)
      return part
    }
    let merged = try Merge(parts)
    _ = try merged.write(into: try Warehouse.open(path, mode: .create))
    #expect(try pictures() == pictures(whole) && pictures().count == 1200)
    // To a run that is there and has none, a whole one brings its own; what it has stays.
    let bare = folder.path("bare.db")
    try ingest(job(samples: 600, .none, blur), into: bare)
    let summary = try Merge([whole]).write(into: try Warehouse.open(bare, mode: .write))
    #expect(summary[0].status == .updated)
    #expect(summary[0].brought.map(\.table) == ["thumbnail", "run_thumbnail"])
    #expect(summary[0].brought.map(\.rows) == [600, 600])
    #expect(try pictures(bare) == pictures(whole))
    let again = try Merge([whole]).write(into: try Warehouse.open(bare, mode: .write))
    #expect(again[0].status == .unchanged)
  }

  @Test func `A second run counts what the first one brought`() throws {
    try ingest(job(.side(16)))
    func bytes(_ path: String?, _ perturbation: Perturbation) throws -> Int {
      try job(.side(16), perturbation, into: path).thumbnails.bytes
    }
    #expect(try bytes(path, .none) == 0 && bytes(nil, .none) > 0)
    #expect(try bytes(path, blur) * 2 == bytes(nil, blur))
    #expect(try bytes(folder.path("other.db"), blur) == bytes(nil, blur))
  }

  @Test func `They go with their runs and samples`() throws {
    try ingest(job(.side(16)))
    try ingest(job(.side(16), blur))
    let warehouse = try Warehouse.open(path, mode: .write)
    let runs = try warehouse.runs()
    try warehouse.delete(run: runs[1].id)
    #expect(try number("select count(*) from run_thumbnail") == 0)
    #expect(try number("select count(*) from thumbnail") == 96)
    try warehouse.delete(run: runs[0].id)
    #expect(try number("select count(*) from thumbnail") == 0)
  }

  @Test func `A copy may be without`() throws {
    try ingest(job(.side(16), blur))
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    let (all, none) = (folder.path("all.db"), folder.path("none.db"))
    _ = try warehouse.copy(to: all, runs: [try warehouse.runs()[0].name])
    #expect(try pictures(all) == pictures())
    _ = try warehouse.copy(to: none, without: [.thumbnails])
    #expect(try pictures(none) == [])
    #expect(try number("select count(*) from activation", in: none) == 192)
  }

  @Test(arguments: [
    ("update thumbnail set image = x'00' where thumbnail_id = 3", "checksum"),
    (
      "update thumbnail set image = x'00', checksum = engram_checksum(x'00') where thumbnail_id = 3",
      "is none"
    ),
    ("update run_thumbnail set width = 15 where run_thumbnail_id = 3", "expected image/"),
    (
      "update run_thumbnail set image = (select image from run_thumbnail where run_thumbnail_id = 5) where run_thumbnail_id = 4",
      "checksum"
    ),
    ("update run set perturbation = 'none'", "expected none"),
  ])
  func `What is no picture of its row is damage`(change: String, told: String) throws {
    try registerEngramFunctions()
    try ingest(job(.side(16), blur))
    let options = VerifyOptions(inspect: { file in
      let (format, width, height) = try Thumbnail.inspect(file)
      return "\(format.rawValue), \(width) × \(height)"
    })
    func findings() throws -> [VerificationFinding] {
      try Warehouse.open(path, mode: .readOnly).verify(options).filter { $0.check == "thumbnails" }
    }
    #expect(try findings().map(\.status) == [.ok, .ok])
    #expect(try findings().map(\.detail) == ["96 pictures", "96 pictures"])
    try Connection.open(path, mode: .readWrite).execute(change)
    let damaged = try findings().filter { $0.status == .damaged }
    #expect(damaged.count == 1 && damaged[0].detail.contains(told), "\(damaged)")
  }

  // MARK: Recordings

  @Test func `A recording brings images of its own`() throws {
    let setting = try RecordingSetting()
    // Of each part another size.
    func images(_ part: Int, _ tensors: inout [RawTensor]) {
      let (height, width) = (20 + part, 30)
      tensors.append(
        RawTensor(
          "images", [200, height, width, 3],
          (0..<200 * height * width * 3).map { UInt8(($0 / 900 + part) % 256) }))
    }
    let path = try setting.write("images", parts: 3, change: images)
    try setting.ingest(path)
    // Pictures are no part of the run.
    #expect(try setting.ingest(path, thumbnails: .side(15)).status == "already ingested")
    try setting.ingest(path, into: "fresh.db", thumbnails: .side(15))
    let sql = "select sample, width, height, image from thumbnails order by position"
    let found = try setting.rows(sql)
    #expect(try found == setting.rows(sql, "fresh.db") && found.count == 600)
    #expect(Array(found[0][1...2]) == [.integer(15), .integer(10)])
    #expect(Array(found[599][1...2]) == [.integer(15), .integer(11)])
    #expect(try setting.damages() == [] && setting.damages("fresh.db") == [])
    let plain = try setting.write("plain", parts: 3)
    #expect(try setting.ingest(plain, thumbnails: .side(15)).status == "already ingested")
  }

  @Test func `Images of another form are told`() throws {
    let setting = try RecordingSetting()
    for (name, tensor) in [
      ("numbers", RawTensor("images", [600, 1, 1, 1], [Float](repeating: 0, count: 600))),
      ("planes", RawTensor("images", [600, 3, 2, 2], [UInt8](repeating: 0, count: 7200))),
      ("flat", RawTensor("images", [600, 4], [UInt8](repeating: 0, count: 2400))),
    ] {
      let path = try setting.write(name, parts: 1) { $1.append(tensor) }
      try setting.expectLine(path, "expected images")
    }
  }
}
