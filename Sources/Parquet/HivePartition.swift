// How folders name the value that a column has in every file below them: Hive's NAME=VALUE, which Spark, DuckDB, pyarrow and
// Polars read. Leaves out null, which Hive spells as a name of its own.

package enum HivePartition {
  /// NAME=VALUE, escaped as Hive and Spark do: %XX for control characters, space and what means something in a path or pattern.
  /// - Throws: `ParquetError` for an empty value, which reads as null, and for one that is no name of a folder for its length.
  package static func folder(_ name: String, _ value: String) throws(ParquetError) -> String {
    guard !value.isEmpty else {
      throw ParquetError(
        description: "\(name): expected a name, found an empty one, which names no folder")
    }
    var folder = Array((name + "=").utf8)
    for byte in value.utf8 {
      guard escaped.contains(byte) else {
        folder.append(byte)
        continue
      }
      folder.append(UInt8(ascii: "%"))
      folder += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    guard folder.count <= 255 else {
      throw ParquetError(
        description:
          "\(name) \(value): expected a name of at most 255 bytes as a folder, found \(folder.count)"
      )
    }
    return String(decoding: folder, as: UTF8.self)
  }

  private static let digits = Array("0123456789ABCDEF".utf8)
  private static let escaped = Set(
    (0...0x20).map { UInt8($0) } + [0x7F] + Array("\"#%'*/:=?\\{[]^".utf8))
}
