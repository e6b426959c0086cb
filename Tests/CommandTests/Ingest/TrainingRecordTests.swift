// A weight file whose record of its training cannot be read: what is taken instead is told.

import Foundation
import Testing

@Suite struct TrainingRecordTests {
  @Test func `A record that cannot be read is told`() throws {
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    let path = scratch.path("w.safetensors")
    var file = Data(try bytes(of: study.weights))
    let place = try #require(file.range(of: Data("epochs".utf8)))
    file.replaceSubrange(place, with: Data("epochz".utf8))
    try write(file, to: path)
    func predict(_ weights: String) throws -> CommandResult {
      try runCommand(
        "engram-ingest",
        ["predict", "--model", "alexnet-cifar", "--weights", weights, "--data", "shapes:test:2"])
    }
    let told =
      "its record of a training cannot be read: images are prepared as the architecture takes them"
    let (whole, broken) = (try predict(study.weights), try predict(path))
    expectSuccess(whole)
    expectSuccess(broken)
    #expect(!whole.errors.contains(told) && broken.errors.contains("\(path): \(told)"))
  }
}
