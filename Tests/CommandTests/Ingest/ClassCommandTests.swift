// One set of images under every way of saying their classes, or none: what is said of an image does not depend on it.

import Foundation
import TestSupport
import Testing

@Suite struct ClassCommandTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory
  /// Of the images, as the network's own data set has them.
  private let labels: [Int]
  private let classes: [String]

  /// Forty generated images as PPM files: in folders by name, in folders by number, flat with a list of names.
  init() throws {
    let (study, scratch) = (try SharedStudy.get(), try TemporaryDirectory())
    (self.study, self.scratch) = (study, scratch)
    let saved = try runCommand(
      "engram-ingest",
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:40",
        "--shift", "brightness:1", "--save-attacked", scratch.path("saved"), "--into",
        scratch.path("saved.db"), "--layers", "last:1",
      ])
    try #require(saved.status == 0, "\(saved.errors)")
    let own = try String(contentsOfFile: scratch.path("saved/classes.txt"), encoding: .utf8)
    let classes = own.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
    self.classes = classes
    func array(_ name: String, _ size: Int) throws -> ArraySlice<UInt8> {
      try bytes(of: scratch.path("saved/\(name)")).suffix(size)
    }
    let pixels = Array(try array("images.npy", 40 * 3072))
    let numbers = Array(try array("labels.npy", 40 * 8))
    let labels = (0..<40).map { Int(numbers[8 * $0]) }
    self.labels = labels
    var list = "file,label\n"
    for (i, label) in labels.enumerated() {
      let image = Array("P6 32 32 255\n".utf8) + pixels[3072 * i..<3072 * (i + 1)]
      for folder in ["named/\(classes[label])", "numbered/\(label)", "listed", "flat"] {
        let path = scratch.path(folder)
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: true)
        try Data(image).write(to: URL(fileURLWithPath: "\(path)/\(i).ppm"))
      }
      list += "\(i).ppm,\(classes[label])\n"
    }
    try Data(list.utf8).write(to: URL(fileURLWithPath: scratch.path("listed/labels.csv")))
  }

  private struct Row: Decodable {
    let key: String
    let label: String?
    let predicted: String
    let correct: Int?
    let loss: Double?
  }

  /// By the image's number.
  private func predict(
    _ data: String, weights: String? = nil, _ options: String...
  ) throws -> (rows: [Int: Row], errors: String) {
    let result = try runCommand(
      "engram-ingest",
      [
        "predict", "--model", "alexnet-cifar", "--weights", weights ?? study.weights, "--data",
        scratch.path(data), "--format", "json",
      ] + options)
    expectSuccess(result)
    let rows = try JSONDecoder().decode([Row].self, from: Data(result.output.utf8))
    let numbered = try rows.map { row in
      (try #require(row.key.split { "/.".contains($0) }.compactMap { Int($0) }.last), row)
    }
    return (Dictionary(uniqueKeysWithValues: numbered), result.errors)
  }

  @Test func `Folders by name or number and lists say the same`() throws {
    let named = try predict("named")
    #expect(named.rows.count == 40)
    #expect(named.rows.values.contains { $0.correct == 1 })
    #expect((0..<40).allSatisfy { named.rows[$0]?.label == classes[labels[$0]] })
    #expect(!named.errors.contains("classes"), "\(named.errors)")
    for folder in ["listed", "numbered"] {
      let other = try predict(folder)
      for i in 0..<40 {
        let (a, b) = (try #require(named.rows[i]), try #require(other.rows[i]))
        #expect((a.correct, a.loss) == (b.correct, b.loss))
        if folder == "listed" { #expect((a.label, a.predicted) == (b.label, b.predicted)) }
      }
      #expect(
        other.errors.contains("by the number that the data set calls each by")
          == (folder == "numbered"),
        "\(other.errors)")
    }
  }

  @Test func `Without labels there is no right answer`() throws {
    let named = try predict("named")
    for other in [try predict("flat"), try predict("named", "--unlabelled")] {
      for i in 0..<40 {
        let row = try #require(other.rows[i])
        #expect(row.label == nil && row.correct == nil && row.loss == nil)
        #expect(row.predicted == named.rows[i]?.predicted)
      }
      #expect(other.errors.contains("no sample has a right answer"))
    }
    #expect(try predict("flat").errors.contains("40 images without labels"))
    let trained = try runCommand(
      "engram-train",
      ["--data", scratch.path("flat"), "--test", "none", "--out", scratch.path("net")])
    #expect(trained.status == 1)
    #expect(trained.errors.contains("expected a label for every sample, found none"))
  }

  @Test func `A class list says what the outputs are`() throws {
    let named = try predict("named")
    let list = scratch.path("list.txt")
    // The first two change places, and the last is none of the data set's.
    let keys = [classes[1], classes[0]] + classes[2..<9] + ["other"]
    try Data(keys.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: list))
    let other = try predict("named", "--class-list", list)
    for i in 0..<40 {
      let (a, b) = (try #require(named.rows[i]), try #require(other.rows[i]))
      let said = try #require(classes.firstIndex(of: a.predicted))
      #expect(b.predicted == keys[said])
      #expect((b.correct == nil) == (labels[i] == 9))
    }
    #expect(
      other.errors.contains(
        "1 of its 10 classes are no output of the network (its 10 outputs are those of \(list)): \(classes[9])"
      ),
      "\(other.errors)")
  }

  @Test func `A target has a name`() throws {
    func attacked(_ target: String) throws -> CommandResult {
      try runCommand(
        "engram-ingest",
        [
          "predict", "--model", "alexnet-cifar", "--weights", study.weights, "--data",
          scratch.path("flat"), "--attack", "fgsm:eps=8/255,target=\(target)", "--format", "csv",
        ])
    }
    let named = try attacked(classes[3])
    expectSuccess(named)
    #expect(try attacked("3").output == named.output)
    #expect(try attacked("4").output != named.output)
    let unknown = try attacked(classes[3] + "x")
    #expect(unknown.status == 64 && unknown.output.isEmpty)
    #expect(unknown.errors.contains("did you mean '\(classes[3])'?"), "\(unknown.errors)")
  }
}
