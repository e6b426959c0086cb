// embed-texts OUTPUT FILE...: writes a Swift file that has the texts of the files by their names, in order of the names'
// bytes. Part of the build; the plugin beside it calls it.

import Foundation

let words = CommandLine.arguments
guard words.count >= 2 else {
  FileHandle.standardError.write(Data("embed-texts: usage: embed-texts OUTPUT FILE...\n".utf8))
  exit(64)
}

/// As a Swift string literal.
func literal(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\", "\"": result += "\\\(scalar)"
    case "\n": result += "\\n"
    default:
      result += scalar.value < 32 ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
  }
  return result + "\""
}

do {
  var entries: [(name: String, text: String)] = []
  for path in words.dropFirst(2) {
    let url = URL(filePath: path)
    guard let text = String(validating: try Data(contentsOf: url), as: UTF8.self) else {
      throw CocoaError(.fileReadInapplicableStringEncoding, userInfo: [NSFilePathErrorKey: path])
    }
    entries.append((url.deletingPathExtension().lastPathComponent, text))
  }
  entries.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  let lines = entries.map { "  (\(literal($0.name)), \(literal($0.text))),\n" }
  let text =
    "/// The embedded files of this folder, by name, without the ending.\n"
    + "let embeddedTexts: [(name: String, text: String)] = [\n\(lines.joined())]\n"
  try Data(text.utf8).write(to: URL(filePath: words[1]))
} catch {
  FileHandle.standardError.write(Data("embed-texts: \(words[1]): \(error)\n".utf8))
  exit(1)
}
