// Arrays of floats as NumPy reads them. Reading arrays stands in ArrayFile.

internal import FoundationEssentials

/// Writes `values` as a `.npy` file of little-endian Float32; the file appears whole or not at all.
package func writeFloatArray(
  _ values: [Float], shape: [Int], to path: String
) throws(DataSetError) {
  precondition(shape.reduce(1, *) == values.count, "An array has as many values as its shape says.")
  var bytes = Data(ArrayFolderWriter.header("<f4", shape))
  unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  do {
    try bytes.write(to: URL(filePath: path), options: .atomic)
  } catch {
    throw DataSetError(path, expected: "a file that can be written", found: "otherwise")
  }
}
