// FILE:KEY through the commands: the weights below a prefix of a file, and what is said of others.

import Foundation
import TestSupport
import Testing

@Suite struct WeightCommandTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  /// The study's weights, each under two names of one file, and nothing that says what they are.
  private func twice(_ first: String, _ second: String) throws -> String {
    let file = try bytes(of: study.weights)
    let length = (0..<8).reduce(0) { $0 | Int(file[$1]) << (8 * $1) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: Data(file[8..<8 + length])) as? [String: Any])
    var (named, data) = ([String: Any](), [UInt8]())
    for (prefix, scale) in [(first, UInt8(0)), (second, 1)] {
      for (name, entry) in header where name != "__metadata__" {
        var own = try #require(entry as? [String: Any])
        let offsets = try #require(own["data_offsets"] as? [Int])
        var values = Array(file[(8 + length + offsets[0])..<(8 + length + offsets[1])])
        // Other weights: every number's exponent is one less.
        if scale == 1 {
          for last in stride(from: 3, to: values.count, by: 4) where values[last] & 0x7F > 0 {
            values[last] -= 1
          }
        }
        own["data_offsets"] = [data.count, data.count + values.count]
        data += values
        named[prefix + name] = own
      }
    }
    let text = try JSONSerialization.data(withJSONObject: named)
    let path = scratch.path("both.safetensors")
    let size = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    try Data(size + Array(text) + data).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func predict(_ weights: String) throws -> CommandResult {
    try runCommand(
      "engram-ingest",
      [
        "predict", "--model", "alexnet-cifar", "--weights", weights, "--data", "shapes:test:40",
        "--format", "csv",
      ])
  }

  @Test func `A key takes the weights below it`() throws {
    let plain = try predict(study.weights)
    expectSuccess(plain)
    let file = try twice("model.", "ema.")
    let usual = try predict(file)
    expectSuccess(usual)
    #expect(usual.output == plain.output)
    #expect(usual.errors.contains("also fits: ema; --weights FILE:KEY takes such a one"))
    let other = try predict(file + ":ema")
    expectSuccess(other)
    #expect(other.output != plain.output)
    let none = try predict(file + ":nope")
    #expect(none.status == 1 && none.output.isEmpty)
    #expect(
      none.errors.contains("expected a dictionary or prefix nope, found model, ema"),
      "\(none.errors)")
  }
}
