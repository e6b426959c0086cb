// The commands over a folder of image files: as it is, with a damaged file, and with steps that do not fit.

import Foundation
import TestSupport
import Testing

@Suite struct PhotographTests {
  private let scratch: TemporaryDirectory

  /// Ten classes of one file each, and an untrained network.
  init() throws {
    scratch = try TemporaryDirectory()
    try copyPhotographs(to: scratch.path("photographs"))
    let made = try runCommand(
      "engram-train",
      [
        "--data", "shapes:train:10", "--test", "none", "--epochs", "0", "--out",
        scratch.path("net"),
      ])
    try #require(made.status == 0, "\(made.errors)")
  }

  private func ingest(_ arguments: String...) throws -> CommandResult {
    try runCommand(
      "engram-ingest",
      [
        "--model", "alexnet-cifar", "--weights", scratch.path("net/untrained.safetensors"),
        "--data",
        scratch.path("photographs"), "--into", scratch.path("w.db"), "--layers", "last:1",
        "--format", "json",
      ] + arguments)
  }

  @Test func `A damaged file is told and left out, or refused`() throws {
    let steps = ["--preprocess", "squash=32,crop=28,standardise"]
    let file = scratch.path("photographs/class3/cmyk.jpg")
    try Data("no image".utf8).write(to: URL(fileURLWithPath: file))
    let line = "\(file): expected a JPEG, PNG, WebP, BMP or PNM image, found other first bytes"
    let refused = try ingest(steps[0], steps[1], "--strict")
    #expect(refused.status == 1 && refused.errors.contains(line), "\(refused.errors)")
    let result = try ingest(steps[0], steps[1])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("left out: \(line)\n"))
    #expect(result.errors.contains("1 of 10 images could not be read"))
    #expect(result.output.contains("\"samples\":9") || result.output.contains("\"samples\": 9"))
    let verified = try runCommand("engram-ingest", ["verify", scratch.path("w.db")])
    #expect(verified.status == 0 && verified.output.contains("9 samples, 1 unreadable images"))
  }

  @Test func `Saved images are all or as they were`() throws {
    let options = ["--preprocess", "squash=32,crop=28,standardise", "--shift", "blur:1"]
    func save(_ name: String, to folder: String) throws -> CommandResult {
      try ingest(
        options[0], options[1], options[2], options[3], "--save-attacked", scratch.path(folder),
        "--name", name)
    }
    expectSuccess(try save("whole", to: "saved"))
    let names = ["classes.txt", "images.npy", "keys.txt", "labels.npy"]
    #expect(try listing(scratch.path("saved")) == names)
    let before = try names.map { try bytes(of: scratch.path("saved/\($0)")) }
    let file = scratch.path("photographs/class3/cmyk.jpg")
    try Data("no image".utf8).write(to: URL(fileURLWithPath: file))
    for folder in ["saved", "new"] {
      let refused = try save("damaged", to: folder)
      #expect(refused.status == 1, "\(refused.errors)")
      #expect(refused.errors.contains("--save-attacked keeps every image or none"))
    }
    #expect(try difference(names.map { try bytes(of: scratch.path("saved/\($0)")) }, before) == nil)
    #expect(try listing(scratch.path("new")).isEmpty)
    let elsewhere = try save("other", to: "w.db/saved")
    #expect(elsewhere.status == 1)
    #expect(
      elsewhere.errors.contains("expected a folder that can be written, found Not a directory"))
  }

  /// Two spellings of one name are two classes throughout: read, measured, asked for, reported.
  @Test func `Classes are told apart by their bytes`() throws {
    let names = ["cafe\u{301}", "caf\u{E9}"]
    for (label, name) in names.enumerated() {
      try FileManager.default.moveItem(
        atPath: scratch.path("photographs/class\(label)"),
        toPath: scratch.path("photographs") + "/" + name)
    }
    let steps = ["--preprocess", "squash=32,crop=28,standardise"]
    expectSuccess(try ingest(steps[0], steps[1], "--name", "a"))
    expectSuccess(try ingest(steps[0], steps[1], "--name", "b", "--shift", "blur:1"))
    for options in [
      ["--between", "a,b"], ["--run", "b", "--under", "a"],
    ] {
      expectSuccess(try runCommand("engram-ingest", ["measure", scratch.path("w.db")] + options))
    }
    let likelihoods = try runCommand(
      "engram-query",
      [
        scratch.path("w.db"), "--format", "csv", "--sql",
        "select hex(class.key), count(own) from likelihood join sample using (sample_id) "
          + "join class using (class_id) where class.key like 'caf%' group by 1",
      ])
    #expect(
      likelihoods.output.split(whereSeparator: \.isNewline).dropFirst().map {
        $0.split(separator: ",")[0]
      } == ["63616665CC81", "636166C3A9"], "\(likelihoods)")
    expectSuccess(
      try runCommand(
        "engram-report", [scratch.path("w.db"), "--out", scratch.path("r.html")]))
  }

  @Test func `What a folder holds besides is told`() throws {
    try Data().write(to: URL(fileURLWithPath: scratch.path("photographs/class3/a.txt")))
    let result = try ingest("--preprocess", "squash=32,crop=28,standardise")
    expectSuccess(result)
    #expect(
      result.errors.contains("passed over 1 that is no JPEG, PNG, WebP, BMP or PNM image"),
      "\(result.errors)")
    #expect(result.errors.contains("1 × .txt\n"), "\(result.errors)")
  }

  @Test func `Steps that do not fit are one line`() throws {
    let unknown = try ingest("--preprocess", "imagnet")
    #expect(unknown.status == 64)
    #expect(unknown.errors.contains("did you mean 'imagenet'?"))
    let large = try ingest("--preprocess", "imagenet")
    #expect(large.status == 1)
    #expect(large.errors.contains("expected images of 28 × 28, found 224 × 224"))
    let loose = try ingest("--preprocess", "resize=32")
    #expect(loose.status == 1)
    #expect(loose.errors.contains("; crop=N or squash=N in --preprocess makes them of one size"))
  }
}

/// Ten class folders of one file each, of every kind.
func copyPhotographs(to directory: String) throws {
  let fixtures = packageDirectory() + "/Tests/DataSetsTests/Fixtures/images/"
  for (label, file) in [
    "baseline-420.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "ycck.jpg", "rgb.png",
    "rgba.png", "palette.png", "grey-16.png", "interlaced.png",
  ].enumerated() {
    let folder = "\(directory)/class\(label)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: fixtures + file, toPath: folder + "/" + file)
  }
}
