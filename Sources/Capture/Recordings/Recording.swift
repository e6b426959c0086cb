// A recording as Schema/Recording.md describes it: what it says of itself, the layers' weights, and which parts there are.
// Reading samples stands in RecordingPart, making a run of them in RecordingJob.

internal import Basics
internal import Bits
internal import ContentHash
package import DataSets
internal import FoundationEssentials
internal import WeightFiles

/// A folder that some program has written.
package struct Recording: Sendable {
  package let path: String
  package let modelName: String
  package let dataSetName: String
  /// What samples are labelled with; none where there are no labels.
  package let classes: [ClassName]
  /// What the outputs are called; nil where nothing tells.
  let outputs: [ClassName]?
  let architecture: String?
  let state: String?
  let preprocessing: String
  let perturbation: String
  let notes: String?
  package let layers: [Layer]
  /// In their order.
  let parts: [String]
  /// Of all parts together; nil where the recording was not finished.
  let sampleCount: Int?
  /// Members that nobody knows, a line each.
  package let remarks: [String]

  /// A fully connected layer.
  package struct Layer: Sendable {
    package let name: String
    let weights: LayerWeights
    /// The layer whose rectified z is this one's x.
    let rectifies: String?
    /// Among the recording's layers.
    let position: Int
  }

  /// - Throws: `CaptureError`, one line, for what is no recording of version 1, or not a whole one.
  package init(_ path: String) throws {
    self.path = path
    let about = "\(path)/recording.json"
    let header: Header
    do {
      let bytes = try Data(contentsOf: URL(filePath: about))
      header = try JSONDecoder().decode(Header.self, from: bytes)
    } catch let error as DecodingError {
      throw CaptureError("\(about): \(told(error))")
    } catch {
      throw CaptureError(
        "\(about): expected the description of a recording, found none that can be read")
    }
    func fail(_ expected: String, _ found: String) -> CaptureError {
      CaptureError("\(about): expected \(expected), found \(found)")
    }
    guard header.format == "engram-recording" else {
      throw fail("the format engram-recording", "'\(header.format.shown(80))'")
    }
    guard header.version == 1 else { throw fail("version 1", "\(header.version)") }
    guard !header.layers.isEmpty else { throw fail("layers", "none") }
    modelName = header.model.name
    dataSetName = header.dataset.name
    classes = header.dataset.classes.map(\.name)
    outputs = header.outputs?.map(\.name)
    for (what, list) in [("classes", classes), ("outputs", outputs ?? [])] {
      guard Set(list.map { ByteText($0.key) }).count == list.count else {
        throw fail("every one of \(what) once", "a key twice")
      }
    }
    architecture = header.model.architecture
    state = header.model.state
    preprocessing = header.preprocessing ?? "none"
    perturbation = header.perturbation ?? "none"
    notes = header.notes
    sampleCount = header.samples
    remarks = header.unknown.map {
      "\(about): the member \($0.shown(80)) is none of version 1's: not used"
    }
    let file = try TensorFile(opening: "\(path)/weights.safetensors")
    var layers: [Layer] = []
    for (position, entry) in header.layers.enumerated() {
      guard !layers.contains(where: { $0.name.hasBytes(of: entry.name) }) else {
        throw fail("every layer once", "\(entry.name.shown(80)) again")
      }
      guard (1...Int(Int32.max)).contains(entry.inputs),
        (1...Int(Int32.max)).contains(entry.outputs)
      else {
        throw fail(
          "inputs and outputs of \(entry.name.shown(80)) from 1",
          "\(entry.inputs), \(entry.outputs)")
      }
      if let source = entry.rectifies {
        guard let own = layers.first(where: { $0.name.hasBytes(of: source) }),
          own.weights.shape.outputs == entry.inputs
        else {
          throw fail(
            "relu_of of \(entry.name.shown(80)) to be an earlier layer of \(entry.inputs) outputs",
            source.shown(80))
        }
      }
      let weight = try Self.tensor("\(entry.name).weight", [entry.outputs, entry.inputs], in: file)
      let bias = entry.bias ? try Self.tensor("\(entry.name).bias", [entry.outputs], in: file) : nil
      layers.append(
        Layer(
          name: entry.name,
          weights: LayerWeights(
            shape: LayerShape(outputs: entry.outputs, inputs: entry.inputs, hasBias: entry.bias),
            weight: weight, bias: bias),
          rectifies: entry.rectifies, position: position))
    }
    self.layers = layers
    parts = try Self.parts(in: path)
  }

  private static func tensor(_ name: String, _ shape: [Int], in file: TensorFile) throws -> [Float]
  {
    guard file.shape(name) == shape else {
      throw CaptureError(
        "\(file.path): expected \(name.shown(200)) of the shape \(shape), found "
          + (file.shape(name).map { "\($0.prefix(8))" } ?? "none"))
    }
    let values = try file.floats(name, rows: 0..<shape[0])
    guard values.allSatisfy(\.isFinite) else {
      throw CaptureError("\(file.path): \(name.shown(200)) holds values that are not finite")
    }
    return values
  }

  /// `part-00000.safetensors` and what follows it without a gap.
  private static func parts(in path: String) throws -> [String] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw CaptureError("\(path): expected a folder that can be read, found none")
    }
    let numbers = names.compactMap { name -> Int? in
      guard name.hasPrefix("part-"), name.hasSuffix(".safetensors") else { return nil }
      let digits = name.dropFirst("part-".count).dropLast(".safetensors".count)
      return digits.count >= 5 ? Int(digits) : nil
    }.sorted()
    guard !numbers.isEmpty else {
      throw CaptureError("\(path): expected part-00000.safetensors, found no part")
    }
    if let gap = numbers.indices.first(where: { numbers[$0] != $0 }) {
      throw CaptureError(
        "\(path): expected \(file(of: gap)), found \(file(of: numbers[gap])): a part is missing")
    }
    return numbers.map { "\(path)/\(file(of: $0))" }
  }

  private static func file(of part: Int) -> String {
    let digits = "\(part)"
    return "part-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
      + ".safetensors"
  }
}

/// `recording.json`.
private struct Header: Decodable {
  struct Model: Decodable {
    let name: String
    let architecture: String?
    let state: String?
  }
  struct DataSet: Decodable {
    let name: String
    let classes: [Entry]
  }
  struct Layer: Decodable {
    let name: String
    let inputs: Int
    let outputs: Int
    let bias: Bool
    let rectifies: String?

    enum CodingKeys: String, CodingKey {
      case name, bias
      case inputs = "n_in"
      case outputs = "n_out"
      case rectifies = "relu_of"
    }
  }
  /// `KEY` or `[KEY, NAME]`.
  struct Entry: Decodable {
    let name: ClassName
    init(from decoder: any Decoder) throws {
      if let key = try? decoder.singleValueContainer().decode(String.self) {
        name = ClassName(key: key, name: key)
        return
      }
      let pair = try [String](from: decoder)
      guard pair.count == 2 else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "a key, or a key and a name"))
      }
      name = ClassName(key: pair[0], name: pair[1])
    }
  }
  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
  enum CodingKeys: String, CodingKey, CaseIterable {
    case format, version, model, dataset, outputs, preprocessing, perturbation, notes, layers
    case samples = "n_samples"
  }

  let format: String
  let version: Int
  let model: Model
  let dataset: DataSet
  let outputs: [Entry]?
  let preprocessing: String?
  let perturbation: String?
  let notes: String?
  let layers: [Layer]
  let samples: Int?
  let unknown: [String]

  init(from decoder: any Decoder) throws {
    let own = try decoder.container(keyedBy: CodingKeys.self)
    format = try own.decode(String.self, forKey: .format)
    version = try own.decode(Int.self, forKey: .version)
    model = try own.decode(Model.self, forKey: .model)
    dataset = try own.decode(DataSet.self, forKey: .dataset)
    outputs = try own.decodeIfPresent([Entry].self, forKey: .outputs)
    preprocessing = try own.decodeIfPresent(String.self, forKey: .preprocessing)
    perturbation = try own.decodeIfPresent(String.self, forKey: .perturbation)
    notes = try own.decodeIfPresent(String.self, forKey: .notes)
    layers = try own.decode([Layer].self, forKey: .layers)
    samples = try own.decodeIfPresent(Int.self, forKey: .samples)
    unknown = try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue)
      .filter { CodingKeys(rawValue: $0) == nil }.sorted()
  }
}

/// What is wrong, in a line.
private func told(_ error: DecodingError) -> String {
  func place(_ path: [any CodingKey]) -> String {
    path.isEmpty
      ? "it"
      : path.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".").shown(200)
  }
  return switch error {
  case .keyNotFound(let key, let context):
    "expected the member \((context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue } + [key.stringValue]).joined(separator: ".").shown(200)), found none"
  case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
    "expected \(place(context.codingPath)) to be a \(type), found another value"
  case .dataCorrupted(let context):
    "expected JSON (\(place(context.codingPath))), found \(context.debugDescription.shown(200))"
  @unknown default: "expected the description of a recording, found another one"
  }
}
