// The samples of a recording, read some at a time. Checking its parts is RecordingPart's, what they become RecordingJob's.

internal import Basics
internal import Bits
internal import ContentHash
internal import WeightFiles

/// One thread uses it at a time.
final class RecordingSamples {
  let recording: Recording
  let layers: [Recording.Layer]
  let tokens: TokenChoice?
  let outputCount: Int
  /// By sample; unique. A token's is its sample's with `#` and its position.
  let keys: [String]
  /// Positions in the recording's classes.
  let labels: [Int?]
  /// Number types of x and z by array, "fc1.x": "F16", where they are not F32.
  let types: [String: String]
  private let parts: [Part]
  var count: Int { keys.count }

  private struct Part {
    let own: RecordingPart
    /// The first sample of every row, and behind them the end.
    let starts: [Int]
    var samples: Range<Int> { starts[0]..<starts[own.rows] }
  }

  /// Opens every part and reads its keys and labels.
  /// - Throws: `CaptureError` or `WeightFileError`, one line, naming the part and the array.
  init(_ recording: Recording, layers: [Recording.Layer], tokens: TokenChoice?) throws {
    (self.recording, self.layers, self.tokens) = (recording, layers, tokens)
    var parts: [Part] = []
    var (keys, labels, rows) = ([String](), [Int?](), 0)
    var known: Set<ByteText> = []
    for path in recording.parts {
      let part = try RecordingPart(opening: path, of: recording, layers: layers, tokens: tokens)
      if let first = parts.first?.own {
        guard part.outputs == first.outputs else {
          throw CaptureError(
            "\(path): expected logits of \(first.outputs) outputs, found \(part.outputs)")
        }
        for (own, other) in zip(part.forms(layers), first.forms(layers))
        where own.form != other.form {
          throw CaptureError(
            "\(path): expected \(own.name.shown(200)) as in the first part (\(other.form)), found \(own.form)"
          )
        }
      }
      var starts = [keys.count]
      for row in 0..<part.rows {
        let key = part.keys?[row] ?? "\(rows + row)"
        guard !key.isEmpty, known.insert(ByteText(key)).inserted else {
          throw CaptureError(
            "\(path): expected keys that name one sample each, found "
              + (key.isEmpty ? "an empty one" : "'\(key.shown(200))' again"))
        }
        let count = tokens == .all && part.tokens != nil ? part.lengths[row] : 1
        for token in 0..<count {
          keys.append(tokens == .all && part.tokens != nil ? "\(key)#\(token)" : key)
          let own = part.tokens.flatMap { part.tokenLabels?[row * $0 + token] }
          labels.append(tokens == .all && part.tokenLabels != nil ? own : part.labels?[row])
        }
        starts.append(keys.count)
      }
      rows += part.rows
      parts.append(Part(own: part, starts: starts))
    }
    if let said = recording.sampleCount, said != rows {
      throw CaptureError(
        "\(recording.path): expected \(said) samples as recording.json says, found \(rows) in its parts"
      )
    }
    if tokens != nil, parts.allSatisfy({ $0.own.tokens == nil }) {
      throw CaptureError(
        "\(recording.path): expected layers with tokens for --tokens, found none; leave it out")
    }
    self.parts = parts
    self.keys = keys
    self.labels = labels
    outputCount = parts[0].own.outputs
    let file = parts[0].own.file
    types = Dictionary(
      uniqueKeysWithValues: RecordingPart.arrays(layers).compactMap { name in
        file.type(name).flatMap { $0 == "F32" ? nil : (name, $0) }
      })
  }

  /// Logits of some samples, and of every layer x and z, in their order; nil for what was not recorded.
  func read(
    _ samples: Range<Int>
  ) throws -> (logits: [Float], layers: [(x: [Float]?, z: [Float]?)]) {
    var logits: [Float] = []
    var layers = self.layers.map { _ in (x: [Float]?.none, z: [Float]?.none) }
    for part in parts where part.samples.overlaps(samples) {
      let own = part.samples.clamped(to: samples)
      logits += try vectors("logits", own, of: part) ?? []
      for (index, layer) in self.layers.enumerated() {
        if let x = try vectors("\(layer.name).x", own, of: part) {
          layers[index].x = (layers[index].x ?? []) + x
        }
        if let z = try vectors("\(layer.name).z", own, of: part) {
          layers[index].z = (layers[index].z ?? []) + z
        }
      }
    }
    return (logits, layers)
  }

  private func vectors(_ name: String, _ samples: Range<Int>, of part: Part) throws -> [Float]? {
    guard let shape = part.own.file.shape(name) else { return nil }
    // The row that a sample is of: the last that does not begin behind it.
    func row(of sample: Int) -> Int {
      var (low, high) = (0, part.own.rows - 1)
      while low < high {
        let middle = (low + high + 1) / 2
        if part.starts[middle] <= sample { low = middle } else { high = middle - 1 }
      }
      return low
    }
    let rows = row(of: samples.lowerBound)..<row(of: samples.upperBound - 1) + 1
    let values = try part.own.file.floats(name, rows: rows)
    if rows.count == samples.count, shape.count == 2 { return values }
    let width = shape[shape.count - 1]
    let count = shape.count == 3 ? shape[1] : 1
    var found: [Float] = []
    found.reserveCapacity(samples.count * width)
    for sample in samples {
      let row = row(of: sample)
      func token(_ position: Int) -> ArraySlice<Float> {
        let first = ((row - rows.lowerBound) * count + position) * width
        return values[first..<first + width]
      }
      switch shape.count == 3 ? tokens : nil {
      case nil, .first: found += token(0)
      case .last: found += token(part.own.lengths[row] - 1)
      case .at(let position): found += token(position)
      case .all: found += token(sample - part.starts[row])
      case .mean:
        var sums = [Double](repeating: 0, count: width)
        for position in 0..<part.own.lengths[row] {
          for (index, value) in token(position).enumerated() { sums[index] += Double(value) }
        }
        found += sums.map { Float($0 / Double(part.own.lengths[row])) }
      }
    }
    return found
  }

  /// Adds the numbers of every array that the run is made of, as they stand in the parts, however samples are dealt out
  /// among those.
  func hash(into hasher: inout ContentHasher, isCancelled: () -> Bool) throws {
    for name in ["logits"] + RecordingPart.arrays(layers) {
      guard let type = parts[0].own.file.type(name) else { continue }
      hasher.update(name)
      hasher.update(type)
      for part in parts {
        for row in 0..<part.own.rows {
          hasher.update(try part.own.file.bytes(name, rows: row..<row + 1))
          if row % 256 == 0, isCancelled() { throw CaptureCancelled(stored: nil) }
        }
      }
    }
    for part in parts { for length in part.own.lengths { hasher.update(UInt64(length)) } }
  }
}
