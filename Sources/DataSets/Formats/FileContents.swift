// Whole files of data sets, as they are read or mapped.

internal import Basics
package import FoundationEssentials
internal import Glibc
internal import NumPyArrays

/// Bytes of a list of lines, and of a file of images that is taken into memory.
let (mostListBytes, mostImageBytes) = (256 << 20, 4 << 30)

/// A regular file's bytes, in memory.
///
/// - Parameter most: Bytes of the file at most, which a damaged or sparse one would fill the memory with.
func readFile(_ path: String, most: Int) throws(DataSetError) -> Data {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else {
    throw DataSetError(path, expected: "a readable file", found: "none")
  }
  try checkRegular(path, status)
  guard Int(status.st_size) <= most else {
    throw DataSetError(path, expected: "at most \(most) bytes", found: "\(status.st_size)")
  }
  // And as much again, as readers copy it.
  guard Memory.has(max(1, 2 * Int(status.st_size))) else {
    throw lacksMemory(path, 2 * Int(status.st_size))
  }
  guard let data = try? Data(contentsOf: URL(filePath: path)) else {
    throw DataSetError(path, expected: "a readable file", found: "an unreadable one")
  }
  return data
}

/// The bytes of a list or table of at most 256 MiB.
package func readList(_ path: String) throws(DataSetError) -> [UInt8] {
  [UInt8](try readFile(path, most: mostListBytes))
}

func lacksMemory(_ path: String, _ bytes: Int) -> DataSetError {
  DataSetError(
    path, expected: "memory for \(bytes) bytes", found: "too little",
    hint: "the limit that ulimit -v tells may be raised")
}

private func checkRegular(_ path: String, _ status: stat) throws(DataSetError) {
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw DataSetError(path, expected: "a file", found: "a folder or device")
  }
}

/// A regular file in the address space: of its bytes those are read that are asked for.
/// Arrays of recordings are read with it, too.
package final class MappedFile: Sendable {
  package let path: String
  /// Of the whole file. Copies of it may outlive this.
  package let bytes: Data
  private let descriptor: Int32

  package init(_ path: String) throws(DataSetError) {
    self.path = path
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw DataSetError(
        path, expected: "a readable file", found: errno == ENOENT ? "none" : "an unreadable one")
    }
    do throws(DataSetError) {
      bytes = try Self.map(descriptor, path)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  private static func map(_ descriptor: Int32, _ path: String) throws(DataSetError) -> Data {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw DataSetError(path, expected: "a readable file", found: "an unreadable one")
    }
    try checkRegular(path, status)
    let count = Int(status.st_size)
    guard count > 0 else { return Data() }
    guard let start = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe start != MAP_FAILED
    else {
      throw DataSetError(
        path, expected: "room for \(count) bytes in the address space", found: "none",
        hint: "raise the limit that ulimit -v tells")
    }
    return unsafe Data(
      bytesNoCopy: start, count: count,
      deallocator: .custom { start, count in unsafe _ = munmap(start, count) })
  }

  /// That the file is no shorter than it was: reading behind its end would end the program.
  package func check() throws(DataSetError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, Int(status.st_size) >= bytes.count else {
      throw DataSetError(
        path, expected: "\(bytes.count) bytes, as before", found: "\(status.st_size)",
        hint: "the file was cut short while it was read")
    }
  }
}

/// A `.npy` file whose elements stay in it.
struct MappedArray {
  let array: ArrayFile
  let file: MappedFile

  init(_ path: String) throws(DataSetError) {
    file = try MappedFile(path)
    do { array = try ArrayFile(file.bytes, path: path) } catch {
      throw DataSetError(error.description)
    }
  }

  init(array: ArrayFile, file: MappedFile) { (self.array, self.file) = (array, file) }
}
