// Named arrays in a safetensors file, read some rows at a time: what a recording's parts are made of. Which arrays there
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

  /// Rows along the first axis as Float32, the last axis running fastest.
  /// - Throws: `WeightFileError` where the array is not there, has no such rows, or cannot be read.
  package func floats(_ name: String, rows: Range<Int>) throws -> [Float] {
    let (tensor, start, count) = try place(name, rows)
    return try weights.source.floats(tensor.storage.type, at: start, count: count)
  }

  /// The bytes of rows along the first axis, as they stand in the file.
  package func bytes(_ name: String, rows: Range<Int>) throws -> [UInt8] {
    let (tensor, start, count) = try place(name, rows)
    return try weights.source.bytes(start..<start + count * tensor.storage.type.size)
  }

  /// Whole numbers of 32 or 64 bits.
  package func wholes(_ name: String) throws -> [Int] {
    let count = shape(name)?.first ?? 0
    let (tensor, start, elements) = try place(name, 0..<count)
    let type = tensor.storage.type
    guard type == .int64 || type == .int32 else {
      throw weights.source.fail("\(name.shown(200)) as I64 or I32", type.name)
    }
    let bytes = try weights.source.bytes(start..<start + elements * type.size)
    return (0..<elements).map { element in
      var bits: UInt64 = 0
      for byte in 0..<type.size { bits |= UInt64(bytes[element * type.size + byte]) << (8 * byte) }
      return type == .int64 ? Int(Int64(bitPattern: bits)) : Int(Int32(truncatingIfNeeded: bits))
    }
  }

  private func place(
    _ name: String, _ rows: Range<Int>
  ) throws -> (tensor: StoredTensor, start: Int, count: Int) {
    guard let tensor = tensors[ByteText(name)] else {
      throw weights.source.fail("the array \(name.shown(200))", "none of that name")
    }
    guard let all = tensor.shape.first, rows.upperBound <= all else {
      throw weights.source.fail(
        "\(rows.upperBound) rows of \(name.shown(200))", "the shape \(tensor.shape.prefix(8))")
    }
    // The header was found to agree with the file's length, so products of sizes fit.
    let row = tensor.shape.dropFirst().reduce(1, *)
    let begin = try weights.place(tensor.storage).lowerBound
    return (
      tensor, begin + rows.lowerBound * row * tensor.storage.type.size, rows.count * row
    )
  }
}
