// Named arrays in a safetensors file, read some elements at a time: what a recording's parts are made of. Which arrays there
// must be is the recording's to say.

internal import Basics

/// An open safetensors file. One thread uses it at a time.
package final class TensorFile {
  package let path: String
  package let metadata: [String: String]
  private let weights: StoredWeights
  private let tensors: [ByteText: StoredTensor]

  /// - Throws: `WeightFileError` for what is no whole safetensors file.
  package init(opening path: String) throws {
    let source = try ByteSource(opening: path)
    weights = try StoredWeights(safetensors: source)
    self.path = path
    metadata = weights.metadata
    var tensors: [ByteText: StoredTensor] = [:]
    for dictionary in weights.dictionaries {
      for case (let name, .tensor(let tensor)) in dictionary.entries {
        tensors[ByteText(name)] = tensor
      }
    }
    self.tensors = tensors
  }

  /// In the order of their bytes.
  package var names: [String] { tensors.keys.map(\.text).sorted(by: bytesPrecede) }

  /// nil where there is no such array.
  package func shape(_ name: String) -> [Int]? { tensors[ByteText(name)]?.shape }

  /// "F32", "BF16", …
  package func type(_ name: String) -> String? { tensors[ByteText(name)]?.storage.type.name }

  /// Some elements, in row-major order, as Float32.
  /// - Throws: `WeightFileError` where the array is not there, has no such elements, or cannot be read.
  package func floats(_ name: String, elements: Range<Int>) throws -> [Float] {
    let (type, start) = try place(name, elements)
    return try weights.source.floats(type, at: start, count: elements.count)
  }

  /// The bytes of some elements, as they stand in the file.
  package func bytes(_ name: String, elements: Range<Int>) throws -> [UInt8] {
    let (type, start) = try place(name, elements)
    return try weights.source.bytes(start..<start + elements.count * type.size)
  }

  /// Little-endian elements of a type, "F16" or such, as Float32.
  package static func floats(_ bytes: [UInt8], type: String) -> [Float]? {
    ElementType(named: type)?.floats(bytes)
  }

  private func place(
    _ name: String, _ elements: Range<Int>
  ) throws -> (type: ElementType, start: Int) {
    guard let tensor = tensors[ByteText(name)] else {
      throw weights.source.fail("the array \(name.shown(200))", "none of that name")
    }
    // The header was found to agree with the file's length, so products of sizes fit.
    guard elements.upperBound <= tensor.storage.count else {
      throw weights.source.fail(
        "\(elements.upperBound) elements of \(name.shown(200))",
        "the shape \(tensor.shape.prefix(8))")
    }
    let begin = try weights.place(tensor.storage).lowerBound
    let type = tensor.storage.type
    return (type, begin + elements.lowerBound * type.size)
  }
}
