// One batch from pixels to what the warehouse keeps: predictions, x and z, significance, counts.
// Leaves out where the batch comes from and where it goes.

internal import Basics
package import Bits
package import DataSets
package import Networks
internal import Synchronization

/// A layer's share of a batch, one element per sample; x and bits are empty where they are not kept.
package struct CapturedBlobs: Sendable {
  package var x: [[UInt8]]
  package var z: [[UInt8]]
  package var bits: [[UInt8]]
  /// Significant interactions.
  package var significant: [Int]
}

/// What came out for one sample.
package struct CapturedPrediction: Sendable {
  /// An output of the network.
  package let predicted: Int
  package let confidence: Double
  /// nil where no output says the sample's class.
  package let loss: Double?
}

/// Runs batches and sums up their class profiles.
package final class CaptureEngine: Sendable {
  package let layers: [FullyConnectedInfo]
  /// Which output says a sample's class, of every sample of the data set; nil where there is no right answer.
  let answers: [Int?]
  /// Per layer, under the true and under the permuted labels.
  let profiles: [(true: LayerProfile, permuted: LayerProfile)]
  let network: Network
  /// Outputs of an image, or of each of its tokens.
  let classCount: Int
  /// Of every image where each has logits of its own.
  private let logitTokens: Int?
  let data: ImageDataSet
  let preprocessing: Preprocessing
  let perturbation: Perturbation
  private let significances: [LayerSignificance]
  let threads: Int
  /// Per layer, whether its input is the rectified output of another layer here: x is not kept twice.
  let isChained: [Bool]

  package init(
    network: Network, layers: [FullyConnectedInfo], data: ImageDataSet, pairing: ClassPairing,
    preprocessing: Preprocessing, perturbation: Perturbation = .none, logitTokens: Int? = nil,
    threads: Int
  ) {
    self.logitTokens = logitTokens
    classCount = network.classCount / (logitTokens ?? 1)
    answers = data.labels.map { $0.flatMap { pairing.outputs[$0] } }
    self.network = network
    self.layers = layers
    self.data = data
    self.preprocessing = preprocessing
    self.perturbation = perturbation
    self.threads = threads
    isChained = layers.map { layer in layers.contains { $0.name == layer.rectifies } }
    significances = layers.map(LayerSignificance.init)
    profiles = layers.map {
      (
        LayerProfile(shape: $0.shape, classes: data.classes.count),
        LayerProfile(shape: $0.shape, classes: data.classes.count)
      )
    }
  }

  /// The network over samples of the data set, with every captured layer's x and z.
  /// - Parameters:
  ///   - images: The samples' images as the data set has them.
  ///   - pixels: In 0 … 255, where they are not these.
  ///   - features: Called with every sample's feature maps, by its place in the batch.
  package func forward(
    _ images: BatchImages, pixels: [Float]? = nil, capturing: Bool = true,
    features: FeatureReader? = nil
  ) -> ForwardResult {
    let images = images.images
    let result = network.forward(
      count: images.count, capturing: capturing ? layers.map(\.name) : [], threads: threads,
      features: features
    ) { [data, preprocessing] sample, input in
      let size = data.shape.count
      if let own = pixels?.span.extracting(sample * size..<(sample + 1) * size) {
        preprocessing.apply(own, shape: data.shape, into: &input)
      } else {
        preprocessing.apply(images[sample], shape: data.shape, into: &input)
      }
    }
    guard let logitTokens, let reduction = network.tokens else { return result }
    return result.reducing(logitsOf: logitTokens, by: reduction)
  }

  /// - Parameters:
  ///   - positions: Of the images, in the data set, by row.
  ///   - readable: Rows that are asked for; nil for all.
  /// - Throws: `CaptureError` where a sample's logits are no numbers.
  package func predictions(
    _ result: ForwardResult, at positions: some Collection<Int>, readable: [Int]? = nil
  ) throws(CaptureError) -> [CapturedPrediction] {
    let classes = classCount
    let positions = Array(positions)
    var predictions: [CapturedPrediction] = []
    for sample in readable ?? Array(0..<positions.count) {
      let position = positions[sample]
      let logits = result.logits.span.extracting(sample * classes..<(sample + 1) * classes)
      let predicted = SoftmaxCrossEntropy.prediction(logits)
      // What is predicted has a loss whether or not it is right: all logits are numbers where that is one.
      let loss = SoftmaxCrossEntropy.loss(logits, label: answers[position] ?? predicted)
      guard loss.isFinite else {
        throw CaptureError(
          "sample \(data.keys[position]): the network's output is not finite; the weights hold "
            + "values that are not numbers or far too large")
      }
      predictions.append(
        CapturedPrediction(
          predicted: predicted, confidence: SoftmaxCrossEntropy.probabilities(logits)[predicted],
          loss: answers[position].map { _ in loss }))
    }
    return predictions
  }

  /// Every layer's blobs, made by all threads; without `bits` the significant interactions are only counted.
  package func encode(_ result: ForwardResult, bits: Bool = true) -> [CapturedBlobs] {
    let chunk = SignificanceCounter.samplesPerBlock
    let chunks = (result.count + chunk - 1) / chunk
    let parts = Mutex([CapturedBlobs?](repeating: nil, count: layers.count * chunks))
    Parallel.run(layers.count * chunks, threads: threads) { [significances, isChained] _, task in
      let layer = result.layers[task / chunks]
      let first = task % chunks * chunk
      let samples = first..<min(first + chunk, result.count)
      let x = layer.x.span.extracting(
        samples.lowerBound * layer.inputs..<samples.upperBound * layer.inputs)
      let z = layer.z.span.extracting(
        samples.lowerBound * layer.outputs..<samples.upperBound * layer.outputs)
      let significance = significances[task / chunks].apply(
        x: x, z: z, count: samples.count, bits: bits)
      let blobs = CapturedBlobs(
        x: isChained[task / chunks]
          ? []
          : samples.map {
            SparseVector.encode(
              layer.x.span.extracting($0 * layer.inputs..<($0 + 1) * layer.inputs))
          },
        z: samples.map {
          FloatVector.encode(
            layer.z.span.extracting($0 * layer.outputs..<($0 + 1) * layer.outputs))
        },
        bits: significance.bits, significant: significance.counts)
      parts.withLock { $0[task] = blobs }
    }
    return parts.withLock { parts in
      layers.indices.map { layer in
        let own = parts[layer * chunks..<(layer + 1) * chunks].compactMap(\.self)
        return CapturedBlobs(
          x: own.flatMap(\.x), z: own.flatMap(\.z), bits: own.flatMap(\.bits),
          significant: own.flatMap(\.significant))
      }
    }
  }

  /// Adds a batch to the class profiles.
  /// - Parameters:
  ///   - z: Per layer, samples × outputs.
  ///   - labels: Every sample's class position under the true and under the permuted labels; those without are not
  ///     counted.
  package func count(
    _ blobs: [CapturedBlobs], z: [[Float]], labels: (true: [Int?], permuted: [Int?])
  ) throws(BitsError) {
    let failure = Mutex<BitsError?>(nil)
    Parallel.run(2 * layers.count, threads: threads) { [profiles] _, task in
      let layer = task / 2
      let isTrue = task % 2 == 0
      let profile = isTrue ? profiles[layer].true : profiles[layer].permuted
      do throws(BitsError) {
        try profile.add(
          bits: blobs[layer].bits, z: z[layer], classes: isTrue ? labels.true : labels.permuted)
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
