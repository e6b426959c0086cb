// The samples of a recording, checked against what it says of itself and read some at a time. What they become is
// RecordingJob's.

internal import Basics
internal import Bits
internal import ContentHash
internal import DataSets
internal import WeightFiles

/// Which token of a sample is taken where a layer has several.
package enum TokenChoice: Hashable, Sendable, CustomStringConvertible {
  case first
  /// The last one that is no padding.
  case last
  /// The mean of those that are no padding.
  case mean
  case at(Int)

  /// - Throws: `CaptureError` for another text.
  package init(parsing text: String) throws {
    switch text {
    case "first": self = .first
    case "last": self = .last
    case "mean": self = .mean
    default:
      guard let position = Int(text), position >= 0 else {
        throw CaptureError(
          "--tokens takes first, last, mean or a position from 0, not '\(text.shown(80))'")
      }
      self = .at(position)
    }
  }

  package var description: String {
    switch self {
    case .first: "first"
    case .last: "last"
    case .mean: "mean"
    case .at(let position): "\(position)"
    }
  }
}

/// One thread uses it at a time.
final class RecordingSamples {
  let recording: Recording
  let layers: [Recording.Layer]
  let tokens: TokenChoice?
  private let parts: [Part]
  let outputCount: Int
  /// By sample; unique.
  let keys: [String]
  /// Positions in the recording's classes.
  let labels: [Int?]
  /// Number types of x and z by array, "fc1.x": "F16", where they are not F32.
  let types: [String: String]
  var count: Int { keys.count }

  private struct Part {
    let file: TensorFile
    let samples: Range<Int>
    let lengths: [Int]?
  }

  /// Opens every part and reads its keys and labels.
  /// - Throws: `CaptureError` or `WeightFileError`, one line, naming the part and the array.
  init(_ recording: Recording, layers: [Recording.Layer], tokens: TokenChoice?) throws {
    (self.recording, self.layers, self.tokens) = (recording, layers, tokens)
    var parts: [Part] = []
    var (keys, labels) = ([String](), [Int?]())
    var known: Set<ByteText> = []
    var forms: [String: String] = [:]
    var outputs: Int?
    for path in recording.parts {
      let file = try TensorFile(opening: path)
      func fail(_ expected: String, _ found: String) -> CaptureError {
        CaptureError("\(path): expected \(expected), found \(found)")
      }
      func told(_ name: String) -> String { file.shape(name).map { "\($0.prefix(8))" } ?? "none" }
      guard let shape = file.shape("logits"), shape.count == 2, shape[0] > 0, shape[1] > 0 else {
        throw fail("logits of the shape [samples, outputs]", told("logits"))
      }
      let count = shape[0]
      guard shape[1] == outputs ?? recording.outputs?.count ?? shape[1] else {
        throw fail("logits of \(outputs ?? recording.outputs?.count ?? 0) outputs", "\(shape[1])")
      }
      outputs = shape[1]
      // Every part has the same arrays, of the same types.
      var own: [String: String] = [:]
      for name in ["logits", "labels", "lengths"]
        + layers.flatMap({ ["\($0.name).x", "\($0.name).z"] })
      {
        own[name] = file.type(name).map { "\($0), \(file.shape(name)?.count ?? 0) axes" } ?? "none"
      }
      if parts.isEmpty { forms = own }
      if let other = own.keys.sorted().first(where: { own[$0] != forms[$0] }) {
        throw fail(
          "\(other.shown(200)) as in the first part (\(forms[other] ?? ""))", own[other] ?? "")
      }
      for layer in layers {
        try Self.check(layer, of: layers, in: file, count: count, tokens: tokens)
      }
      if file.type("labels") != nil {
        guard file.shape("labels") == [count] else {
          throw fail("labels of the shape [\(count)]", told("labels"))
        }
        for label in try file.wholes("labels") {
          guard label == -1 || recording.classes.indices.contains(label) else {
            throw fail("labels from -1 to \(recording.classes.count - 1)", "\(label)")
          }
          labels.append(label == -1 ? nil : label)
        }
      } else {
        labels += [Int?](repeating: nil, count: count)
      }
      var lengths: [Int]?
      if file.type("lengths") != nil {
        guard file.shape("lengths") == [count] else {
          throw fail("lengths of the shape [\(count)]", told("lengths"))
        }
        lengths = try file.wholes("lengths")
      }
      keys += try Self.keys(of: file, count: count, from: keys.count, &known)
      parts.append(Part(file: file, samples: keys.count - count..<keys.count, lengths: lengths))
    }
    guard
      parts.allSatisfy({
        ($0.file.metadata["keys"] == nil) == (parts[0].file.metadata["keys"] == nil)
      })
    else {
      throw CaptureError(
        "\(recording.path): expected keys in every part or in none, found them in some")
    }
    self.parts = parts
    self.keys = keys
    self.labels = labels
    outputCount = outputs ?? 0
    types = Dictionary(
      uniqueKeysWithValues: layers.flatMap { ["\($0.name).x", "\($0.name).z"] }.compactMap { name in
        parts[0].file.type(name).flatMap { $0 == "F32" ? nil : (name, $0) }
      })
  }

  private static func keys(
    of file: TensorFile, count: Int, from first: Int, _ known: inout Set<ByteText>
  ) throws -> [String] {
    guard let text = file.metadata["keys"] else { return (first..<first + count).map { "\($0)" } }
    guard let keys = RecordedKeys.parse(text), keys.count == count else {
      throw CaptureError(
        "\(file.path): expected keys to be a JSON list of \(count) texts, found "
          + (RecordedKeys.parse(text).map { "\($0.count)" } ?? "another value"))
    }
    for key in keys {
      guard !key.isEmpty, known.insert(ByteText(key)).inserted else {
        throw CaptureError(
          "\(file.path): expected keys that name one sample each, found '\(key.shown(200))' \(key.isEmpty ? "" : "again")"
        )
      }
    }
    return keys
  }

  /// That x and z have their shapes, and that x is there or can be had.
  private static func check(
    _ layer: Recording.Layer, of layers: [Recording.Layer], in file: TensorFile, count: Int,
    tokens: TokenChoice?
  ) throws {
    let (name, shape) = (layer.name, layer.weights.shape)
    for (array, width) in [("\(name).x", shape.inputs), ("\(name).z", shape.outputs)] {
      guard let found = file.shape(array) else { continue }
      let isPlain = found == [count, width]
      let hasTokens = found.count == 3 && found[0] == count && found[1] > 0 && found[2] == width
      guard isPlain || hasTokens else {
        throw CaptureError(
          "\(file.path): expected \(array.shown(200)) of the shape [\(count), \(width)] or [\(count), tokens, \(width)], "
            + "found \(found.prefix(8))")
      }
      guard isPlain || tokens != nil else {
        throw CaptureError(
          "\(file.path): expected --tokens first, last, mean or a position, which says which of the \(found[1]) tokens of "
            + "\(array.shown(200)) to take, found none")
      }
      if hasTokens, case .at(let position)? = tokens, position >= found[1] {
        throw CaptureError(
          "\(file.path): expected more than \(position) tokens of \(array.shown(200)), found \(found[1])"
        )
      }
    }
    guard file.shape("\(name).x") == nil else { return }
    guard let source = layer.rectifies, layers.contains(where: { $0.name.hasBytes(of: source) })
    else {
      throw CaptureError(
        "\(file.path): expected \(name.shown(200)).x, found none"
          + (layer.rectifies.map {
            ", and layer \($0.shown(200)), whose rectified z it is, is not taken"
          } ?? ""))
    }
  }

  /// Logits of some samples, and of every layer x and z, in their order; nil for what was not recorded.
  func read(
    _ samples: Range<Int>
  ) throws -> (logits: [Float], layers: [(x: [Float]?, z: [Float]?)]) {
    var logits: [Float] = []
    var layers = self.layers.map { _ in (x: [Float]?.none, z: [Float]?.none) }
    for part in parts where part.samples.overlaps(samples) {
      let own = part.samples.clamped(to: samples)
      let rows = own.lowerBound - part.samples.lowerBound..<own.upperBound - part.samples.lowerBound
      logits += try part.file.floats("logits", rows: rows)
      for (index, layer) in self.layers.enumerated() {
        if let x = try vectors("\(layer.name).x", rows, of: part) {
          layers[index].x = (layers[index].x ?? []) + x
        }
        if let z = try vectors("\(layer.name).z", rows, of: part) {
          layers[index].z = (layers[index].z ?? []) + z
        }
      }
    }
    return (logits, layers)
  }

  private func vectors(_ name: String, _ rows: Range<Int>, of part: Part) throws -> [Float]? {
    guard let shape = part.file.shape(name) else { return nil }
    let values = try part.file.floats(name, rows: rows)
    guard shape.count == 3, let tokens else { return values }
    let (count, width) = (shape[1], shape[2])
    return try rows.enumerated().flatMap { place, row in
      let length = part.lengths?[row] ?? count
      guard (1...count).contains(length) else {
        throw CaptureError(
          "\(part.file.path): expected lengths from 1 to \(count), found \(length)")
      }
      func token(_ position: Int) -> ArraySlice<Float> {
        let first = (place * count + position) * width
        return values[first..<first + width]
      }
      switch tokens {
      case .first: return Array(token(0))
      case .last: return Array(token(length - 1))
      case .at(let position):
        guard position < length else {
          throw CaptureError(
            "\(part.file.path): expected more than \(position) tokens of every sample, found \(length)"
          )
        }
        return Array(token(position))
      case .mean:
        var sums = [Double](repeating: 0, count: width)
        for position in 0..<length {
          for (index, value) in token(position).enumerated() { sums[index] += Double(value) }
        }
        return sums.map { Float($0 / Double(length)) }
      }
    }
  }

  /// Adds the numbers of every array that the run is made of, as they stand in the parts, whatever the parts are.
  func hash(into hasher: inout ContentHasher, isCancelled: () -> Bool) throws {
    for name in ["logits"] + layers.flatMap({ ["\($0.name).x", "\($0.name).z"] }) {
      guard let type = parts[0].file.type(name) else { continue }
      hasher.update(name)
      hasher.update(type)
      for part in parts {
        let count = part.samples.count
        for first in stride(from: 0, to: count, by: 256) {
          hasher.update(try part.file.bytes(name, rows: first..<min(first + 256, count)))
          if isCancelled() { throw CaptureCancelled(stored: nil) }
        }
      }
    }
    for part in parts {
      for length in part.lengths ?? [] { hasher.update(UInt64(bitPattern: Int64(length))) }
    }
  }
}
