// Small pictures of a run's samples, beside what the network makes of them: made while their images are at hand, and of samples
// stored earlier when they are asked for. No part of a run's identity.

internal import Basics
internal import DataSets
internal import Networks
internal import SQLiteKit
internal import Warehouse

/// Whether a run brings pictures of its samples.
package enum ThumbnailChoice: Sendable, Equatable {
  /// Where they add less than a tenth to what else the run takes.
  case automatic
  case none
  /// With a longer side of at most so many pixels.
  case side(Int)
}

/// What pictures there will be, and what they take.
package struct ThumbnailPlan: Sendable, Equatable {
  package let choice: ThumbnailChoice
  /// The longest side; nil where there are none.
  package let side: Int?
  /// What they take, or would, those of perturbed images with them.
  package let bytes: Int
  /// Sides of the pictures of a data set's images.
  package let width: Int
  package let height: Int

  static let none = ThumbnailPlan(choice: .none, side: nil, bytes: 0, width: 0, height: 0)

  private init(choice: ThumbnailChoice, side: Int?, bytes: Int, width: Int, height: Int) {
    (self.choice, self.side, self.bytes) = (choice, side, bytes)
    (self.width, self.height) = (width, height)
  }

  /// - Parameters:
  ///   - pictures: How many there will be.
  ///   - rest: What the run takes without them.
  ///   - probe: Makes some of that side, which the sizes of the others are judged by.
  init(
    _ choice: ThumbnailChoice, pictures: Int, beside rest: Int, probe: (Int) throws -> [Thumbnail]
  ) rethrows {
    let side: Int
    switch choice {
    case .none:
      self = .none
      return
    case .automatic: side = Thumbnail.usualSide
    case .side(let given): side = given
    }
    let made = try probe(side)
    guard let first = made.first else {
      self.init(choice: choice, side: nil, bytes: 0, width: 0, height: 0)
      return
    }
    // A row's numbers, its entry of the index, and what pages are not filled with.
    let row = made.reduce(0) { $0 + $1.file.count } / made.count + 60
    let bytes = pictures * row
    let isKept = choice != .automatic || bytes < rest / 10
    self.init(
      choice: choice, side: isKept ? side : nil, bytes: bytes, width: first.width,
      height: first.height)
  }
}

/// Makes pictures on several threads.
struct PictureMaker: Sendable {
  let side: Int
  let shape: ImageShape
  let threads: Int

  /// One for each image that is wanted; nil for the others.
  func pictures(
    of images: [ArraySlice<UInt8>], where isWanted: @Sendable (Int) -> Bool
  ) -> [Picture?] {
    Parallel.map(images.count, atATime: 8, threads: threads) { range in
      range.map { index -> Picture? in
        guard isWanted(index), let made = Thumbnail(images[index], shape: shape, side: side) else {
          return nil
        }
        return Picture(
          mimeType: made.format.rawValue, width: made.width, height: made.height, file: made.file)
      }
    }.flatMap(\.self)
  }

  /// Of perturbed images, one after the other, which are rounded to bytes.
  func pictures(
    of pixels: [Float], where isWanted: @Sendable (Int) -> Bool
  ) -> [Picture?] {
    let images = stride(from: 0, to: pixels.count, by: shape.count).map { first in
      pixels[first..<first + shape.count].map { UInt8(max(0, min(255, $0.rounded()))) }[...]
    }
    return pictures(of: images, where: isWanted)
  }
}

extension CaptureJob {
  var pictureMaker: PictureMaker? {
    thumbnails.side.map { PictureMaker(side: $0, shape: data.shape, threads: engine.threads) }
  }

  /// Whether a file has pictures of a data set already, which its runs share.
  static func isPictured(_ fingerprint: String, in path: String?) -> Bool {
    guard let path, fileExists(path),
      // What is wrong with the file is told when it is written to.
      let warehouse = try? Warehouse.open(path, mode: .readOnly),
      let found = try? warehouse.connection.integer(
        """
        select exists (select 1 from thumbnail join sample using (sample_id) join dataset using (dataset_id)
          where fingerprint = ?)
        """, .text(fingerprint))
    else { return false }
    return found == 1
  }

  /// Makes pictures of samples that were stored without: of a run that is gone on with, and of a complete one where they are
  /// asked for.
  /// - Returns: Remarks, a line each.
  func fillPictures(
    of run: Stored<RunRecord>, committed: Int, in warehouse: borrowing Warehouse,
    observer: CaptureObserver
  ) throws -> [String] {
    guard let maker = pictureMaker, committed > 0,
      run.completedAt == nil || thumbnails.choice != .automatic
    else { return [] }
    let first = range.lowerBound
    let stored = positions[first..<first + committed]
    let own = try warehouse.pictured(dataSet: run.dataSetID)
    let perturbed =
      perturbation == .none
      ? own : try warehouse.pictured(dataSet: run.dataSetID, run: run.id)
    var notes: [String] = []
    let kept = stored.count(where: own.positions.contains)
    if kept > 0, own.longestSide != max(thumbnails.width, thumbnails.height) {
      notes.append(
        "\(kept) samples have thumbnails already, of up to \(own.longestSide) px, which stay")
    }
    let missing = stored.filter { !own.positions.contains($0) || !perturbed.positions.contains($0) }
    guard !missing.isEmpty else { return notes }
    observer.stage("making thumbnails of \(missing.count) samples stored earlier")
    var (written, strangers) = (0, 0)
    func add(_ places: [[Int]], _ made: [Picture?], run id: Int?) throws {
      let added = try warehouse.add(Self.paired(places, made), dataSet: run.dataSetID, run: id)
      written += added.written
      // What has no sample has no picture of its own either: counted there.
      if id == nil { strangers += added.strangers }
    }
    let members = Dictionary(grouping: missing, by: samples.image(of:))
    let origins = members.keys.sorted()
    for start in stride(from: 0, to: origins.count, by: batchSize) {
      let batch = origins[start..<min(start + batchSize, origins.count)]
      let images = BatchImages(batch, of: data, threads: engine.threads)
      let lost = Set(images.unreadable.map(\.index))
      // Samples of every image that lack one.
      func lacking(_ there: Set<Int>) -> [[Int]] {
        batch.map { image in (members[image] ?? []).filter { !there.contains($0) } }
      }
      let (bare, bareHere) = (lacking(own.positions), lacking(perturbed.positions))
      let made = maker.pictures(of: images.images) {
        !lost.contains($0) && !bare[$0].isEmpty
      }
      try add(bare, made, run: nil)
      if perturbation != .none, let pixels = try engine.pixels(batch, images: images) {
        let made = maker.pictures(of: pixels) {
          !lost.contains($0) && !bareHere[$0].isEmpty
        }
        try add(bareHere, made, run: run.id)
      }
      if observer.isCancelled() { throw CaptureCancelled(stored: committed) }
    }
    notes.append("\(written) thumbnails of samples stored earlier are added")
    if strangers > 0 {
      notes.append(
        "\(strangers) images could not be read when their samples were stored: no thumbnails of them"
      )
    }
    return notes
  }

  private static func paired(
    _ positions: [[Int]], _ pictures: [Picture?]
  ) -> [(position: Int, picture: Picture)] {
    zip(positions, pictures).flatMap { positions, picture in
      picture.map { picture in positions.map { ($0, picture) } } ?? []
    }
  }

  /// Of a batch's images, and of what was made of them, where those are wanted: nil for what cannot be read and, of the
  /// images themselves, for what has its pictures.
  func pictures(
    of batch: ImageBatch, _ images: BatchImages, _ pixels: [Float]?, without pictured: Set<Int>
  ) -> (own: [Picture?]?, perturbed: [Picture?]?) {
    guard let maker = pictureMaker else { return (nil, nil) }
    let isLost = Set(images.unreadable.map(\.index))
    let bare = Set(
      zip(batch.places, self.images(of: batch.places, in: batch)).compactMap { place, image in
        pictured.contains(positions[place]) || isLost.contains(image) ? nil : image
      })
    return (
      maker.pictures(of: images.images) { bare.contains($0) },
      pixels.map { maker.pictures(of: $0) { !isLost.contains($0) } }
    )
  }
}
