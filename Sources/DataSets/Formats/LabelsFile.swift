// The list of labels that stands beside image files which are in no class folders.

internal import Basics
internal import FoundationEssentials

/// `labels.csv` or `labels.txt`: a line "FILE,LABEL" or "FILE LABEL" for each image, FILE being a path from the folder
/// on. Empty lines do not count, nor does a byte order mark; a first line that names no file is a heading. Images that are not listed are left
/// out. The label is the class's key, such as ImageNet's "n01440764". Samples keep the list's order; classes are in
/// the order of their keys' bytes, or of their values where all are whole numbers.
struct LabelsFile {
  static let names = ["labels.csv", "labels.txt"]

  private let path: String
  /// File, label and line number.
  private let lines: [(file: String, label: String, number: Int)]

  init(_ path: String) throws(DataSetError) {
    self.path = path
    guard let text = String(validating: try readFile(path), as: UTF8.self) else {
      throw DataSetError(path, expected: "UTF-8 text", found: "other bytes")
    }
    var lines: [(file: String, label: String, number: Int)] = []
    // Spreadsheets begin their files with a byte order mark.
    let marked = text.unicodeScalars.first == "\u{FEFF}"
    let body = marked ? String(text.unicodeScalars.dropFirst()) : text
    for (index, line) in body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let parts = (line.contains(",") ? line.split(separator: ",") : line.split(separator: "\t"))
      var words = parts.map(Self.trimmed)
      if words.count == 1 { words = line.split(whereSeparator: \.isWhitespace).map(String.init) }
      if words.isEmpty { continue }
      guard words.count == 2, !words.contains("") else {
        throw DataSetError(
          path, expected: "FILE,LABEL in line \(index + 1)", found: "'\(line.prefix(80))'")
      }
      lines.append((words[0], words[1], index + 1))
    }
    self.lines = lines
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  func listing(in folder: ImageFolder) throws(DataSetError) -> ImageFolder.Listing {
    func exists(_ file: String) -> Bool {
      FileManager.default.fileExists(atPath: folder.path(file))
    }
    let samples =
      lines.first.map { exists($0.file) || ImageFolder.isImage($0.file) } ?? true
      ? lines[...] : lines.dropFirst()
    guard !samples.isEmpty else { throw DataSetError(path, expected: "an image", found: "none") }
    var keys: Set<String> = []
    for sample in samples {
      guard exists(sample.file) else {
        throw DataSetError(
          path, expected: "files of this folder", found: "'\(sample.file)' in line \(sample.number)"
        )
      }
      guard keys.insert(sample.file).inserted else {
        throw DataSetError(
          path, expected: "every file once",
          found: "'\(sample.file)' again in line \(sample.number)")
      }
    }
    var labels = Set(samples.map(\.label)).sorted(by: bytesPrecede)
    if labels.allSatisfy({ Int($0) != nil }) { labels.sort { (Int($0) ?? 0) < (Int($1) ?? 0) } }
    let positions = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    return ImageFolder.Listing(
      classes: labels.map(ImageNetClasses.named),
      entries: samples.map { ImageFolder.Entry(key: $0.file, label: positions[$0.label] ?? 0) })
  }
}
