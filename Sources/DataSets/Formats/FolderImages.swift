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
  /// Has a side.
  let geometry: ImageGeometry

  /// The planes of image `i`, `geometry.side` a side.
  func image(_ i: Int) throws(DataSetError) -> [UInt8] {
    let path = folder.path(keys[i])
    let file = try Self.read(path)
    do throws(UnreadableImage) {
      return geometry.apply(try unsafe ImageDecoder.decode(file.span.bytes)).planes
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

  /// SHA-256 of every file's bytes, by all cores; `unreadable` for a file that cannot be read, which its image says.
  static func digests(_ folder: ImageFolder, keys: [String]) -> [String] {
    let digests = Parallel.map(keys.count, atATime: 16) { range in
      keys[range].map { key in
        guard let file = try? read(folder.path(key)) else { return "unreadable" }
        var hasher = ContentHasher()
        unsafe hasher.update(file.span.bytes)
        return hasher.finish()
      }
    }
    return Array(digests.joined())
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
