// A headless Chromium, where there is one, and what it makes of pages: widths, overlapping labels, what it complains of.

import Foundation

enum Browser {
  /// nil where PATH has none.
  static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for name in ["chromium", "chromium-browser", "google-chrome"] {
      for folder in folders {
        let path = "\(folder)/\(name)"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
      }
    }
    return nil
  }()

  /// What the script in a page found.
  struct Finding: Decodable {
    let page: String
    let width: Int
    let scrollWidth: Int
    let figures: Int
    /// Texts of one figure that lie over each other, or stand beyond its edges.
    let overlaps: [String]
    let cut: [String]
    /// Bytes that the first SVG button offered.
    let saved: Int
  }

  struct Answer {
    let findings: [Finding]
    /// What went to the console: errors, refused scripts.
    let console: [Substring]
  }

  /// A sheet of A4 without its margins, in CSS pixels.
  static let sheet = 703

  /// Loads each page as it is, and a copy that examines itself at 1280 and 390 pixels and as it is printed on A4, all in one
  /// start.
  /// - Parameter pages: HTML by name.
  static func examine(_ pages: [String: String], in directory: String) throws -> Answer {
    var frames = ""
    for (name, html) in pages.sorted(by: { $0.key < $1.key }) {
      try Data(html.utf8).write(to: URL(filePath: "\(directory)/\(name).html"))
      let open = html.replacing(#/<meta http-equiv="Content-Security-Policy"[^>]*>/#, with: "")
      let copy = open.replacing("</body>", with: "<script>\(script(name))</script></body>")
      try Data(copy.utf8).write(to: URL(filePath: "\(directory)/\(name)-examined.html"))
      // What holds for paper, on the screen.
      let sheet = copy.replacing("@media print", with: "@media all")
      try Data(sheet.utf8).write(to: URL(filePath: "\(directory)/\(name)-printed.html"))
      frames += "<iframe src='\(name).html' width='800' height='600'></iframe>"
      frames += "<iframe src='\(name)-printed.html' width='\(Self.sheet)' height='900'></iframe>"
      for width in [1280, 390] {
        frames += "<iframe src='\(name)-examined.html' width='\(width)' height='900'></iframe>"
      }
    }
    let collector = """
      <!DOCTYPE html><style>iframe { border: 0 }</style><pre id="found"></pre><script>
      addEventListener("message", function (event) {
        document.getElementById("found").append(btoa(event.data) + "\\n");
      });
      </script>\(frames)
      """
    let start = "\(directory)/start.html"
    try Data(collector.utf8).write(to: URL(filePath: start))
    let (output, errors) = try run(start, directory)
    let found = output.firstMatch(of: #/<pre id="found">([^<]*)</#)?.1 ?? ""
    return Answer(
      findings: try found.split(separator: "\n").map { line in
        try JSONDecoder().decode(
          Finding.self, from: Data(base64Encoded: String(line)) ?? Data())
      }, console: errors.split(separator: "\n").filter { $0.contains("CONSOLE") })
  }

  private static func run(_ page: String, _ directory: String) throws -> (String, String) {
    let process = Process()
    process.executableURL = URL(filePath: path ?? "")
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
      "--user-data-dir=\(directory)/profile", "--enable-logging=stderr",
      "--virtual-time-budget=5000", "--dump-dom", "file://" + page,
    ]
    let files = ["out", "err"].map { "\(directory)/\($0)" }
    for file in files { try Data().write(to: URL(filePath: file)) }
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: files[0]))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: files[1]))
    try process.run()
    process.waitUntilExit()
    let texts = try files.map {
      String(decoding: try Data(contentsOf: URL(filePath: $0)), as: UTF8.self)
    }
    return (texts[0], texts[1])
  }

  /// Labels may touch: a line box is taller than its letters.
  private static func script(_ name: String) -> String {
    """
    addEventListener("load", function () {
      document.querySelectorAll("details").forEach(function (one) { one.open = true; });
      var saved = 0;
      URL.createObjectURL = function (file) { saved = file.size; return "#saved"; };
      var button = document.querySelector("button[data-name]");
      if (button) button.click();
      var overlaps = [], cut = [];
      document.querySelectorAll("figure svg").forEach(function (svg) {
        var frame = svg.getBoundingClientRect();
        var slack = 1.5 * frame.width / svg.viewBox.baseVal.width;
        var texts = Array.from(svg.querySelectorAll("text"), function (one) {
          return {text: one.lastChild.textContent, box: one.getBoundingClientRect()};
        });
        texts.forEach(function (a, index) {
          if (a.box.left < frame.left - slack || a.box.right > frame.right + slack
            || a.box.top < frame.top - slack || a.box.bottom > frame.bottom + slack)
            cut.push(svg.getAttribute("aria-label") + ": " + a.text);
          texts.slice(index + 1).forEach(function (b) {
            var across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
            var down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
            if (across > slack && down > slack)
              overlaps.push(svg.getAttribute("aria-label") + ": " + a.text + " | " + b.text);
          });
        });
      });
      var found = {page: "\(name)", width: innerWidth,
        scrollWidth: document.documentElement.scrollWidth,
        figures: document.querySelectorAll("figure svg").length, overlaps: overlaps, cut: cut,
        saved: saved};
      var plain = JSON.stringify(found).replace(/[^ -~]/g, "?");
      parent.postMessage(plain, "*");
    });
    """
  }
}
