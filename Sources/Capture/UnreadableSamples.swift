// Samples whose images cannot be read: told while a job runs, noted in the warehouse, left out of everything else.

internal import Bits
internal import DataSets
internal import Networks
internal import Warehouse

extension CaptureJob {
  /// Tells of the batch's unreadable images.
  /// - Throws: `CaptureError` for the first of them where the job is strict.
  func report(_ images: BatchImages, _ observer: CaptureObserver) throws {
    for (_, error) in images.unreadable {
      if isStrict { throw CaptureError("\(error); leave --strict out to go on without it") }
      observer.unreadable("\(error)")
    }
  }

  /// As the warehouse lists a sample whose image cannot be read: the reason without the file's name.
  func unreadable(_ position: Int, _ error: DataSetError) -> Batch.Unreadable {
    let (key, line) = (data.keys[samples.image(of: position)], "\(error)")
    let reason = line.firstRange(of: "\(key): ").map { String(line[$0.upperBound...]) }
    return Batch.Unreadable(
      position: position, key: samples.key(position), reason: reason ?? line)
  }

  /// What is said where no image is left.
  var nothingReadable: CaptureError {
    CaptureError("\(data.name): expected images, found none of \(sampleCount) that can be read")
  }
}

/// - Parameters:
///   - areTokens: Whether samples are tokens of images.
///   - isListed: Whether a warehouse names them.
func unreadableNote(
  _ count: Int, of all: Int, areTokens: Bool = false, isListed: Bool
) -> [String] {
  count == 0
    ? []
    : [
      "\(count) of \(all) \(areTokens ? "tokens are of images that" : "images") could not be read and were left out"
        + (isListed ? "; see the table unreadable" : "")
    ]
}

extension CapturedBlobs {
  /// Only some samples of the batch, in their order.
  func keeping(_ samples: [Int]) -> CapturedBlobs {
    func kept(_ blobs: [[UInt8]]) -> [[UInt8]] { blobs.isEmpty ? [] : samples.map { blobs[$0] } }
    return CapturedBlobs(
      x: kept(x), z: kept(z), bits: kept(bits), significant: samples.map { significant[$0] })
  }
}

extension CapturedLayer {
  /// The pre-activations of only some samples of the batch.
  func z(keeping samples: [Int]) -> [Float] {
    samples.flatMap { z[$0 * outputs..<($0 + 1) * outputs] }
  }
}
