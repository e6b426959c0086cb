// The samples of a recording, read some at a time. Checking its parts is RecordingPart's, what samples become RecordingJob's.

internal import Basics
internal import Bits

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
  /// Number types by array, "fc1.x": "F16", where they are not F32.
  let types: [String: String]
  let parts: [Part]
  /// The part that was read last: files are opened one at a time, however many a recording has.
  private var opened: (part: Int, file: any RecordedArrays)?
  var count: Int { keys.count }

  struct Part {
    let own: RecordingPart
    /// The first sample of every row, and behind them the end.
    let starts: [Int]
    /// The tokens taken of every row, each a sample; nil where a row is a sample.
    let spread: TokenChoice?
    var samples: Range<Int> { starts[0]..<starts[own.rows] }
  }

  /// Opens every part and reads its keys and labels.
  /// - Throws: One line naming the part and the array.
  init(_ recording: Recording, layers: [Recording.Layer], tokens: TokenChoice?) throws {
    (self.recording, self.layers, self.tokens) = (recording, layers, tokens)
    var parts: [Part] = []
    var (keys, labels, rows) = ([String](), [Int?](), 0)
    var known: Set<ByteText> = []
    for path in recording.parts {
      let file = try recording.form.open(path, arrays: RecordingPart.names(layers))
      let part = try RecordingPart(file, of: recording, layers: layers, tokens: tokens)
      if let first = parts.first?.own {
        guard part.outputs == first.outputs else {
          throw file.fail("logits of \(first.outputs) outputs", "\(part.outputs)")
        }
        for (own, other) in zip(part.forms(layers), first.forms(layers))
        where own.form != other.form {
          throw file.fail(
            "\(own.name.shown(200)) as in the first part (\(other.form))", own.form)
        }
      }
      var starts = [keys.count]
      for row in 0..<part.rows {
        let key = part.keys?[row] ?? "\(rows + row)"
        guard !key.isEmpty, known.insert(ByteText(key)).inserted else {
          throw file.fail(
            "keys that name one sample each",
            key.isEmpty ? "an empty one" : "'\(key.shown(200))' again")
        }
        let label = part.labels?[row]
        func tokenLabel(_ token: Int) -> Int? {
          part.tokens.flatMap { part.tokenLabels?[row * $0 + token] }
        }
        if part.tokens != nil, let tokens, let spread = tokens.spread(part.lengths[row]) {
          for token in spread {
            keys.append(TokenChoice.key(key, token: token))
            labels.append(part.tokenLabels == nil ? label : tokenLabel(token))
          }
        } else {
          keys.append(key)
          // A mean is of no token.
          let token = tokens == .mean ? nil : tokens?.tokens(part.lengths[row]).lowerBound
          labels.append(part.labels == nil ? token.flatMap(tokenLabel) : label)
        }
        starts.append(keys.count)
      }
      rows += part.rows
      parts.append(Part(own: part, starts: starts, spread: part.tokens == nil ? nil : tokens))
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
    let first = parts[0].own
    outputCount = first.outputs
    types = Dictionary(
      uniqueKeysWithValues: RecordingPart.numbers(layers).compactMap { name in
        first.type(name).flatMap { $0 == "F32" ? nil : (name, $0) }
      })
  }

  /// The key of the sample that a token is of; of another sample its own.
  func origin(of sample: Int) -> String {
    let key = keys[sample]
    guard let mark = key.lastIndex(of: "#"), key[key.index(after: mark)...].allSatisfy(\.isNumber)
    else { return key }
    return String(key[..<mark])
  }

  /// The arrays of a part.
  /// - Throws: `CaptureError` where they are others than they were.
  func file(_ index: Int) throws -> any RecordedArrays {
    if let opened, opened.part == index { return opened.file }
    // What is in memory of the one before is let go first.
    opened = nil
    let part = parts[index].own
    let names = RecordingPart.names(layers)
    let file = try recording.form.open(part.path, arrays: names)
    for name in names
    where file.shape(name) != part.shape(name) || file.type(name) != part.type(name) {
      throw file.fail("\(name.shown(200)) as it was when the part was checked", "another")
    }
    opened = (index, file)
    return file
  }

  /// Logits of some samples, and of every layer x and z, in their order; nil for what was not recorded.
  func read(
    _ samples: Range<Int>
  ) throws -> (logits: [Float], layers: [(x: [Float]?, z: [Float]?)]) {
    var logits: [Float] = []
    var layers = self.layers.map { _ in (x: [Float]?.none, z: [Float]?.none) }
    for (index, part) in parts.enumerated() where part.samples.overlaps(samples) {
      let own = part.samples.clamped(to: samples)
      logits += try vectors("logits", own, of: index) ?? []
      for (place, layer) in self.layers.enumerated() {
        if let x = try vectors("\(layer.name).x", own, of: index) {
          layers[place].x = (layers[place].x ?? []) + x
        }
        if let z = try vectors("\(layer.name).z", own, of: index) {
          layers[place].z = (layers[place].z ?? []) + z
        }
      }
    }
    return (logits, layers)
  }

  /// A vector for each sample.
  private func vectors(_ name: String, _ samples: Range<Int>, of index: Int) throws -> [Float]? {
    let part = parts[index]
    guard let shape = part.own.shape(name) else { return nil }
    let (file, width) = (try file(index), shape[shape.count - 1])
    let wanted = samples.map { part.vectors(of: $0, tokens: shape.count == 3 ? shape[1] : nil) }
    var found: [Float] = []
    var next = 0
    while next < wanted.count {
      // What lies side by side is read at once.
      var end = next + 1
      while end < wanted.count, wanted[end].lowerBound == wanted[end - 1].upperBound { end += 1 }
      let (first, last) = (wanted[next].lowerBound, wanted[end - 1].upperBound)
      let values = try file.floats(name, elements: first * width..<last * width)
      if end == wanted.count, found.isEmpty, values.count == wanted.count * width { return values }
      if values.count == (end - next) * width {
        found += values
      } else {
        for own in wanted[next..<end] {
          found += Self.mean(
            values[(own.lowerBound - first) * width..<(own.upperBound - first) * width], width)
        }
      }
      next = end
    }
    return found
  }

  private static func mean(_ values: ArraySlice<Float>, _ width: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: width)
    for first in stride(from: values.startIndex, to: values.endIndex, by: width) {
      for index in 0..<width { sums[index] += Double(values[first + index]) }
    }
    let count = Double(values.count / width)
    return sums.map { Float($0 / count) }
  }
}

extension RecordingSamples.Part {
  /// Which vectors of an array a sample is taken of: one, or those of which it is the mean.
  ///
  /// - Parameter tokens: Of every row; nil where the array has none.
  fileprivate func vectors(of sample: Int, tokens: Int?) -> Range<Int> {
    // The row that the sample is of: the last that does not begin behind it.
    var (row, high) = (0, own.rows - 1)
    while row < high {
      let middle = (row + high + 1) / 2
      if starts[middle] <= sample { row = middle } else { high = middle - 1 }
    }
    guard let tokens, let spread else { return row..<row + 1 }
    let length = own.lengths[row]
    let first = row * tokens
    if let several = spread.spread(length) {
      let place = first + several[sample - starts[row]]
      return place..<place + 1
    }
    let taken = spread.tokens(length)
    return first + taken.lowerBound..<first + taken.upperBound
  }
}
