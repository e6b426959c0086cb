// Whole files of data sets, as they are read.

internal import FoundationEssentials
internal import NumPyArrays

/// A regular file, mapped where that is safe.
func readFile(_ path: String) throws(DataSetError) -> Data {
  let attributes = try? FileManager.default.attributesOfItem(
    atPath: URL(filePath: path).resolvingSymlinksInPath().path())
  guard let attributes else { throw DataSetError(path, expected: "a readable file", found: "none") }
  guard attributes[.type] as? FileAttributeType == .typeRegular else {
    throw DataSetError(path, expected: "a file", found: "a folder or device")
  }
  guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
    throw DataSetError(path, expected: "a readable file", found: "an unreadable one")
  }
  return data
}

extension ArrayFile {
  /// - Parameter elements: The types that will do.
  init(_ path: String, elements: [Element]) throws(DataSetError) {
    let file = try readFile(path)
    do { try self.init(file, path: path, elements: elements) } catch {
      throw DataSetError(error.description)
    }
  }
}
