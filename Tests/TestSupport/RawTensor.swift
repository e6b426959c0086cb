// safetensors files of any content, whole or not, for tests of what reads them.

internal import FoundationEssentials

/// An array of a safetensors file, written without the project's own writer, which has F32 alone.
package struct RawTensor {
  package let name: String
  package let type: String
  package let shape: [Int]
  package let bytes: [UInt8]
  /// For the file's metadata.
  package var keys: [String]?

  package init(_ name: String, _ shape: [Int], _ values: [Float]) {
    (self.name, type, self.shape) = (name, "F32", shape)
    bytes = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
  }

  package init(_ name: String, _ shape: [Int], _ values: [Int]) {
    (self.name, type, self.shape) = (name, "I64", shape)
    bytes = values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  }

  package init(_ name: String, _ shape: [Int], _ values: [Double]) {
    (self.name, type, self.shape) = (name, "F64", shape)
    bytes = values.flatMap { value in
      (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) }
    }
  }

  package init(_ name: String, _ shape: [Int], _ bytes: [UInt8]) {
    (self.name, type, self.shape) = (name, "U8", shape)
    self.bytes = bytes
  }

  /// Of an F32.
  package var floats: [Float] {
    stride(from: 0, to: bytes.count, by: 4).map { first in
      Float(
        bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[first + $1]) << UInt32(8 * $1) })
    }
  }

  package static func write(_ tensors: [RawTensor], to path: String) throws {
    var (entries, data) = ([String](), [UInt8]())
    if let keys = tensors.compactMap(\.keys).first {
      let list = "[" + keys.map { "\\\"\($0)\\\"" }.joined(separator: ",") + "]"
      entries.append("\"__metadata__\":{\"keys\":\"\(list)\"}")
    }
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":[\(shape)],\"data_offsets\":[\(data.count),\(data.count + tensor.bytes.count)]}"
      )
      data += tensor.bytes
    }
    let header = Array(("{" + entries.joined(separator: ",") + "}").utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    try Data(length + header + data).write(to: URL(filePath: path))
  }
}
