// recording.json as it stands there. What it must say stands in Recording.

internal import Basics
internal import DataSets
internal import FoundationEssentials

/// `recording.json`.
struct RecordingHeader: Decodable {
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
  /// Members that nobody knows.
  let unknown: [String]

  /// - Throws: `CaptureError`, one line, for a file that cannot be read or describes something else.
  init(_ path: String) throws {
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(filePath: path)) } catch {
      throw CaptureError(
        "\(path): expected the description of a recording, found none that can be read")
    }
    do { self = try JSONDecoder().decode(Self.self, from: bytes) } catch let error as DecodingError
    {
      throw CaptureError("\(path): \(told(error))")
    }
  }

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
