// The arrays of a recording's weights or of a part, in whatever form they are stored; safetensors' own. NumPy's stand in
// NumPyParts.

internal import Basics
internal import FoundationEssentials
internal import WeightFiles

/// Named arrays. One thread uses it at a time.
protocol RecordedArrays: AnyObject {
  /// Of the file or folder.
  var path: String { get }
  /// nil where there is no such array.
  func shape(_ name: String) -> [Int]?
  /// As safetensors calls it: "F32", "I64", …
  func type(_ name: String) -> String?
  /// Some elements in row-major order, little-endian.
  func bytes(_ name: String, elements: Range<Int>) throws -> [UInt8]
  /// Some elements in row-major order.
  func floats(_ name: String, elements: Range<Int>) throws -> [Float]
  /// What names the samples; nil where nothing does.
  func keys() throws -> [String]?
}

extension RecordedArrays {
  func fail(_ expected: String, _ found: String) -> CaptureError {
    CaptureError("\(path): expected \(expected), found \(found)")
  }

  /// What there is of an array, for messages.
  func told(_ name: String) -> String { shape(name).map { "\($0.prefix(8))" } ?? "none" }

  /// Whole numbers of 32 or 64 bits, all of them.
  func wholes(_ name: String) throws -> [Int] {
    guard let type = type(name), let shape = shape(name) else {
      throw fail(name.shown(200), "none")
    }
    let width: Int
    switch type {
    case "I64": width = 8
    case "I32": width = 4
    default: throw fail("\(name.shown(200)) as I64 or I32", type)
    }
    let count = shape.reduce(1, *)
    let bytes = try bytes(name, elements: 0..<count)
    return (0..<count).map { element in
      let bits = (0..<width).reduce(UInt64(0)) {
        $0 | UInt64(bytes[element * width + $1]) << UInt64(8 * $1)
      }
      return width == 8 ? Int(Int64(bitPattern: bits)) : Int(Int32(truncatingIfNeeded: bits))
    }
  }

  /// - Throws: `CaptureError` where the array is of another type than those of numbers.
  func checkNumbers(_ name: String) throws {
    guard let type = type(name), !["F32", "F16", "BF16", "F64"].contains(type) else { return }
    throw fail("\(name.shown(200)) as F32, F16, BF16 or F64", type)
  }
}

/// A safetensors file.
final class RecordedTensors: RecordedArrays {
  private let file: TensorFile
  var path: String { file.path }

  /// - Throws: `WeightFileError` for what is no whole safetensors file.
  init(_ path: String) throws { file = try TensorFile(opening: path) }

  func shape(_ name: String) -> [Int]? { file.shape(name) }
  func type(_ name: String) -> String? { file.type(name) }

  func bytes(_ name: String, elements: Range<Int>) throws -> [UInt8] {
    try file.bytes(name, elements: elements)
  }

  func floats(_ name: String, elements: Range<Int>) throws -> [Float] {
    try file.floats(name, elements: elements)
  }

  func keys() throws -> [String]? {
    try file.metadata["keys"].map { text in
      do { return try JSONDecoder().decode([String].self, from: Data(text.utf8)) } catch {
        throw fail("keys to be a JSON list of texts", "another value")
      }
    }
  }
}
