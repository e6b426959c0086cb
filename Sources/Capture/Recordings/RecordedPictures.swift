// Images that a recording may bring beside its numbers, from which small pictures are made. No part of a run's identity. Tokens
// that are samples each have none.

internal import Basics
internal import DataSets
internal import Warehouse

extension RecordingPart {
  static let images = "images"

  /// - Throws: `CaptureError` where there are images of another type or shape than bytes by sample, row, column and channel.
  static func checkImages(in file: any RecordedArrays, rows: Int) throws {
    guard let type = file.type(images), let shape = file.shape(images) else { return }
    guard type == "U8" else { throw file.fail("images as U8 (bytes)", type) }
    guard shape.count == 4, shape[0] == rows, [1, 3].contains(shape[3]),
      shape[1...2].allSatisfy({ (1...16384).contains($0) })
    else {
      throw file.fail(
        "images of the shape [\(rows), height, width, 1 or 3]", file.told(images))
    }
  }
}

extension RecordingSamples {
  /// Whether every sample has an image of its own.
  var hasImages: Bool {
    parts.allSatisfy { $0.own.type(RecordingPart.images) != nil && $0.own.rows == $0.samples.count }
      && tokens?.isSpread != true
  }

  /// A picture of a sample's image.
  func thumbnail(of sample: Int, side: Int) throws -> Thumbnail? {
    guard let index = parts.firstIndex(where: { $0.samples.contains(sample) }),
      let shape = parts[index].own.shape(RecordingPart.images)
    else { return nil }
    let (row, size) = (sample - parts[index].samples.lowerBound, shape[1] * shape[2] * shape[3])
    let bytes = try file(index).bytes(
      RecordingPart.images, elements: row * size..<(row + 1) * size)
    let channels = shape[3]
    let planes = (0..<channels).flatMap { channel in
      stride(from: channel, to: bytes.count, by: channels).map { bytes[$0] }
    }
    return Thumbnail(
      planes[...], shape: ImageShape(channels: channels, height: shape[1], width: shape[2]),
      side: side)
  }
}

extension RecordingJob {
  /// Whether its images are what an attack or shift made, and not the data set's own.
  var isPerturbed: Bool { recording.perturbation != "none" }

  /// Whether there is anything to make pictures of.
  package var hasImages: Bool { samples.hasImages }

  /// A picture of each sample, nil where `isThere` says that it has one.
  func pictures(of own: [Int], where isThere: (Int) -> Bool) throws -> [Picture?] {
    guard let side = thumbnails.side else { return [] }
    return try own.map { position in
      guard !isThere(position), let made = try samples.thumbnail(of: position, side: side) else {
        return nil
      }
      return Picture(
        mimeType: made.format.rawValue, width: made.width, height: made.height, file: made.file)
    }
  }

  /// Of samples stored without: of a run that is gone on with, and of a complete one where they are asked for.
  func fillPictures(
    of run: Stored<RunRecord>, committed: Int, in warehouse: borrowing Warehouse,
    observer: CaptureObserver
  ) throws {
    guard thumbnails.side != nil, committed > 0,
      run.completedAt == nil || thumbnails.choice != .automatic
    else { return }
    let owner = isPerturbed ? run.id : nil
    let there = try warehouse.pictured(dataSet: run.dataSetID, run: owner).positions
    let first = range.lowerBound
    let missing = positions[first..<first + committed].filter { !there.contains($0) }
    guard !missing.isEmpty else { return }
    observer.stage("making thumbnails of \(missing.count) samples stored earlier")
    for start in stride(from: 0, to: missing.count, by: Self.batch) {
      let own = Array(missing[start..<min(start + Self.batch, missing.count)])
      let made = try pictures(of: own) { _ in false }
      let pairs = zip(own, made).compactMap { position, picture in
        picture.map { (position: position, picture: $0) }
      }
      let strangers = try warehouse.add(pairs, dataSet: run.dataSetID, run: owner).strangers
      guard strangers == 0 else {
        throw WarehouseError.corrupt(
          path: warehouse.path, message: "run \(run.name): \(strangers) stored samples have no row")
      }
      if observer.isCancelled() { throw CaptureCancelled(stored: committed) }
    }
  }
}
