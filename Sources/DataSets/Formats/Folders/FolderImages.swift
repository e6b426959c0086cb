// Image files decoded when they are asked for, resized and cropped to one shape, and the digests that tell their
// content.

internal import Basics
internal import ContentHash
internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// Bytes of an image file that is read: three for each of the most pixels that an image may have.
private let mostImageFileBytes = 512 << 20

/// The images of a folder. Reading is safe from several threads at once.
struct FolderImages: Sendable {
  let folder: ImageFolder
  /// Paths from the folder on.
  let keys: [String]
  let geometry: ImageGeometry
  /// The size of every image where the geometry makes them of none.
  let size: (height: Int, width: Int)?

  /// The shape of the images as the geometry makes them.
  var shape: ImageShape {
    if let side = geometry.side { return ImageShape(channels: 3, height: side, width: side) }
    guard let size else { preconditionFailure("Images of a folder become images of one size.") }
    let (height, width) = geometry.resizedSize(height: size.height, width: size.width)
    return ImageShape(channels: 3, height: height, width: width)
  }

  /// The planes of image `i`, of the set's shape.
  func image(_ i: Int) throws(DataSetError) -> [UInt8] {
    let path = folder.path(keys[i])
    let file = try Self.read(path)
    do throws(UnreadableImage) {
      let image = try unsafe ImageDecoder.decode(file.span.bytes)
      if let size, (image.height, image.width) != size {
        throw UnreadableImage(
          expected:
            "an image of \(size.width) × \(size.height), as it had when the folder was opened",
          found: "\(image.width) × \(image.height)")
      }
      return geometry.apply(image).planes
    } catch {
      throw DataSetError(path, expected: error.expected, found: error.found, hint: error.hint)
    }
  }

  /// Asks the system to have these files in memory soon; what cannot be opened will tell when it is read.
  func prefetch(_ positions: some Sequence<Int>) {
    for i in positions {
      let descriptor = unsafe open(folder.path(keys[i]), O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      _ = posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_WILLNEED))
      close(descriptor)
    }
  }

  /// What is known of a file without decoding it.
  private struct Seen {
    /// SHA-256 of its bytes; `unreadable` for a file that cannot be read, which its image says.
    var digest = "unreadable"
    /// nil where it is no image, which its image says.
    var size: (height: Int, width: Int)?
  }

  /// Every file's digest, and the images of the files as a geometry makes them, by all cores.
  ///
  /// - Parameters:
  ///   - keys: Paths from the folder on.
  ///   - steps: The geometry's name for messages.
  /// - Throws: Where the geometry leaves images their sizes and these differ.
  static func opened(
    _ folder: ImageFolder, keys: [String], geometry: ImageGeometry, steps: String
  ) throws(DataSetError) -> (digests: [String], images: FolderImages) {
    let isWhole = geometry.side == nil
    let seen = Parallel.map(keys.count, atATime: 16) { range in
      keys[range].map { key in
        guard let file = try? read(folder.path(key)) else { return Seen() }
        var hasher = ContentHasher()
        unsafe hasher.update(file.span.bytes)
        return Seen(
          digest: hasher.finish(),
          size: isWhole ? try? unsafe ImageDecoder.size(file.span.bytes) : nil)
      }
    }.flatMap(\.self)
    var size: (height: Int, width: Int)?
    if isWhole {
      guard let first = seen.firstIndex(where: { $0.size != nil }) else {
        throw DataSetError(
          folder.directory, expected: "an image that can be read", found: "none of \(keys.count)")
      }
      size = seen[first].size
      for (key, one) in zip(keys, seen) {
        guard let other = one.size, !isEqual(other, size) else { continue }
        throw DataSetError(
          folder.path(key),
          expected:
            "an image of \(shown(size)), as \(keys[first]) is (--preprocess: \(steps) leaves images "
            + "their sizes)", found: shown(other),
          hint:
            "crop=N or squash=N in --preprocess makes them of one size, as --preprocess imagenet does"
        )
      }
    }
    return (
      seen.map(\.digest), FolderImages(folder: folder, keys: keys, geometry: geometry, size: size)
    )
  }

  private static func isEqual(_ a: (Int, Int), _ b: (Int, Int)?) -> Bool {
    b.map { $0 == a } ?? false
  }

  private static func shown(_ size: (height: Int, width: Int)?) -> String {
    size.map { "\($0.width) × \($0.height)" } ?? "none"
  }

  /// A file as it is now: not mapped, as a mapped file that is cut short meanwhile ends the program.
  private static func read(_ path: String) throws(DataSetError) -> Data {
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw DataSetError(path, expected: "a file", found: "a folder or device")
      }
      guard Int(status.st_size) <= mostImageFileBytes else {
        throw DataSetError(
          path, expected: "an image file of at most \(mostImageFileBytes >> 20) MiB",
          found: "\(Int(status.st_size) >> 20) MiB")
      }
    }
    do { return try Data(contentsOf: URL(filePath: path)) } catch {
      throw DataSetError(
        path, expected: "a readable file",
        found: FileManager.default.fileExists(atPath: path) ? "an unreadable one" : "none")
    }
  }
}
