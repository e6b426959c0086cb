// Runs of a network whose tokens are samples of their own: those that a recording of the same network has, however they were
// ingested.

import Capture
import DataSets
import FoundationEssentials
import Networks
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct TokenRunTests {
  private let setting: TokenRunSetting

  init() throws { setting = try TokenRunSetting() }

  private static let samples = """
    select position, sample, class_position, output_position, correct from predictions order by position
    """
  private static let groups = """
    select sample, label from labels where grouping = 'sample' order by position
    """

  /// tools/record.py over the same images in PyTorch.
  @Test(arguments: ["all", "0,3", "2", "first", "last", "mean"])
  func theSamplesAreThoseOfARecording(tokens: String) throws {
    let choice = try TokenChoice(parsing: tokens)
    try setting.ingest(setting.job(choice))
    try setting.recordings.ingest(
      "\(setting.folder)/recording", into: "recorded.db", tokens: choice)
    #expect(
      try difference(setting.rows(Self.samples), setting.rows(Self.samples, "recorded.db")) == nil)
    #expect(
      try difference(setting.rows(Self.groups), setting.rows(Self.groups, "recorded.db")) == nil)
    let count = ["all": 60, "0,3": 24][tokens] ?? 12
    #expect(try setting.rows(Self.samples).count == count)
    for z in [false, true] {
      let (own, recorded) = (
        try setting.vectors(z: z), try setting.vectors("recorded.db", z: z)
      )
      #expect(own.keys.sorted() == recorded.keys.sorted() && own.count == 5)
      for (layer, vectors) in own {
        let expected = try #require(recorded[layer])
        #expect(vectors.count == count && expected.count == count)
        let most = expected.joined().reduce(0) { max($0, abs($1)) }
        #expect(
          difference(
            Array(vectors.joined()), Array(expected.joined()), absolute: 1e-5 * Double(most))
            == nil,
          "\(layer)")
      }
    }
    #expect(try setting.recordings.damages() == [])
  }

  @Test func tokensOfAnImageDifferAndShareWhatIsTheImages() throws {
    try setting.ingest(setting.job(.all))
    let x = try setting.vectors(z: false)
    let (tokens, head) = (try #require(x["mlp.0"]), try #require(x["head"]))
    for image in 0..<12 {
      #expect(Set(tokens[5 * image..<5 * image + 5]).count == 5)
      #expect(Set(head[5 * image..<5 * image + 5]).count == 1)
    }
    #expect(
      try setting.job(.all).notes.last
        == "layers that are not over tokens have their image's x and z in each of its tokens' rows: head"
    )
  }

  @Test func theyAreMeasuredByTheirImage() throws {
    try setting.ingest(setting.job(.several([1, 4])))
    let warehouse = try Warehouse.open(setting.scratch.path("w.db"), mode: .write)
    let own = try warehouse.grouping(named: "sample", of: try warehouse.run(1))
    #expect(try warehouse.measure(run: 1, by: own).notes == [])
    #expect(
      try setting.rows(Self.groups).map { $0[1] }
        == (0..<24).map { .text(String("0000\($0 / 2)".suffix(5))) })
  }

  /// 240 images, of which the middle is taken.
  private static let many = "shapes:test:240"

  @Test func aRunThatIsGoneOnWithIsTheSame() throws {
    func job(threads: Int) throws -> CaptureJob {
      try setting.job(
        .all, data: Self.many, selection: Selection(limit: 777, seed: 3), threads: threads)
    }
    try setting.ingest(job(threads: 2))
    for _ in 0..<3 {
      #expect(throws: CaptureCancelled.self) {
        try job(threads: 3).run(
          into: setting.scratch.path("parts.db"), observer: CaptureObserver(isCancelled: { true }))
      }
    }
    let stored = try setting.rows("select count(*) from prediction", "parts.db")
    #expect(stored != [[.integer(0)]] && stored != [[.integer(777)]])
    try setting.ingest(job(threads: 1), into: "parts.db")
    #expect(try difference(setting.contents("parts.db"), setting.contents()) == nil)
    #expect(try difference(setting.rows(Self.groups, "parts.db"), setting.rows(Self.groups)) == nil)
  }

  /// Parts begin within images.
  @Test func partsAreTheWholeRun() throws {
    try setting.ingest(setting.job(.all, data: Self.many, thumbnails: .side(8)))
    let parts = try (1...3).map { index in
      try setting.ingest(
        setting.job(
          .all, data: Self.many, thumbnails: .side(8), shard: Shard(index: index, count: 3)),
        into: "part\(index).db")
      return setting.scratch.path("part\(index).db")
    }
    _ = try Merge(parts).write(
      into: try Warehouse.open(setting.scratch.path("merged.db"), mode: .create))
    let pictures = "select sample, image from thumbnails order by position"
    for sql in [pictures, Self.groups, Self.samples] {
      #expect(try difference(setting.rows(sql, "merged.db"), setting.rows(sql)) == nil)
    }
    #expect(try setting.rows(pictures).count == 1200)
    #expect(try difference(setting.contents("merged.db"), setting.contents()) == nil)
    #expect(try setting.recordings.damages("merged.db") == [])
  }

  @Test func aPictureIsOfTheTokensImage() throws {
    try setting.ingest(setting.job(.several([0, 2]), thumbnails: .none))
    let job = try setting.job(.several([0, 2]), thumbnails: .side(8))
    #expect(
      try setting.ingest(job).notes.contains("24 thumbnails of samples stored earlier are added"))
    try setting.ingest(
      setting.job(
        .several([0, 2]), perturbation: .attack(try Attack(parsing: "fgsm:eps=8/255")),
        thumbnails: .side(8)))
    let own = try setting.rows(
      "select sample, image from thumbnails where run is null order by position")
    try setting.ingest(setting.job(.first, thumbnails: .side(8)), into: "images.db")
    let images = try setting.rows(
      "select sample, image from thumbnails order by position", "images.db")
    #expect(own.count == 24 && images.count == 12)
    for (place, row) in own.enumerated() { #expect(row[1] == images[place / 2][1]) }
    #expect(try setting.rows("select count(*) from run_thumbnail") == [[.integer(24)]])
    #expect(try setting.recordings.damages() == [])
  }

  @Test func tokensOfAnUnreadableImageAreNoted() throws {
    let path = setting.scratch.path("photographs")
    for (place, label) in ["a", "b", "c"].enumerated() {
      try FileManager.default.createDirectory(
        atPath: "\(path)/\(label)", withIntermediateDirectories: true)
      let pixels = (0..<192).map { UInt8(($0 * 31 + 50 * place) % 251) }
      let file = Data("P6 8 8 255\n".utf8) + pixels
      try (label == "b" ? Data("no image".utf8) : file).write(
        to: URL(filePath: "\(path)/\(label)/0.ppm"))
    }
    let summary = try setting.ingest(setting.job(.all, data: path))
    #expect(summary.samples == 10)
    #expect(
      summary.notes.contains(
        "5 of 15 tokens are of images that could not be read and were left out; see the table unreadable"
      ))
    let lost = try setting.rows("select position, key from unreadable order by position")
    #expect(lost == (0..<5).map { [.integer(5 + $0), .text("b/0.ppm#\($0)")] })
    #expect(
      try setting.rows(Self.groups).map { $0[1] }.filter { $0 == .text("c/0.ppm") }.count == 5)
    #expect(try setting.recordings.damages() == [])
  }

  @Test func anAttackIsOfTheImage() throws {
    let attack = Perturbation.attack(
      try Attack(parsing: "pgd:eps=8/255,step=2/255,steps=3,seed=4"))
    try setting.ingest(setting.job(.all, perturbation: attack))
    try setting.ingest(setting.job(.at(3), perturbation: attack), into: "one.db")
    let (all, one) = (try setting.vectors(z: true), try setting.vectors("one.db", z: true))
    for (layer, vectors) in one {
      let tokens = try #require(all[layer])
      for (image, own) in vectors.enumerated() { #expect(tokens[5 * image + 3] == own, "\(layer)") }
    }
  }

  @Test func tokensWithLogitsHaveTheirOwn() throws {
    try setting.ingest(setting.job(.all, model: "tagger"))
    try setting.recordings.ingest(
      "\(setting.folder)/tagged", into: "recorded.db", tokens: .all)
    #expect(
      try difference(setting.rows(Self.samples), setting.rows(Self.samples, "recorded.db")) == nil)
    let predicted = try setting.rows(Self.samples).map { $0[3] }
    #expect(predicted.count == 192 && Set(predicted.prefix(16).map { "\($0)" }).count > 1)
    for choice in [TokenChoice.first, .mean, .at(5)] {
      try setting.ingest(setting.job(choice, model: "tagger"), into: "\(choice).db")
      try setting.recordings.ingest(
        "\(setting.folder)/tagged", into: "recorded-\(choice).db", tokens: choice)
      #expect(
        try difference(
          setting.rows(Self.samples, "\(choice).db"),
          setting.rows(Self.samples, "recorded-\(choice).db")) == nil)
    }
  }

  @Test(arguments: [
    (
      TokenChoice.all, "pyramid", LayerChoice.all,
      "16 in fc1; 4 in fc2; keep layers of one number (--layers)"
    ),
    (
      .several([0, 1]), "pyramid", .all, "16 in fc1; 4 in fc2; keep layers of one number (--layers)"
    ),
    (
      .several([1, 5]), "pyramid", .named(["fc2"]),
      "more than 5 tokens in every layer that is kept, found 4 in fc2"
    ),
    (.at(5), "pyramid", .all, "more than 5 tokens in every layer that is kept, found 4 in fc2"),
    (.all, "pyramid", .last(1), "a layer over tokens among those that are kept, found head"),
  ])
  func whatHasNoSuchTokensIsALine(
    tokens: TokenChoice, model: String, layers: LayerChoice, told: String
  ) throws {
    let error = try #require(
      #expect(throws: CaptureError.self) {
        try setting.job(tokens, model: model, layers: layers)
      })
    #expect(error.description.contains(told) && !error.description.contains("\n"), "\(error)")
    #expect(try setting.job(.all, model: model, layers: .named(["fc1"])).sampleCount == 192)
  }

  @Test func logitsOfTokensNeedAChoiceAndNoAttack() throws {
    for (tokens, perturbation, told) in [
      (TokenChoice?.none, Perturbation.none, "found some of each of its 16 tokens"),
      (
        .all, .attack(try Attack(parsing: "fgsm:eps=8/255")),
        "expected a network with logits of every image"
      ),
    ] {
      let error = try #require(
        #expect(throws: CaptureError.self) {
          try setting.job(tokens, model: "tagger", perturbation: perturbation)
        })
      #expect(error.description.contains(told), "\(error)")
    }
  }
}
