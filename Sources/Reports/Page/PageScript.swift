// The page's only script: it hands out a figure as a file, and says what a dot of a map is. Everything else on the page
// works without it.

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
    var samples, pictures;
    document.querySelectorAll(".map").forEach(function (map) {
      var svg = map.querySelector("svg"), told = map.querySelector(".told"), side = svg.viewBox.baseVal.width;
      function lines(text) { return text.split("\\n").map(function (line) { return line.split("\\t"); }); }
      var dots = lines(map.dataset.places);
      if (map.dataset.samples) {
        samples = lines(map.dataset.samples);
        pictures = Object.fromEntries(lines(map.dataset.pictures));
      }
      var words = samples, seen = pictures;
      function show(event) {
        var box = svg.getBoundingClientRect(), scale = side / box.width, best = -1, least = 200 * scale * scale;
        var x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
        var alone = map.querySelector(".only-wrong").checked;
        dots.forEach(function (dot, index) {
          if (alone) if (words[index][2]) return;
          var dx = dot[0] - x, dy = dot[1] - y, square = dx * dx + dy * dy;
          if (least > square) { least = square; best = index; }
        });
        told.hidden = 0 > best;
        if (told.hidden) return;
        told.textContent = "";
        if (seen[best]) {
          var image = document.createElement("img");
          image.src = seen[best];
          told.append(image);
        }
        told.append(words[best][0], document.createElement("br"), words[best][1]);
        var frame = map.getBoundingClientRect(), left = event.clientX - frame.left + 14;
        told.style.left = Math.max(0, Math.min(left, frame.width - 226)) + "px";
        told.style.top = event.clientY - frame.top + 14 + "px";
      }
      svg.addEventListener("pointermove", show);
      svg.addEventListener("pointerdown", show);
      svg.addEventListener("pointerleave", function () { told.hidden = true; });
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
    func append(_ word: Int, places: Int) {
      for place in 0..<places { text.append(digits[word >> (18 - 6 * place) & 63]) }
    }
    var start = 0
    while start + 3 <= bytes.count {
      append(
        Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2]), places: 4)
      start += 3
    }
    let rest = bytes.count - start
    if rest > 0 {
      append(
        Int(bytes[start]) << 16 | (rest > 1 ? Int(bytes[start + 1]) << 8 : 0), places: rest + 1)
      text += [UInt8](repeating: UInt8(ascii: "="), count: 3 - rest)
    }
    return String(decoding: text, as: UTF8.self)
  }
}
