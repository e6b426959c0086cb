// One part of a recording: opened, and checked against what the recording says of itself.

internal import Basics
internal import Bits
internal import FoundationEssentials
internal import WeightFiles

/// One thread uses it at a time.
struct RecordingPart {
  let file: TensorFile
  /// Rows of its arrays; a row is a sample, or as many samples as it has tokens.
  let rows: Int
  let outputs: Int
  /// Positions in the recording's classes, by row; nil where it has no labels.
  let labels: [Int?]?
  /// By row; nil where it has none.
  let keys: [String]?
  /// Of every row; nil where layers have no tokens.
  let tokens: Int?
  /// Those of every row that are no padding.
  let lengths: [Int]
  /// By row and token.
  let tokenLabels: [Int?]?

  /// - Throws: `CaptureError` or `WeightFileError`, one line, naming the part and the array.
  init(
    opening path: String, of recording: Recording, layers: [Recording.Layer],
    tokens choice: TokenChoice?
  ) throws {
    let file = try TensorFile(opening: path)
    self.file = file
    func fail(_ expected: String, _ found: String) -> CaptureError {
      CaptureError("\(path): expected \(expected), found \(found)")
    }
    func told(_ name: String) -> String { file.shape(name).map { "\($0.prefix(8))" } ?? "none" }
    guard let shape = file.shape("logits"), shape.count == 2, shape[0] > 0, shape[1] > 0 else {
      throw fail("logits of the shape [samples, outputs]", told("logits"))
    }
    let rows = shape[0]
    (self.rows, outputs) = (rows, shape[1])
    if let known = recording.outputs?.count, known != shape[1] {
      throw fail("logits of \(known) outputs", "\(shape[1])")
    }
    var tokens: Int?
    for layer in layers {
      guard let own = try Self.tokens(of: layer, among: layers, in: file, rows: rows, choice) else {
        continue
      }
      guard own == tokens ?? own else {
        throw fail("\(tokens ?? 0) tokens in every layer that has some", "\(own)")
      }
      tokens = own
    }
    self.tokens = tokens
    func positions(_ name: String, _ shape: [Int]) throws -> [Int?]? {
      guard file.type(name) != nil else { return nil }
      guard file.shape(name) == shape else {
        throw fail("\(name) of the shape \(shape)", told(name))
      }
      return try file.wholes(name).map { label in
        guard label == -1 || recording.classes.indices.contains(label) else {
          throw fail("\(name) from -1 to \(recording.classes.count - 1)", "\(label)")
        }
        return label == -1 ? nil : label
      }
    }
    labels = try positions("labels", [rows])
    tokenLabels = try tokens.flatMap { try positions("token_labels", [rows, $0]) }
    var lengths = [Int](repeating: tokens ?? 1, count: rows)
    if file.type("lengths") != nil {
      guard file.shape("lengths") == [rows] else {
        throw fail("lengths of the shape [\(rows)]", told("lengths"))
      }
      lengths = try file.wholes("lengths")
      if let other = lengths.first(where: { !(1...(tokens ?? Int.max)).contains($0) }) {
        throw fail("lengths from 1 to \(tokens ?? 0)", "\(other)")
      }
    }
    self.lengths = lengths
    if case .at(let position)? = choice, tokens != nil,
      let other = lengths.first(where: { $0 <= position })
    {
      throw fail("more than \(position) tokens of every sample", "\(other)")
    }
    keys = try file.metadata["keys"].map { text in
      let keys = try? JSONDecoder().decode([String].self, from: Data(text.utf8))
      guard let keys, keys.count == rows else {
        throw fail(
          "keys to be a JSON list of \(rows) texts", keys.map { "\($0.count)" } ?? "another value")
      }
      return keys
    }
  }

  /// Number type and axes of every array: each part has the same.
  func forms(_ layers: [Recording.Layer]) -> [(name: String, form: String)] {
    (["logits", "labels", "lengths", "token_labels"] + Self.arrays(layers)).map { name in
      (name, file.type(name).map { "\($0), \(file.shape(name)?.count ?? 0) axes" } ?? "none")
    } + [("keys", keys == nil ? "none" : "some")]
  }

  /// Names of what there may be of layers.
  static func arrays(_ layers: [Recording.Layer]) -> [String] {
    layers.flatMap { ["\($0.name).x", "\($0.name).z"] }
  }

  /// How many tokens a layer has; nil where it has none. That x and z have their shapes, and that x is there or can be had.
  private static func tokens(
    of layer: Recording.Layer, among layers: [Recording.Layer], in file: TensorFile, rows: Int,
    _ choice: TokenChoice?
  ) throws -> Int? {
    let (name, shape) = (layer.name, layer.weights.shape)
    func fail(_ expected: String, _ found: String) -> CaptureError {
      CaptureError("\(file.path): expected \(expected), found \(found)")
    }
    var tokens: Int?
    for (array, width) in [("\(name).x", shape.inputs), ("\(name).z", shape.outputs)] {
      guard let found = file.shape(array) else { continue }
      if found == [rows, width] { continue }
      guard found.count == 3, found[0] == rows, found[1] > 0, found[2] == width else {
        throw fail(
          "\(array.shown(200)) of the shape [\(rows), \(width)] or [\(rows), tokens, \(width)]",
          "\(found.prefix(8))")
      }
      guard choice != nil else {
        throw fail(
          "--tokens first, last, mean, all or a position, which says which of the \(found[1]) tokens of \(array.shown(200)) "
            + "to take", "none")
      }
      guard found[1] == tokens ?? found[1] else {
        throw fail("\(tokens ?? 0) tokens of \(array.shown(200))", "\(found[1])")
      }
      tokens = found[1]
    }
    guard file.shape("\(name).x") == nil else { return tokens }
    guard let source = layer.rectifies, layers.contains(where: { $0.name.hasBytes(of: source) })
    else {
      throw fail(
        "\(name.shown(200)).x",
        "none"
          + (layer.rectifies.map {
            ", and layer \($0.shown(200)), whose rectified z it is, is not taken"
          } ?? ""))
    }
    return tokens
  }
}
