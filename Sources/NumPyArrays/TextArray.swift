// Texts in a .npy file: NumPy's U, four bytes a character, and S, bytes, which are taken for UTF-8. Shorter texts are
// filled up with zeros. No objects: they are pickles.

package import FoundationEssentials

/// The texts of an array of one axis.
package struct TextArray: Sendable {
  package let texts: [String]

  /// - Parameters:
  ///   - file: The whole file.
  ///   - path: Its path, for messages.
  package init(_ file: Data, path: String) throws(NumPyError) {
    let frame = try ArrayFrame(file, path: path)
    func fail(_ expected: String, _ found: String) -> NumPyError {
      NumPyError(path, expected: expected, found: found)
    }
    let name = frame.type.drop { "<>|=".contains($0) }
    guard let kind = name.first, kind == "U" || kind == "S", let width = Int(name.dropFirst()),
      (0...Int(Int32.max)).contains(width)
    else {
      throw fail("texts, as np.array(LIST, dtype=str) has them", "'\(frame.type.prefix(80))'")
    }
    guard frame.shape.count == 1 else { throw fail("texts of one axis", "\(frame.shape)") }
    let count = frame.shape[0]
    let size = try frame.byteCount(kind == "U" ? 4 * width : width)
    guard file.count - frame.start == size else {
      throw fail(
        "\(size) bytes of elements for shape \(frame.shape)", "\(file.count - frame.start)")
    }
    guard width > 0 else {
      texts = [String](repeating: "", count: count)
      return
    }
    let isBigEndian = frame.type.hasPrefix(">")
    var texts: [String] = []
    texts.reserveCapacity(count)
    for index in 0..<count {
      let own = file.dropFirst(frame.start + index * (size / count)).prefix(size / count)
      guard let text = kind == "S" ? Self.bytes(own) : Self.characters(own, isBigEndian) else {
        throw fail(
          kind == "S" ? "texts in UTF-8" : "characters of Unicode", "others in text \(index)")
      }
      texts.append(text)
    }
    self.texts = texts
  }

  private static func bytes(_ own: Data) -> String? {
    let count = own.lastIndex { $0 != 0 }.map { $0 - own.startIndex + 1 } ?? 0
    return String(validating: own.prefix(count), as: UTF8.self)
  }

  private static func characters(_ own: Data, _ isBigEndian: Bool) -> String? {
    var scalars = String.UnicodeScalarView()
    let bytes = Array(own)
    var end = bytes.count
    while end > 0, bytes[end - 4..<end].allSatisfy({ $0 == 0 }) { end -= 4 }
    for start in stride(from: 0, to: end, by: 4) {
      let code = (0..<4).reduce(UInt32(0)) {
        $0 | UInt32(bytes[start + (isBigEndian ? 3 - $1 : $1)]) << UInt32(8 * $1)
      }
      guard let scalar = Unicode.Scalar(code) else { return nil }
      scalars.append(scalar)
    }
    return String(scalars)
  }
}
