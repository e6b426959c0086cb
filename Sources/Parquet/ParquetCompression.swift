// What pages are compressed with.

internal import CZstd

package enum ParquetCompression: String, CaseIterable, Sendable {
  case zstd, none

  /// The number Parquet has for it.
  var codec: Int { self == .zstd ? 6 : 0 }

  /// - Throws: `ParquetError` where zstd has no memory.
  func compressed(_ bytes: [UInt8]) throws(ParquetError) -> [UInt8] {
    guard self == .zstd else { return bytes }
    let bound = ZSTD_compressBound(bytes.count)
    var status = 0
    let result = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      status = unsafe bytes.withUnsafeBytes {
        unsafe ZSTD_compress(buffer.baseAddress, bound, $0.baseAddress, $0.count, 1)
      }
      count = ZSTD_isError(status) != 0 ? 0 : status
    }
    guard ZSTD_isError(status) == 0 else {
      throw ParquetError(
        description: "zstd: " + (unsafe String(cString: ZSTD_getErrorName(status))))
    }
    return result
  }
}
