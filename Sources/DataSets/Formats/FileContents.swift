// Whole files of data sets, as they are read.

internal import FoundationEssentials
internal import Glibc
internal import NumPyArrays

/// Bytes of a list of lines, and of a file of images that is taken into memory.
let (mostListBytes, mostImageBytes) = (256 << 20, 4 << 30)

/// A regular file, mapped where that is safe.
///
/// - Parameter most: Bytes of a file that will be copied into memory, which a damaged or sparse one would fill.
func readFile(_ path: String, most: Int = .max) throws(DataSetError) -> Data {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else {
    throw DataSetError(path, expected: "a readable file", found: "none")
  }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw DataSetError(path, expected: "a file", found: "a folder or device")
  }
  guard Int(status.st_size) <= most else {
    throw DataSetError(path, expected: "at most \(most) bytes", found: "\(status.st_size)")
  }
  guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
    throw DataSetError(path, expected: "a readable file", found: "an unreadable one")
  }
  return data
}

extension ArrayFile {
  init(_ path: String) throws(DataSetError) {
    let file = try readFile(path)
    do { try self.init(file, path: path) } catch { throw DataSetError(error.description) }
  }
}
