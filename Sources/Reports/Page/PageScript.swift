// The page's only script: it hands out a figure as a file. Everything else on the page works without it.

import ContentHash

enum PageScript {
  /// Free of <, > and &, so that it stands in HTML as it is.
  static let text = """
    document.addEventListener("click", function (event) {
      var button = event.target.closest("button[data-name]");
      if (!button) return;
      var svg = button.closest("figure").querySelector("svg");
      var file = new Blob([new XMLSerializer().serializeToString(svg)], {type: "image/svg+xml"});
      var link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = button.dataset.name;
      link.click();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
    });
    document.documentElement.classList.add("scripted");
    """

  /// The source expression that lets this script run and no other (https://www.w3.org/TR/CSP3/#grammardef-hash-source).
  static var source: String {
    var hasher = ContentHasher()
    hasher.update(Array(text.utf8))
    return "'sha256-\(base64(bytes(hasher.finish())))'"
  }

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap { $0.hexDigitValue.map(UInt8.init) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        text.append(
          place <= group.count ? digits[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
