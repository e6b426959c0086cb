// Arrays of floats as NumPy reads them. Reading arrays stands in ArrayFile.

/// The bytes of a `.npy` file: `values` as little-endian Float32.
package func floatArrayFile(_ values: [Float], shape: [Int]) -> [UInt8] {
  precondition(shape.reduce(1, *) == values.count, "An array has as many values as its shape says.")
  let elements = unsafe values.withUnsafeBytes { unsafe Array($0) }
  return ArrayFolderWriter.header("<f4", shape) + elements
}
