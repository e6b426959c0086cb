// The names in a folder, as the system has them.

internal import Basics
internal import Glibc

/// What is in a folder, "." and ".." aside: names in the order of bytes, and those that are no UTF-8, as keys and lists
/// have to be.
///
/// - Throws: `DataSetError` for a folder that cannot be listed.
func folderNames(
  _ folder: String
) throws(DataSetError) -> (names: [String], others: [(bytes: [UInt8], isFolder: Bool)]) {
  errno = 0
  guard let stream = unsafe opendir(folder) else {
    throw DataSetError(
      folder, expected: "a folder that can be listed",
      found: errno == ENOENT ? "none" : unsafe String(cString: strerror(errno)))
  }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  var others: [(bytes: [UInt8], isFolder: Bool)] = []
  while true {
    errno = 0
    guard let entry = unsafe readdir(stream) else { break }
    let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
      unsafe Array(raw.prefix { $0 != 0 })
    }
    guard let name = String(validating: bytes, as: UTF8.self) else {
      var status = stat()
      let path =
        Array(folder.utf8CString.dropLast()) + [CChar(47)] + bytes.map(CChar.init(bitPattern:))
      let isFolder =
        unsafe stat(path + [0], &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      others.append((bytes, isFolder))
      continue
    }
    if name != "." && name != ".." { names.append(name) }
  }
  guard errno == 0 else {
    throw DataSetError(
      folder, expected: "a folder that can be listed",
      found: unsafe String(cString: strerror(errno)))
  }
  return (names.sorted(by: bytesPrecede), others)
}
