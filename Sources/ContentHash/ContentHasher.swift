// SHA-256 of content, over OpenSSL's EVP interface. No other digest, no keyed hashing, no files.

internal import CCrypto

/// SHA-256 over bytes fed piece by piece.
///
/// Bytes are hashed as they are: only `update(_: String)` frames its argument, so callers that feed
/// several byte strings of varying length feed their counts too.
@safe
package struct ContentHasher: ~Copyable {
  private let context: OpaquePointer

  package init() {
    guard let context = unsafe EVP_MD_CTX_new(),
      unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    else { preconditionFailure("OpenSSL offers no SHA-256.") }
    unsafe self.context = context
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: [UInt8]) {
    unsafe update(bytes.span.bytes)
  }

  package mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      // The return value is 1 for every initialised context: digesting memory cannot fail.
      _ = unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
    }
  }

  /// The length of the UTF-8 form as eight bytes, least significant first, then the form itself.
  package mutating func update(_ text: String) {
    let utf8 = Array(text.utf8)
    update(UInt64(utf8.count))
    update(utf8)
  }

  /// Eight bytes, least significant first.
  package mutating func update(_ number: UInt64) {
    update((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) })
  }

  /// The digest of everything fed, as 64 lower-case hexadecimal digits.
  package consuming func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe digest.withUnsafeMutableBufferPointer { buffer in
      _ = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
    }
    let digits = Array("0123456789abcdef".utf8)
    let hex = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: hex, as: UTF8.self)
  }
}
