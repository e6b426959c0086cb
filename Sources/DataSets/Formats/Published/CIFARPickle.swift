// A pickled dictionary as CIFAR's Python version has them, written by Python 2, or by Python 3 after conversion.

internal import Basics
internal import Pickle

struct CIFARPickle {
  let path: String
  private let tree: PickleTree
  private let entries: [(key: String, value: PickleReference)]

  init(_ path: String, _ bytes: [UInt8]) throws(DataSetError) {
    self.path = path
    do {
      tree = try PickleTree(parsing: bytes[...])
    } catch {
      throw DataSetError("\(path): \(error.description)")
    }
    guard let entries = tree.entries(tree.root) else {
      throw DataSetError(
        path, expected: "a pickled dictionary", found: tree.kind(tree.root),
        hint: "the file is no CIFAR batch")
    }
    self.entries = entries
  }

  func names(_ key: String) throws(DataSetError) -> [String] {
    let value = try value(key)
    let elements = tree.elements(value) ?? []
    let names = elements.compactMap(tree.text)
    guard names.count == elements.count, !names.isEmpty else {
      throw DataSetError(path, expected: "names in '\(key)'", found: tree.kind(value))
    }
    return names
  }

  func labels(_ key: String) throws(DataSetError) -> [Int] {
    let value = try value(key)
    guard let labels = tree.ints(value), !labels.isEmpty else {
      throw DataSetError(path, expected: "a list of labels in '\(key)'", found: tree.kind(value))
    }
    return labels
  }

  /// `count` × `size` bytes.
  func images(count: Int, size: Int) throws(DataSetError) -> ArraySlice<UInt8> {
    let array: PickledArray
    do {
      array = try PickledArray(try value("data"), in: tree)
    } catch let error as PickleError {
      throw DataSetError("\(path): 'data': \(error.description)")
    } catch let error as DataSetError {
      throw error
    } catch {
      throw DataSetError("\(path): \(error)")
    }
    guard array.shape == [count, size], array.element == "u1" else {
      throw DataSetError(
        path, expected: "bytes of the shape [\(count), \(size)], a label an image",
        found: "\(array.element.shown(10)) of \(array.shape.prefix(4))")
    }
    guard array.isColumnMajor else { return array.bytes }
    let bytes = array.bytes
    let rows = [UInt8](capacity: bytes.count) { target in
      for image in 0..<count {
        for pixel in 0..<size { target.append(bytes[bytes.startIndex + pixel * count + image]) }
      }
    }
    return rows[...]
  }

  private func value(_ key: String) throws(DataSetError) -> PickleReference {
    guard let value = entries.first(where: { $0.key == key })?.value else {
      throw DataSetError(
        path, expected: "an entry '\(key)'",
        found: entries.isEmpty
          ? "none with a text as its key"
          : "only \(entries.prefix(5).map { $0.key.shown(20) }.joined(separator: ", "))")
    }
    return value
  }
}
