// What a job works on at a time: images that are run together, and the samples that are taken of them. Where images are the
// samples that is a batch of them; where tokens are, images are cut into blocks wherever the samples begin, so that parts of
// a run and runs that are gone on with compute what the whole one does.

internal import DataSets
internal import Networks
internal import Warehouse

/// Images, and the samples of theirs that are asked for.
struct ImageBatch {
  /// In the data set.
  let images: ArraySlice<Int>
  /// Of the samples, in the selection.
  let places: Range<Int>
}

/// A share of a batch that the network is run over at once.
struct BatchPart {
  /// Of the batch's images.
  let images: Range<Int>
  /// In the selection: what is written at once.
  let chunks: [Range<Int>]
}

/// The samples that are written at once.
struct ChunkRows {
  /// By row, the position of its image in the data set.
  let origins: [Int]
  /// Rows whose image can be read; nil where all can.
  let readable: [Int]?
  /// Of the readable ones, in the selection and among the samples.
  let places: [Int]
  let positions: [Int]
  /// Of the readable ones, the place of its image in the batch.
  let images: [Int]
  let unreadable: [Batch.Unreadable]

  /// Every readable one's, by its image.
  func pictures(_ made: [Picture?]?, where isWanted: (Int) -> Bool) -> [Picture?] {
    guard let made else { return [] }
    return zip(positions, images).map { isWanted($0) ? made[$1] : nil }
  }
}

/// The images that a selection's samples are of.
struct SelectedImages: Sendable {
  /// In the data set, ascending.
  let images: [Int]
  /// By image, the place of its first sample in the selection, and behind them the end; nil where images are samples.
  let starts: [Int]?

  init(of positions: [Int], in samples: RunSamples) {
    guard samples.tokens != nil else {
      (images, starts) = (positions, nil)
      return
    }
    var (images, starts) = ([Int](), [Int]())
    for (place, position) in positions.enumerated() {
      let image = samples.image(of: position)
      guard image != images.last else { continue }
      images.append(image)
      starts.append(place)
    }
    (self.images, self.starts) = (images, starts + [positions.count])
  }

  /// The image, by its place among these, that a place of the selection is of.
  func image(of place: Int) -> Int {
    guard let starts else { return place }
    var (image, high) = (0, images.count - 1)
    while image < high {
      let middle = (image + high + 1) / 2
      if starts[middle] <= place { image = middle } else { high = middle - 1 }
    }
    return image
  }

  /// The places of an image's samples.
  func places(_ image: Int) -> Range<Int> {
    starts.map { $0[image]..<$0[image + 1] } ?? image..<image + 1
  }
}

extension CaptureJob {
  /// Images to a block: what gradients of attacks are computed in.
  private static let block = 32

  /// The next samples with their images; empty behind the last one, or behind `end`.
  func batch(from first: Int, to end: Int? = nil) -> ImageBatch {
    let end = min(end ?? range.upperBound, range.upperBound)
    guard first < end else { return ImageBatch(images: [], places: end..<end) }
    guard samples.tokens != nil else {
      let places = first..<min(first + batchSize, end)
      return ImageBatch(images: positions[places], places: places)
    }
    let start = selected.image(of: first) / Self.block * Self.block
    let images = start..<min(start + Self.block, selected.images.count)
    return ImageBatch(
      images: selected.images[images],
      places: first..<min(selected.places(images.upperBound - 1).upperBound, end))
  }

  /// Images whose layers are in memory at once, where tokens are samples.
  private var imagesAtOnce: Int {
    max(1, min(Self.block, Shard.batch / max(1, samples.tokens?.count ?? 1)))
  }

  /// Tokens to a transaction: fewer where their x and z would fill memory while they wait to be written.
  private var tokensAtOnce: Int {
    let bytes = engine.layers.reduce(0) { $0 + 4 * ($1.inputs + $1.outputs) }
    return max(1, min(batchSize, (64 << 20) / max(1, bytes)))
  }

  /// A batch as the network is run over it: whole where images are samples.
  func parts(of batch: ImageBatch) -> [BatchPart] {
    guard samples.tokens != nil else {
      return [BatchPart(images: 0..<batch.images.count, chunks: [batch.places])]
    }
    let first = batch.images.startIndex
    return stride(from: 0, to: batch.images.count, by: imagesAtOnce).compactMap { start in
      let images = start..<min(start + imagesAtOnce, batch.images.count)
      let own =
        selected.places(first + images.lowerBound)
        .lowerBound..<selected.places(first + images.upperBound - 1).upperBound
      let places = own.clamped(to: batch.places)
      guard !places.isEmpty else { return nil }
      return BatchPart(
        images: images,
        chunks: stride(from: places.lowerBound, to: places.upperBound, by: tokensAtOnce).map {
          $0..<min($0 + tokensAtOnce, places.upperBound)
        })
    }
  }

  /// Some samples of a batch.
  func rows(_ places: Range<Int>, of batch: ImageBatch, _ images: BatchImages) -> ChunkRows {
    let errors = Dictionary(
      uniqueKeysWithValues: images.unreadable.map { ($0.index, $0.error) })
    let all = self.images(of: places, in: batch)
    let readable = all.indices.filter { errors[all[$0]] == nil }
    return ChunkRows(
      origins: all.map { batch.images[batch.images.startIndex + $0] },
      readable: readable.count == all.count ? nil : readable,
      places: readable.map { places.lowerBound + $0 },
      positions: readable.map { positions[places.lowerBound + $0] },
      images: readable.map { all[$0] },
      unreadable: all.indices.compactMap { row in
        errors[all[row]].map { unreadable(positions[places.lowerBound + row], $0) }
      })
  }

  /// By place, where its image stands in the batch.
  func images(of places: Range<Int>, in batch: ImageBatch) -> [Int] {
    places.map { selected.image(of: $0) - batch.images.startIndex }
  }

  /// A pass over images of a batch, from the one at `first` on, as one over samples.
  func result(
    _ pass: ForwardResult, of places: Range<Int>, in batch: ImageBatch, from first: Int = 0
  ) -> ForwardResult {
    guard samples.tokens != nil else { return pass }
    return pass.taking(
      zip(places, images(of: places, in: batch)).map { place, image in
        samples.row(positions[place], image: image - first)
      })
  }

  /// Images of the batch that no batch before it had samples of, by their place in it.
  func fresh(_ batch: ImageBatch) -> Range<Int> {
    let first = batch.images.startIndex
    let images = batch.images.indices.filter { image in
      batch.places.contains(max(selected.places(image).lowerBound, range.lowerBound))
    }
    guard let lowest = images.first, let highest = images.last else { return 0..<0 }
    return lowest - first..<highest + 1 - first
  }

  /// The images of the run, or of its part.
  var rangeImages: ArraySlice<Int> {
    selected.images[selected.image(of: range.lowerBound)...selected.image(of: range.upperBound - 1)]
  }
}
