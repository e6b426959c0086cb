// One part of a recording, checked against what the recording says of itself; which numbers it holds, not the numbers.

internal import Basics
internal import Bits
internal import FoundationEssentials

/// What a part was found to be. Its arrays are read by RecordingSamples.
struct RecordingPart {
  let path: String
  /// Rows of its arrays; a row is a sample, or as many samples as tokens are taken of it.
  let rows: Int
  let outputs: Int
  /// Positions in the recording's classes, by row; nil where it has no labels.
  let labels: [Int?]?
  /// By row; nil where it has none.
  let keys: [String]?
  /// Of every row; nil where no array has tokens.
  let tokens: Int?
  /// Those of every row that are no padding.
  let lengths: [Int]
  /// By row and token.
  let tokenLabels: [Int?]?
  private let forms: [ByteText: (shape: [Int], type: String)]

  /// - Parameter file: The part, opened for `names(layers)`.
  /// - Throws: One line naming the part and the array.
  init(
    _ file: any RecordedArrays, of recording: Recording, layers: [Recording.Layer],
    tokens choice: TokenChoice?
  ) throws {
    path = file.path
    guard let shape = file.shape("logits"), (2...3).contains(shape.count), !shape.contains(0) else {
      throw file.fail(
        "logits of the shape [samples, outputs] or [samples, tokens, outputs]", file.told("logits"))
    }
    let rows = shape[0]
    (self.rows, outputs) = (rows, shape[shape.count - 1])
    if let known = recording.outputs?.count, known != outputs {
      throw file.fail("logits of \(known) outputs", "\(outputs)")
    }
    tokens = try Self.tokens(in: file, layers, rows: rows, outputs: outputs, choice)
    func positions(_ name: String, _ shape: [Int], isTaken: (Int) -> Bool) throws -> [Int?]? {
      guard file.type(name) != nil else { return nil }
      guard file.shape(name) == shape else {
        throw file.fail("\(name) of the shape \(shape)", file.told(name))
      }
      return try file.wholes(name).enumerated().map { place, label in
        guard isTaken(place), label != -1 else { return nil }
        guard recording.classes.indices.contains(label) else {
          throw file.fail("\(name) from -1 to \(recording.classes.count - 1)", "\(label)")
        }
        return label
      }
    }
    let lengths = try Self.lengths(in: file, rows: rows, tokens: tokens)
    labels = try positions("labels", [rows]) { _ in true }
    tokenLabels = try tokens.flatMap { tokens in
      // What padding is labelled with is nobody's label.
      try positions("token_labels", [rows, tokens]) { $0 % tokens < lengths[$0 / tokens] }
    }
    self.lengths = lengths
    if let last = choice?.greatest, tokens != nil, let other = lengths.first(where: { $0 <= last })
    {
      throw file.fail(
        "more than \(last) tokens of every sample, as --tokens names that position", "\(other)")
    }
    try Self.checkImages(in: file, rows: rows)
    keys = try file.keys()
    if let keys, keys.count != rows {
      throw file.fail("\(rows) keys, one for each sample", "\(keys.count)")
    }
    var forms: [ByteText: (shape: [Int], type: String)] = [:]
    for name in Self.names(layers) {
      if let shape = file.shape(name), let type = file.type(name) {
        forms[ByteText(name)] = (shape, type)
      }
    }
    self.forms = forms
  }

  /// nil where there is no such array.
  func shape(_ name: String) -> [Int]? { forms[ByteText(name)]?.shape }
  func type(_ name: String) -> String? { forms[ByteText(name)]?.type }

  /// Number type and axes of every array: each part has the same.
  func forms(_ layers: [Recording.Layer]) -> [(name: String, form: String)] {
    Self.names(layers).map { name in
      (name, type(name).map { "\($0), \(shape(name)?.count ?? 0) axes" } ?? "none")
    } + [("keys", keys == nil ? "none" : "some")]
  }

  /// Names of what there may be.
  static func names(_ layers: [Recording.Layer]) -> [String] {
    ["labels", "lengths", "token_labels", images] + numbers(layers)
  }

  /// Names of what there may be of numbers.
  static func numbers(_ layers: [Recording.Layer]) -> [String] {
    ["logits"] + layers.flatMap { ["\($0.name).x", "\($0.name).z"] }
  }

  /// How many tokens of each row are valid.
  private static func lengths(
    in file: any RecordedArrays, rows: Int, tokens: Int?
  ) throws -> [Int] {
    guard file.type("lengths") != nil else { return [Int](repeating: tokens ?? 1, count: rows) }
    guard file.shape("lengths") == [rows] else {
      throw file.fail("lengths of the shape [\(rows)]", file.told("lengths"))
    }
    let lengths = try file.wholes("lengths")
    if let other = lengths.first(where: { !(1...(tokens ?? Int.max)).contains($0) }) {
      throw file.fail("lengths from 1" + (tokens.map { " to \($0)" } ?? ""), "\(other)")
    }
    return lengths
  }

  /// How many tokens those arrays have that have any, which is the same number in all of them. That numbers have their
  /// shapes, and that every x is there or can be had.
  private static func tokens(
    in file: any RecordedArrays, _ layers: [Recording.Layer], rows: Int, outputs: Int,
    _ choice: TokenChoice?
  ) throws -> Int? {
    var tokens: Int?
    func check(_ name: String, _ width: Int) throws {
      guard let found = file.shape(name) else { return }
      try file.checkNumbers(name)
      if found == [rows, width] { return }
      guard found.count == 3, found[0] == rows, found[1] > 0, found[2] == width else {
        throw file.fail(
          "\(name.shown(200)) of the shape [\(rows), \(width)] or [\(rows), tokens, \(width)]",
          file.told(name))
      }
      guard choice != nil else {
        throw file.fail(
          "--tokens first, last, mean, all or positions, which says which of the \(found[1]) tokens of "
            + "\(name.shown(200)) to take", "none")
      }
      guard found[1] == tokens ?? found[1] else {
        throw file.fail(
          "\(tokens ?? 0) tokens in every array that has some", "\(found[1]) of \(name.shown(200))")
      }
      tokens = found[1]
    }
    for layer in layers {
      let (x, z) = ("\(layer.name).x", "\(layer.name).z")
      try check(x, layer.weights.shape.inputs)
      try check(z, layer.weights.shape.outputs)
      if let own = file.shape(x), let other = file.shape(z), own.count != other.count {
        throw file.fail("\(z.shown(200)) with tokens as \(x.shown(200)) has them", file.told(z))
      }
      guard file.shape(x) == nil else { continue }
      guard let source = layer.rectifies, layers.contains(where: { $0.name.hasBytes(of: source) })
      else {
        throw file.fail(
          x.shown(200),
          "none"
            + (layer.rectifies.map {
              ", and layer \($0.shown(200)), whose rectified z it is, is not taken"
            } ?? ""))
      }
    }
    try check("logits", outputs)
    return tokens
  }
}
