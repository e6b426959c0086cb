// The samples of a network's run: the images of a data set, or tokens of them, each a sample of its own as recordings have
// them (TokenChoice).

internal import Basics
internal import ContentHash
internal import DataSets
internal import Networks
internal import Warehouse

/// A data set's images, or of every image some tokens.
struct RunSamples: LabelledSet, Sendable {
  let data: ImageDataSet
  /// Those of every image that are samples, ascending; nil where the image is one.
  let tokens: [Int]?
  /// By sample: a token's is its image's.
  let labels: [Int?]

  init(_ data: ImageDataSet, tokens: [Int]?) {
    (self.data, self.tokens) = (data, tokens)
    labels =
      tokens.map { tokens in data.labels.flatMap { [Int?](repeating: $0, count: tokens.count) } }
      ?? data.labels
  }

  var name: String { data.name }
  var classes: [ClassName] { data.classes }
  var hasNumberedClasses: Bool { data.hasNumberedClasses }
  var count: Int { labels.count }

  func image(of sample: Int) -> Int { tokens.map { sample / $0.count } ?? sample }

  func key(_ sample: Int) -> String {
    let own = data.keys[image(of: sample)]
    return tokens.map { TokenChoice.key(own, token: $0[sample % $0.count]) } ?? own
  }

  /// Where it stands in a pass over images.
  /// - Parameter image: The place of its image there.
  func row(_ sample: Int, image: Int) -> TokenRow {
    TokenRow(sample: image, token: tokens.map { sample % $0.count } ?? 0)
  }

  /// Tokens are a data set of their own.
  var fingerprint: String {
    guard let tokens else { return data.fingerprint }
    var hasher = ContentHasher()
    for text in [
      "tokens of a data set", data.fingerprint, tokens.map(String.init).joined(separator: ","),
    ] {
      hasher.update(text)
    }
    return hasher.finish()
  }

  /// Tokens by their images.
  func labelling(of rows: [SampleRow]) -> LabellingRecord? {
    guard tokens != nil else { return nil }
    return .tokens(rows, source: data.name) { data.keys[image(of: $0)] }
  }
}

extension CapturedModel {
  /// The tokens of every image that are samples of their own where these layers are kept; nil where an image is one sample.
  /// - Throws: `CaptureError` where the layers have no such tokens, or each its own number of them.
  func tokens(of layers: [FullyConnectedInfo]) throws -> [Int]? {
    guard let tokens else { return nil }
    let counts =
      layers.compactMap { layer in layer.tokens.map { (name: layer.name, count: $0) } }
      + (logitTokens.map { [(name: "the logits", count: $0)] } ?? [])
    if let last = tokens.greatest, let other = counts.first(where: { $0.count <= last }) {
      throw CaptureError(
        "--tokens \(tokens): expected more than \(last) tokens in every layer that is kept, found \(other.count) in "
          + "\(other.name.shown(200)); name lower positions, or keep other layers (--layers)")
    }
    guard tokens.isSpread else { return nil }
    guard let first = counts.first else {
      throw CaptureError(
        "--tokens \(tokens): expected a layer over tokens among those that are kept, found \(listed(layers.map(\.name))); "
          + "leave it out, or keep others (--layers)")
    }
    guard counts.allSatisfy({ $0.count == first.count }) else {
      throw CaptureError(
        "--tokens \(tokens): expected the same number of tokens in every layer that is kept, as each token is a sample, "
          + "found \(Self.told(counts)); keep layers of one number (--layers)")
    }
    return tokens.spread(first.count)
  }

  /// "196 tokens in a, b; 49 in c".
  private static func told(_ counts: [(name: String, count: Int)]) -> String {
    var numbers: [Int] = []
    for layer in counts where !numbers.contains(layer.count) { numbers.append(layer.count) }
    return numbers.map { number in
      "\(number) in " + listed(counts.filter { $0.count == number }.map(\.name), most: 3)
    }.joined(separator: "; ")
  }
}

extension CaptureJob {
  /// What is the image's in every token's row.
  var tokenNotes: [String] {
    let others = engine.layers.filter { $0.tokens == nil }.map(\.name)
    guard samples.tokens != nil, !others.isEmpty else { return [] }
    return [
      "layers that are not over tokens have their image's x and z in each of its tokens' rows: \(listed(others))"
    ]
  }
}
