// Weights or a part of a recording as NumPy writes them: a .npz file, or a folder with a .npy file for each array.

internal import Basics
internal import DataSets
internal import FoundationEssentials
internal import NumPyArrays
internal import WeightFiles

/// Arrays in NumPy's format, in any byte and axis order. What is deflated is in memory while this lives.
final class NumPyPart: RecordedArrays {
  private enum Store {
    case archive(NumPyArchiveFile, MappedFile)
    /// The names of its files.
    case folder(Set<ByteText>)
  }

  let path: String
  private let store: Store
  private var frames: [ByteText: (shape: [Int], type: String)] = [:]
  private var read: [ByteText: (array: ArrayFile, file: MappedFile)] = [:]

  /// Bytes of a deflated array, and of keys.
  private static let most = 4 << 30

  /// - Parameter arrays: The names of what may be read; others are passed over.
  /// - Throws: One line for what is no `.npz` file, and for arrays of other types.
  init(archive path: String, arrays: [String]) throws {
    self.path = path
    let file = try MappedFile(path)
    let archive = try NumPyArchiveFile(file.bytes, path: path)
    store = .archive(archive, file)
    var seen: Set<ByteText> = []
    for name in archive.names {
      guard seen.insert(ByteText(name)).inserted else {
        throw fail("every array once", "\(name.shown(200)) again")
      }
    }
    for name in arrays where seen.contains(ByteText(name)) {
      frames[ByteText(name)] = try form(name, try archive.frame(name))
    }
  }

  /// - Parameter arrays: The names of what may be read; others are passed over.
  /// - Throws: One line for what is no folder, and for arrays that are no whole `.npy` files or of other types.
  init(folder path: String, arrays: [String]) throws {
    self.path = path
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw CaptureError("\(path): expected a folder of .npy files that can be read, found none")
    }
    let files = Set(names.map(ByteText.init))
    store = .folder(files)
    for name in arrays where files.contains(ByteText("\(name).npy")) {
      let file = try MappedFile("\(path)/\(name).npy")
      frames[ByteText(name)] = try form(name, try ArrayFrame(file.bytes, path: file.path))
      read[ByteText(name)] = (try ArrayFile(file.bytes, path: file.path), file)
    }
  }

  func shape(_ name: String) -> [Int]? { frames[ByteText(name)]?.shape }
  func type(_ name: String) -> String? { frames[ByteText(name)]?.type }

  /// With safetensors' name of the type.
  private func form(_ name: String, _ frame: ArrayFrame) throws -> (shape: [Int], type: String) {
    let raw = frame.type.drop { "<>|=".contains($0) }
    switch raw {
    case "V2":
      throw fail(
        "\(name.shown(200)) as f4, f2 or f8",
        "V2, as NumPy saves bfloat16 and cannot tell it any more; save it.astype(np.float32)")
    case "O":
      throw fail(
        "\(name.shown(200)) as f4, f2, f8, i8 or i4",
        "Python objects, which are not read; save np.array(it, dtype=np.float32)")
    default: break
    }
    let element = try frame.element
    let type =
      switch element.kind {
      case .truth: "BOOL"
      case .float: "F\(8 * element.width)"
      case .signed: "I\(8 * element.width)"
      case .unsigned: "U\(8 * element.width)"
      }
    return (frame.shape, type)
  }

  func floats(_ name: String, elements: Range<Int>) throws -> [Float] {
    let (array, file) = try array(name)
    try file.check()
    if let floats = array.plainFloats(elements) { return floats }
    let bytes = try bytes(name, elements: elements)
    guard let type = type(name), let floats = TensorFile.floats(bytes, type: type) else {
      throw fail("\(name.shown(200)) as F32, F16 or F64", type(name) ?? "none")
    }
    return floats
  }

  func bytes(_ name: String, elements: Range<Int>) throws -> [UInt8] {
    let (array, file) = try array(name)
    try file.check()
    guard elements.upperBound <= array.count else {
      throw fail(
        "\(elements.upperBound) elements of \(name.shown(200))", "\(array.shape.prefix(8))")
    }
    let width = array.element.width
    let (start, data) = (array.file.startIndex + array.start, array.file)
    var bytes: [UInt8]
    if array.isFortranOrder && array.shape.count > 1 {
      bytes = []
      bytes.reserveCapacity(elements.count * width)
      for element in elements {
        let place = start + width * Self.place(element, array.shape, array.strides)
        bytes += data[place..<place + width]
      }
    } else {
      bytes = Array(data[start + elements.lowerBound * width..<start + elements.upperBound * width])
    }
    if array.element.isBigEndian {
      for first in stride(from: 0, to: bytes.count, by: width) {
        bytes[first..<first + width].reverse()
      }
    }
    return bytes
  }

  /// Where the element of that place in row-major order is stored.
  private static func place(_ element: Int, _ shape: [Int], _ strides: [Int]) -> Int {
    var (rest, place) = (element, 0)
    for axis in shape.indices.reversed() {
      place += rest % shape[axis] * strides[axis]
      rest /= shape[axis]
    }
    return place
  }

  private func array(_ name: String) throws -> (array: ArrayFile, file: MappedFile) {
    if let known = read[ByteText(name)] { return known }
    guard case .archive(let archive, let file) = store, frames[ByteText(name)] != nil else {
      throw fail("the array \(name.shown(200))", "none of that name")
    }
    try file.check()
    let array = try archive.array(name, most: Self.most)
    read[ByteText(name)] = (array, file)
    return (array, file)
  }

  func keys() throws -> [String]? {
    switch store {
    case .archive(let archive, let file):
      guard archive.names.contains("keys") else { return nil }
      try file.check()
      return try archive.texts("keys", most: Self.most).texts
    case .folder(let files):
      let (isArray, isList) = (
        files.contains(ByteText("keys.npy")), files.contains(ByteText("keys.json"))
      )
      guard !isArray || !isList else {
        throw fail("keys in one file", "keys.npy and keys.json")
      }
      if isArray {
        let file = try MappedFile("\(path)/keys.npy")
        return try TextArray(file.bytes, path: file.path).texts
      }
      guard isList else { return nil }
      do {
        let text = try Data(contentsOf: URL(filePath: "\(path)/keys.json"))
        return try JSONDecoder().decode([String].self, from: text)
      } catch {
        throw CaptureError("\(path)/keys.json: expected a JSON list of texts, found another value")
      }
    }
  }
}
