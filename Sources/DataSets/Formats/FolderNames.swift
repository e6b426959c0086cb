// The names in a folder, as the system has them.

internal import Basics
internal import Glibc

/// What is in a folder, "." and ".." aside, in the order of bytes.
///
/// - Throws: `DataSetError` for a folder that cannot be listed, and for a name that is no UTF-8: keys and lists are.
func folderNames(_ folder: String) throws(DataSetError) -> [String] {
  errno = 0
  guard let stream = unsafe opendir(folder) else {
    throw DataSetError(
      folder, expected: "a folder that can be listed",
      found: errno == ENOENT ? "none" : unsafe String(cString: strerror(errno)))
  }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  while true {
    errno = 0
    guard let entry = unsafe readdir(stream) else { break }
    let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
      unsafe Array(raw.prefix { $0 != 0 })
    }
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw DataSetError(
        folder, expected: "names in UTF-8", found: "'\(shownBytes(bytes).shown(200))'",
        hint: "rename it")
    }
    if name != "." && name != ".." { names.append(name) }
  }
  guard errno == 0 else {
    throw DataSetError(
      folder, expected: "a folder that can be listed",
      found: unsafe String(cString: strerror(errno)))
  }
  return names.sorted(by: bytesPrecede)
}
