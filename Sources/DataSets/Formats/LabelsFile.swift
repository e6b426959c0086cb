// The list of labels that stands beside image files which are in no class folders.

internal import Basics
internal import FoundationEssentials

/// `labels.csv` or `labels.txt`: a line "FILE,LABEL" or "FILE LABEL" for each image, FILE being a path from the folder
/// on; in quotes as spreadsheets write them ("a ""b"".png",cat) where a name needs them. A line is divided at its last
/// tab, comma or run of blanks, at the first of these that leaves a file which is there. Empty lines do not count; a
/// first line that names no file is a heading, which a note tells. Images that are not listed are left out, and counted
/// in a note. The label is the class's key, such as ImageNet's "n01440764". Samples keep the list's order; classes are
/// in the order of their keys' bytes, or of their values where all are whole numbers.
struct LabelsFile {
  static let names = ["labels.csv", "labels.txt"]

  private let list: TextLines
  private var path: String { list.path }

  /// A file, its label and the number of their line.
  private struct Sample {
    let file: String
    let label: String
    let number: Int
  }

  init(_ path: String) throws(DataSetError) { list = try TextLines(path) }

  func listing(in folder: ImageFolder) throws(DataSetError) -> ImageFolder.Listing {
    var notes: [String] = []
    let samples = try samples(in: folder, &notes)
    guard !samples.isEmpty else { throw DataSetError(path, expected: "an image", found: "none") }
    var keys: Set<ByteText> = []
    for sample in samples {
      guard keys.insert(ByteText(sample.file)).inserted else {
        throw DataSetError(
          path, expected: "every file once",
          found: "'\(sample.file.shown(200))' again in line \(sample.number)")
      }
    }
    var (found, passed) = try folder.images()
    found.removeAll { keys.contains(ByteText($0)) }
    passed.unlisted = found.sorted(by: bytesPrecede)
    notes += passed.notes(folder.directory)
    var labels = Set(samples.map { ByteText($0.label) }).sorted()
    if labels.allSatisfy({ Int($0.text) != nil }) {
      labels.sort { (Int($0.text) ?? 0, $0) < (Int($1.text) ?? 0, $1) }
    }
    let positions = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    return ImageFolder.Listing(
      classes: labels.map { ImageNetClasses.named($0.text) },
      entries: samples.map {
        ImageFolder.Entry(key: $0.file, label: positions[ByteText($0.label)] ?? 0)
      }, notes: notes)
  }

  private func samples(
    in folder: ImageFolder, _ notes: inout [String]
  ) throws(DataSetError) -> [Sample] {
    var samples: [Sample] = []
    var isFirst = true
    for (index, line) in list.lines.enumerated() {
      let text = line.withoutBlanks
      if text.isEmpty { continue }
      defer { isFirst = false }
      let divisions = Self.divisions(of: text)
      if let (file, label) = divisions.first(where: {
        FileManager.default.fileExists(atPath: folder.path($0.file))
      }) {
        samples.append(Sample(file: file, label: label, number: index + 1))
        continue
      }
      let fields = Self.fields(of: text)
      guard fields.count == 2, !fields.contains(""), let first = divisions.first else {
        throw DataSetError(
          path, expected: "FILE,LABEL in line \(index + 1)", found: "'\(text.shown(80))'")
      }
      let image = divisions.first { ImageFolder.isImage($0.file) }
      guard isFirst, image == nil else {
        throw DataSetError(
          path, expected: "files of this folder",
          found: "'\((image ?? first).file.shown(200))' in line \(index + 1)")
      }
      notes.append(
        "\(path): line \(index + 1), '\(text.shown(80))', names no file here and is taken for a heading"
      )
    }
    return samples
  }

  /// What stands between tabs, commas or blanks, whichever a line has first.
  private static func fields(of line: String) -> [String] {
    if line.unicodeScalars.contains("\t") { return line.parts(at: "\t").map(\.withoutBlanks) }
    if line.unicodeScalars.contains(",") { return quotedFields(line) ?? [] }
    return line.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }
  }

  /// The ways in which a line names a file and a label.
  private static func divisions(of line: String) -> [(file: String, label: String)] {
    let scalars = line.unicodeScalars
    if scalars.first == "\"" {
      let fields = quotedFields(line) ?? []
      return fields.count == 2 && !fields.contains("") ? [(fields[0], fields[1])] : []
    }
    let isBreak: [(Unicode.Scalar) -> Bool] = [
      { $0 == "\t" }, { $0 == "," }, { $0.properties.isWhitespace },
    ]
    var divisions: [(file: String, label: String)] = []
    for isBreak in isBreak {
      guard let place = scalars.lastIndex(where: isBreak) else { continue }
      let file = String(scalars[..<place]).withoutBlanks
      let fields = quotedFields(String(scalars[scalars.index(after: place)...]).withoutBlanks)
      guard let label = fields?.first, fields?.count == 1, !file.isEmpty, !label.isEmpty else {
        continue
      }
      divisions.append((file, label))
    }
    return divisions
  }

  /// The fields of a line of comma-separated values (RFC 4180), a quote within quotes being written twice; nil where a
  /// quote does not end or something stands behind it.
  private static func quotedFields(_ line: String) -> [String]? {
    var fields: [String] = []
    var rest = line.unicodeScalars[...]
    while true {
      if rest.first == "\"" {
        var field = String.UnicodeScalarView()
        rest.removeFirst()
        while true {
          guard let scalar = rest.popFirst() else { return nil }
          guard scalar == "\"" else {
            field.append(scalar)
            continue
          }
          guard rest.first == "\"" else { break }
          field.append(rest.removeFirst())
        }
        fields.append(String(field))
        while rest.first == " " { rest.removeFirst() }
        guard let comma = rest.popFirst() else { return fields }
        guard comma == "," else { return nil }
        while rest.first == " " { rest.removeFirst() }
      } else {
        guard let comma = rest.firstIndex(of: ",") else {
          return fields + [String(rest).withoutBlanks]
        }
        fields.append(String(rest[..<comma]).withoutBlanks)
        rest = rest[rest.index(after: comma)...]
      }
    }
  }
}
