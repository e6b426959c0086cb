// Values in the names of folders, as Hive and Spark escape them.

import Parquet
import Testing

@Suite struct HivePartitionTests {
  @Test func `What means something in a path is escaped, and nothing else`() throws {
    // Spark's list (ExternalCatalogUtils.needsEscaping), and space, which Hive escapes on some systems.
    let escaped = (1...0x20).map { UInt8($0) } + [0x7F] + Array("\"#%'*/:=?\\{[]^".utf8)
    for byte in UInt8(1)...0x7F {
      let hex = String(byte, radix: 16, uppercase: true)
      let text = String(UnicodeScalar(byte))
      let expected = escaped.contains(byte) ? "%" + (hex.count == 1 ? "0" : "") + hex : text
      #expect(try HivePartition.folder("run", text) == "run=" + expected)
    }
    #expect(try HivePartition.folder("layer", "é..") == "layer=é..")
  }

  @Test func `What names no folder is refused`() throws {
    #expect(throws: ParquetError.self) { try HivePartition.folder("run", "") }
    let longest = String(repeating: "x", count: 251)
    #expect(try HivePartition.folder("run", longest).utf8.count == 255)
    #expect(throws: ParquetError.self) { try HivePartition.folder("run", longest + "x") }
    #expect(throws: ParquetError.self) {
      try HivePartition.folder("run", String(repeating: "/", count: 84))
    }
  }
}
