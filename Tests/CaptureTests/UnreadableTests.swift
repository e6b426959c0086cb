// Runs over image folders with files that are no images: what is noted, what stays the same, what still adds up.

import Capture
import DataSets
import FoundationEssentials
import Networks
import SQLiteKit
import TestSupport
import Testing
import Training
import Warehouse
import WeightFiles

/// Ten classes of four PNG files each, of the generated images, some of them damaged.
private struct Photographs {
  let folder: Scratch
  let path: String
  static let steps = "squash=32,crop=28,standardise"

  init(damaged: [String] = []) throws {
    folder = try Scratch()
    path = folder.path("photographs")
    let set = try DataSource.load("shapes:test:100")
    for label in 0..<10 {
      let directory = "\(path)/\(set.classes[label].key)"
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      let positions = set.labels.indices.filter { set.labels[$0] == label }
      for number in 0..<4 {
        let key = "\(set.classes[label].key)/\(number).png"
        let image = Array(try set.image(positions[number % positions.count]))
        let file = damaged.contains(key) ? Array("no image".utf8) : portableNetworkGraphic(image)
        try Data(file).write(to: URL(filePath: "\(path)/\(key)"))
      }
    }
  }

  var keys: [String] {
    get throws { try DataSource.load(path, for: Preprocessing(parsing: Self.steps)).keys }
  }

  func job(
    shard: Shard? = nil, isStrict: Bool = false, threads: Int = 2
  ) throws -> CaptureJob {
    let weights = folder.path("net.safetensors")
    let architecture = try Architecture.named("alexnet-cifar")
    if !FileManager.default.fileExists(atPath: weights) {
      try Network(architecture, seed: 5).weightFile(metadata: [:]).write(weights)
    }
    let steps = try Preprocessing(parsing: Self.steps)
    return try CaptureJob(
      model: try CapturedModel(architecture: architecture, weights: weights, name: nil),
      data: try DataSource.load(path, for: steps), selection: Selection(), layers: .last(2),
      name: nil, permutationSeed: 0, threads: threads, shard: shard, preprocessing: steps,
      isStrict: isStrict)
  }
}

/// A PNG file of 32 × 32 pixels in stored blocks: no compressor is needed for it.
private func portableNetworkGraphic(_ planes: [UInt8]) -> [UInt8] {
  func big(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
  }
  func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in body {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return big(UInt32(data.count)) + body + big(~crc)
  }
  var raw: [UInt8] = []
  for y in 0..<32 {
    raw.append(0)
    for x in 0..<32 { for channel in 0..<3 { raw.append(planes[channel * 1024 + y * 32 + x]) } }
  }
  var (a, b): (UInt32, UInt32) = (1, 0)
  for byte in raw {
    a = (a + UInt32(byte)) % 65521
    b = (b + a) % 65521
  }
  let size = UInt16(raw.count)
  let lengths = [size, ~size].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  let stored: [UInt8] = [0x78, 0x01, 0x01] + lengths + raw + big(b << 16 | a)
  let header = big(32) + big(32) + [8, 2, 0, 0, 0]
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
    + chunk("IDAT", stored) + chunk("IEND", [])
}

/// Every readable sample's rows.
private func rows(_ path: String) throws -> [String] {
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  var rows = try warehouse.connection.prepare(
    """
    select sample.key, layer.name, hex(z), n_significant from activation join layer using (layer_id)
    join sample using (sample_id) join significance using (run_id, layer_id, sample_id) order by 1, 2
    """)
  var lines: [String] = []
  while try rows.step() {
    lines.append("\(rows.text(0)) \(rows.text(1)) \(rows.text(2)) \(rows.int(3))")
  }
  return lines
}

private func number(_ path: String, _ sql: String) throws -> Int {
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  return try #require(try warehouse.connection.integer(sql))
}

@Suite struct UnreadableTests {
  @Test func damagedFilesAreNotedAndMoveNoOtherSample() throws {
    let whole = try Photographs()
    let keys = try whole.keys
    let gone = [keys[3], keys[17], keys[39]]
    let damaged = try Photographs(damaged: gone)
    let (a, b) = (whole.folder.path("w.db"), damaged.folder.path("w.db"))
    let first = try whole.job().run(into: a, observer: CaptureObserver())
    #expect(first.samples == 40 && first.notes.isEmpty)
    var told: [String] = []
    let summary = try damaged.job(threads: 1).run(
      into: b, observer: CaptureObserver(unreadable: { told.append($0) }))
    #expect(summary.samples == 37)
    #expect(summary.notes.contains { $0.hasPrefix("3 of 40 images could not be read") })
    let reason = "expected a JPEG, PNG, WebP, BMP or PNM image, found other first bytes"
    #expect(told == gone.map { "\(damaged.path)/\($0): \(reason)" })
    #expect(
      try rows(b) == rows(a).filter { row in !gone.contains { row.hasPrefix($0 + " ") } })
    #expect(try number(b, "select count(*) from unreadable where reason = '\(reason)'") == 3)
    #expect(try number(b, "select position from unreadable order by position limit 1") == 3)
    let findings = try Warehouse.open(b, mode: .readOnly).verify()
    #expect(findings.allSatisfy { $0.status != .damaged }, "\(findings)")
    #expect(findings.contains { $0.detail == "37 samples, 3 unreadable images" })
    // Again: nothing changes, and it is said again.
    let again = try damaged.job().run(into: b, observer: CaptureObserver())
    #expect(again.status == "already ingested" && again.samples == 37 && !again.notes.isEmpty)
  }

  @Test func strictJobsStopAtTheFirst() throws {
    let set = try Photographs(damaged: [try Photographs().keys[5]])
    let error = #expect(throws: CaptureError.self) {
      _ = try set.job(isStrict: true).run(
        into: set.folder.path("w.db"), observer: CaptureObserver())
    }
    #expect(error?.description.contains("expected a JPEG, PNG, WebP, BMP or PNM image") ?? false)
    // What was submitted before is in when the job has ended.
    #expect(try number(set.folder.path("w.db"), "select count(*) from layer_weight") == 2)
    #expect(throws: CaptureError.self) {
      _ = try set.job(isStrict: true).dryRun(observer: CaptureObserver())
    }
    let dry = try set.job().dryRun(observer: CaptureObserver())
    #expect(dry.samples == 39)
    #expect(dry.notes == ["1 of 40 images could not be read and were left out"])
  }

  @Test func mergedRunsKeepTheirNotes() throws {
    let set = try Photographs(damaged: [try Photographs().keys[5]])
    let (part, target) = (set.folder.path("part.db"), set.folder.path("all.db"))
    _ = try set.job(shard: Shard(index: 1, count: 1)).run(
      into: part, observer: CaptureObserver())
    let warehouse = try Warehouse.open(target, mode: .create)
    let summaries = try Merge([part]).write(into: warehouse)
    #expect(summaries.map(\.samples) == [39])
    #expect(try Merge([part]).write(into: warehouse).map(\.samples) == [39])
    #expect(try number(target, "select count(*) from unreadable") == 1)
    #expect(try number(target, "select count(*) from prediction") == 39)
    #expect(try difference(rows(target), rows(part)) == nil)
    #expect(try warehouse.verify().allSatisfy { $0.status != .damaged })
  }

  @Test func aRunWithoutAnyImageSaysSo() throws {
    let set = try Photographs(damaged: try Photographs().keys)
    let error = #expect(throws: CaptureError.self) {
      _ = try set.job().run(into: set.folder.path("w.db"), observer: CaptureObserver())
    }
    #expect(error?.description.contains("found none of 40 that can be read") ?? false)
    #expect(try number(set.folder.path("w.db"), "select count(*) from run") == 0)
    #expect(try number(set.folder.path("w.db"), "select count(*) from unreadable") == 0)
    #expect(throws: CaptureError.self) { _ = try set.job().dryRun(observer: CaptureObserver()) }
  }

  @Test func trainingLeavesThemOut() throws {
    let set = try Photographs(damaged: [try Photographs().keys[0]])
    var options = TrainingOptions(data: "")
    try options.chooseData(set.path, test: nil)
    options.preprocess = try Preprocessing(parsing: Photographs.steps)
    options.epochs = 1
    let training = try Training(
      options, into: TrainingFolder(set.folder.path("net")), replacing: false, engramVersion: "t",
      threads: 2)
    #expect(training.history.train.samples == 39 && training.history.train.unreadable == 1)
    #expect(training.notes.count == 1 && training.history.preprocessing == Photographs.steps)
    #expect(try training.run { _ in true } != nil)
    let kept = try TrainingHistory(json: training.history.json())
    #expect(kept.options.preprocess == options.preprocess)
    #expect(throws: TrainingError.self) {
      _ = try Training(
        options, into: TrainingFolder(set.folder.path("strict")), replacing: false,
        engramVersion: "t", threads: 2, isStrict: true)
    }
  }
}
