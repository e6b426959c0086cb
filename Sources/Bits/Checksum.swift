// The checksum of a blob, or of two blobs one after the other, as it stands beside them in a warehouse.
// Guards against damage, not against malice.

import CKernels

/// XXH3 of 64 bits (xxhash.com, seed 0), as SQLite's signed integer.
package enum Checksum {
  package static func of(_ bytes: RawSpan) -> Int {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe Int(bitPattern: UInt(engram_checksum(bytes.baseAddress, bytes.count, nil, 0)))
    }
  }

  package static func of(_ first: RawSpan, _ second: RawSpan) -> Int {
    unsafe first.withUnsafeBytes { first in
      unsafe second.withUnsafeBytes { second in
        unsafe Int(
          bitPattern: UInt(
            engram_checksum(first.baseAddress, first.count, second.baseAddress, second.count)))
      }
    }
  }

  package static func of(_ bytes: [UInt8]) -> Int { unsafe of(bytes.span.bytes) }

  package static func of(_ first: [UInt8], _ second: [UInt8]) -> Int {
    unsafe of(first.span.bytes, second.span.bytes)
  }
}
