// SHA-256 against the vectors of FIPS 180-4's examples, and the framing of texts.

import ContentHash
import Testing

private func digest(_ pieces: [[UInt8]]) -> String {
  var hasher = ContentHasher()
  for piece in pieces { hasher.update(piece) }
  return hasher.finish()
}

@Test(arguments: [
  ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  (
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
  ),
])
func digestsOfFIPSVectors(text: String, expected: String) {
  #expect(digest([Array(text.utf8)]) == expected)
}

@Test func aMillionTimesTheLetterA() {
  let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
  #expect(digest([[UInt8](repeating: 97, count: 1_000_000)]) == expected)
  let pieces = [1, 63, 64, 65, 999_807].map { [UInt8](repeating: 97, count: $0) }
  #expect(digest(pieces) == expected)
}

@Test func spansHashLikeArrays() {
  let bytes: [UInt8] = [0, 255, 7]
  var hasher = ContentHasher()
  hasher.update(bytes.span.bytes)
  let hash = hasher.finish()
  #expect(hash == digest([bytes]))
}

@Test func textsAreFramedByTheirLength() {
  var hasher = ContentHasher()
  hasher.update("né")
  let hash = hasher.finish()
  #expect(hash == digest([[3, 0, 0, 0, 0, 0, 0, 0, 0x6E, 0xC3, 0xA9]]))
}

@Test func numbersAreLittleEndian() {
  var hasher = ContentHasher()
  hasher.update(UInt64(0x0102_0304_0506_0708))
  let hash = hasher.finish()
  #expect(hash == digest([[8, 7, 6, 5, 4, 3, 2, 1]]))
}
