// The images of a batch, ready before the network asks for them: decoded by all threads, and the next batch's while the
// network is at work on this one's.

internal import Basics
internal import Dispatch
internal import Synchronization

/// One image for each sample of a batch.
package struct BatchImages: Sendable {
  /// All zeros where an image cannot be read: its row stays in its block, so that other samples do not move.
  package private(set) var images: [ArraySlice<UInt8>] = []
  /// What is wrong with the images that cannot be read, a line each, by their place in the batch, ascending.
  package private(set) var unreadable: [(index: Int, error: DataSetError)] = []

  /// Decodes on at most `threads` threads, which images that lie in memory do not need.
  package init(_ positions: ArraySlice<Int>, of data: ImageDataSet, threads: Int) {
    let positions = Array(positions)
    let found = Parallel.map(
      positions.count, atATime: 4, threads: data.isMadeWhenAsked ? threads : 1
    ) { range in
      positions[range].map { position in
        Result { () throws(DataSetError) in try data.image(position) }
      }
    }
    for (index, image) in found.joined().enumerated() {
      switch image {
      case .success(let image): images.append(image)
      case .failure(let error):
        images.append([UInt8](repeating: 0, count: data.shape.count)[...])
        unreadable.append((index, error))
      }
    }
  }

  /// Some that follow each other, as a batch of their own.
  package func taking(_ places: Range<Int>) -> BatchImages {
    guard places != images.indices else { return self }
    var own = self
    own.images = Array(images[places])
    own.unreadable = unreadable.filter { places.contains($0.index) }.map {
      ($0.index - places.lowerBound, $0.error)
    }
    return own
  }

  /// Places of the images that can be read; nil where all can.
  package var readable: [Int]? {
    guard !unreadable.isEmpty else { return nil }
    let missing = Set(unreadable.map(\.index))
    return images.indices.filter { !missing.contains($0) }
  }
}

/// Gives out batches in order, one ahead.
package final class BatchReader {
  private let data: ImageDataSet
  private let threads: Int
  private var ahead: (batch: ArraySlice<Int>, box: Box, done: DispatchGroup)?

  private final class Box: Sendable {
    let images = Mutex<BatchImages?>(nil)
  }

  package init(_ data: ImageDataSet, threads: Int) {
    self.data = data
    self.threads = threads
  }

  /// No thread is at work behind a reader that is let go, so that the process can end.
  deinit { ahead?.done.wait() }

  /// - Parameter next: The batch that will be asked for after this one, empty at the end.
  package func images(_ batch: ArraySlice<Int>, next: ArraySlice<Int>) -> BatchImages {
    guard data.isMadeWhenAsked else { return BatchImages(batch, of: data, threads: threads) }
    var images: BatchImages?
    if let ahead, ahead.batch == batch {
      ahead.done.wait()
      images = ahead.box.images.withLock { $0 }
    }
    ahead = nil
    if !next.isEmpty {
      let (box, done) = (Box(), DispatchGroup())
      DispatchQueue.global().async(group: done) { [data, threads] in
        data.prefetch(next)
        let images = BatchImages(next, of: data, threads: threads)
        box.images.withLock { $0 = images }
      }
      ahead = (next, box, done)
    }
    return images ?? BatchImages(batch, of: data, threads: threads)
  }
}
