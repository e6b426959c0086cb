// Which files are models, what is said of others, and the small languages in them.

import FoundationEssentials
import ModelFiles
import TestSupport
import Testing

struct ModelFormatTests {
  @Test(arguments: modelFixtures)
  func modelsAreTold(name: String) throws {
    #expect(ModelGraph.isModelFile(fixture(name)))
  }

  @Test func weightsAndOthersAreNot() throws {
    let scratch = try Scratch()
    let weights = packageDirectory() + "/Tests/WeightFilesTests/Fixtures/torch/plain.pth"
    #expect(!ModelGraph.isModelFile(weights))
    #expect(!ModelGraph.isModelFile(fixture("expected.json")))
    #expect(!ModelGraph.isModelFile(fixture("convolutions.external.data")))
    #expect(!ModelGraph.isModelFile(scratch.path("missing")))
    #expect(!ModelGraph.isModelFile(scratch.directory))
    #expect(!ModelGraph.isModelFile(try scratch.write([], to: "empty")))
    #expect(refusal([])?.contains("an empty file") == true)
    #expect(refusal(Array("<html>".utf8))?.contains("web page") == true)
    #expect(refusal(Array("version https://git-lfs".utf8))?.contains("git lfs pull") == true)
    #expect(refusal(try Scratch.read(path: weights))?.contains("weights alone") == true)
    #expect(throws: ModelFileError.self) { try ModelGraph.read(scratch.path("missing")) }
  }

  @Test func olderArchivesNameTheExport() {
    let old = archive([("serialized_exported_program.json", "{}"), ("version", "1")])
    #expect(refusal(old)?.contains("torch.export.save(torch.export.export(") == true)
    let pickled = archive([
      ("m/models/model.json", #"{"schema_version":{"major":8,"minor":7}}"#),
      ("m/data/weights/model.pt", ""),
    ])
    #expect(refusal(pickled)?.contains("torch.export.save") == true)
    let later = archive([("m/models/model.json", #"{"schema_version":{"major":9,"minor":0}}"#)])
    #expect(refusal(later)?.contains("schema version 8, found 9") == true)
    let two = archive([("m/models/a.json", "{}"), ("m/models/b.json", "{}")])
    #expect(refusal(two)?.contains("one program") == true)
  }

  @Test func texts() {
    func said(_ json: String) -> String { refusal(archive([("m/models/model.json", json)])) ?? "" }
    #expect(said(String(repeating: "[", count: 100_000)).contains("levels"))
    #expect(said("[" + String(repeating: "0,", count: 2_100_000) + "0]").contains("2097152 values"))
    #expect(said(#"{"a":1,"a":2}"#).contains("once"))
    #expect(said(#"{"a":"\ud800"}"#).contains("surrogate"))
    #expect(said(#"{"a":1e}"#).contains("number"))
    #expect(said(#"{"a":"#).contains("value"))
    #expect(said("[1] 2").contains("the end"))
    // What is well formed is refused for what it says.
    for json in [
      #"{"a":[NaN,-Infinity,1.5e3,-0,true,null,"\u00e9\ud83d\ude00\n"]}"#, " [ ] ", "{}",
    ] {
      #expect(said(json).contains("schema version"), "\(json)")
    }
  }

  /// A zip archive of texts, stored as they are.
  private func archive(_ entries: [(name: String, text: String)]) -> [UInt8] {
    func little(_ value: Int, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var (bytes, directory) = ([UInt8](), [UInt8]())
    for (name, text) in entries {
      let (name, content) = (Array(name.utf8), Array(text.utf8))
      let sizes = little(0, 4) + little(content.count, 4) + little(content.count, 4)
      let lengths = little(name.count, 2) + little(0, 2)
      directory +=
        little(0x0201_4B50, 4) + little(20, 2) + little(20, 2) + little(0, 8) + sizes + lengths
      directory += little(0, 10) + little(bytes.count, 4) + name
      bytes +=
        little(0x0403_4B50, 4) + little(20, 2) + little(0, 8) + sizes + lengths + name + content
    }
    let count = little(entries.count, 2)
    return bytes + directory + little(0x0605_4B50, 4) + little(0, 4) + count + count
      + little(directory.count, 4) + little(bytes.count, 4) + little(0, 2)
  }
}
