// A training whose images are read anew every time, and one that cannot be read any more.

import DataSets
import Foundation
import TestSupport
import Testing
import Training

@Suite struct LostImageTests {
  @Test func `An image that is lost meanwhile is no black one`() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/engram-test-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let fixtures = packageDirectory() + "/Tests/DataSetsTests/Fixtures/images/"
    for name in ["rgb.png", "grey.jpg"] {
      try FileManager.default.createDirectory(
        atPath: folder + "/" + name, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: fixtures + name, toPath: "\(folder)/\(name)/\(name)")
    }
    let preprocessing = try Preprocessing(parsing: "squash=28")
    let set = try DataSource.load(folder, for: preprocessing)
    let samples = try TrainingSamples(
      set, indices: [0, 1], labels: set.labels, preprocessing: preprocessing, threads: 1,
      isStrict: true, mostBytes: 0)
    var input = [Float](repeating: -1, count: set.shape.count)
    func write(_ i: Int) -> [Float] {
      var span = input.mutableSpan
      samples.write(i, into: &span)
      return input
    }
    let first = write(0)
    try samples.check()
    try FileManager.default.removeItem(atPath: "\(folder)/rgb.png/rgb.png")
    #expect(write(0) == first)
    try samples.check()
    _ = write(1)
    let error = #expect(throws: TrainingError.self) { try samples.check() }
    #expect(error?.description.contains("rgb.png: expected a readable file") == true)
    #expect(error?.description.contains("put it back, and go on with --resume") == true)
  }
}
