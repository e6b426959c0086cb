// The samples of a data set that a training or a test uses, ready for a network.

package import DataSets
internal import Networks
internal import Synchronization

/// Chosen samples with the labels they are trained on. Images are preprocessed when asked for, and decoded once, up
/// front, where they fit into memory.
package struct TrainingSamples: Sendable {
  let set: ImageDataSet
  /// Positions in the data set of samples whose images can be read, ascending.
  let indices: [Int]
  /// One for each of `indices`; none of outliers.
  let labels: [Int]
  /// Remarks on what was passed over and on images that cannot be read, a line each.
  let notes: [String]
  private let unreadable: Int
  private let preprocessing: Preprocessing
  /// One for each of `indices`; nil where they are made anew whenever they are asked for.
  private let images: [ArraySlice<UInt8>]?
  private let lost = LostImage()

  private static let mostNotes = 20

  /// - Parameters:
  ///   - labels: One a sample of the set; nil for outliers, which are of no class.
  ///   - isStrict: Whether an image that cannot be read is refused.
  ///   - mostBytes: Of decoded images that are kept.
  package init(
    _ set: ImageDataSet, indices: [Int], labels: [Int?]?, preprocessing: Preprocessing,
    threads: Int,
    isStrict: Bool, mostBytes: Int = 2 << 30
  ) throws {
    let unlabelled = labels.map { labels in indices.count { labels[$0] == nil } } ?? 0
    guard unlabelled == 0 else {
      throw TrainingError(
        "\(set.name): expected a label for every sample, found \(unlabelled) without one")
    }
    self.set = set
    self.preprocessing = preprocessing
    var readable: [Int] = []
    var images: [ArraySlice<UInt8>] = []
    var notes: [String] = []
    let isKept = indices.count * set.shape.count <= mostBytes
    // All are looked at, kept or not: a training is of the same samples in every epoch.
    let reader = BatchReader(set, threads: threads)
    for first in stride(from: 0, to: indices.count, by: 256) {
      let batch = indices[first..<min(first + 256, indices.count)]
      let next = indices[batch.endIndex..<min(batch.endIndex + 256, indices.count)]
      let decoded = reader.images(batch, next: next)
      for (_, error) in decoded.unreadable {
        if isStrict { throw TrainingError("\(error); leave --strict out to train without it") }
        notes.append("left out: \(error)")
      }
      for index in decoded.readable ?? Array(decoded.images.indices) {
        readable.append(batch[first + index])
        if isKept { images.append(decoded.images[index]) }
      }
    }
    guard !readable.isEmpty else {
      throw TrainingError("\(set.name): expected images, found none that can be read")
    }
    unreadable = notes.count
    self.notes =
      set.notes
      + (notes.count <= Self.mostNotes
        ? notes
        : notes.prefix(Self.mostNotes)
          + ["left out: \(notes.count - Self.mostNotes) more images that cannot be read"])
    self.indices = readable
    self.images = isKept ? images : nil
    self.labels = labels.map { labels in readable.compactMap { labels[$0] } } ?? []
  }

  var count: Int { indices.count }

  var summary: TrainedData {
    TrainedData(
      name: set.name, fingerprint: set.fingerprint, samples: count,
      unreadable: unreadable == 0 ? nil : unreadable)
  }

  /// Writes sample `i` of the chosen ones as the network's input. One whose image could be read at first and cannot
  /// any more is black, and `check` throws from then on.
  package func write(_ i: Int, into input: inout MutableSpan<Float>) {
    if let images { return preprocessing.apply(images[i], shape: set.shape, into: &input) }
    let image: ArraySlice<UInt8>
    do { image = try set.image(indices[i]) } catch {
      lost.first.withLock { $0 = $0 ?? error }
      image = [UInt8](repeating: 0, count: set.shape.count)[...]
    }
    preprocessing.apply(image, shape: set.shape, into: &input)
  }

  /// Throws `TrainingError` once an image is lost: what was computed since is of other samples than the training's.
  package func check() throws {
    guard let error = lost.first.withLock({ $0 }) else { return }
    throw TrainingError(
      "\(error); the training began with this image: put it back, and go on with --resume")
  }

  /// Share of the samples that the network classifies as labelled.
  func accuracy(of network: Network, threads: Int) -> Double {
    let result = network.evaluate(labels: labels, threads: threads) { write($0, into: &$1) }
    return Double(result.correct) / Double(max(1, count))
  }
}

/// The first image that could be read at first and could not be later.
private final class LostImage: Sendable {
  let first = Mutex<DataSetError?>(nil)
}
