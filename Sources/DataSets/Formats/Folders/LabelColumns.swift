// How a line of a list of labels is divided: into file and label at the last mark that leaves a file, or into the columns of
// a table with more than two. Quotes are those of RFC 4180; a field does not go over a line's end.

internal import Basics

/// The columns of a table of more than two.
///
/// The file's is the one column whose values are images. The label's is the one that is left when an index is left out, a
/// first column without a name, or called so, or counting up by one; or else the one that the heading calls so.
struct LabelColumns {
  let separator: Unicode.Scalar
  let file: Int
  let label: Int

  private static let separators: [Unicode.Scalar] = ["\t", ",", ";"]
  private static let indices: Set = ["", "index", "idx", "id", "unnamed: 0", "row", "#"]
  private static let labels: Set = [
    "label", "labels", "class", "target", "category", "wnid", "synset", "class_name", "classname",
  ]

  /// What mends a table whose columns are not plain.
  static let advice = "of more columns name the two 'file' and 'label' in a heading"

  init(separator: Unicode.Scalar, file: Int, label: Int) {
    self.separator = separator
    self.file = file
    self.label = label
  }

  /// nil where lines are a file and a label alone.
  ///
  /// - Parameter lines: None empty.
  init?(
    of lines: [(number: Int, text: String)], in path: String, files: ListedFiles
  ) throws(DataSetError) {
    // The first line may be a heading.
    guard let line = lines.dropFirst().first ?? lines.first,
      !Self.divisions(of: line.text.withoutBlanks).contains(where: { files.isNamed($0.file) })
    else { return nil }
    for separator in Self.separators {
      let fields = Self.quotedFields(line.text, at: separator) ?? []
      guard fields.count > 2 else { continue }
      let first = Self.quotedFields(lines[0].text, at: separator) ?? []
      let numbers = lines.map {
        Self.quotedFields($0.text, at: separator)?.first.flatMap { Int($0) }
      }
      let isIndex =
        Self.isCounted(numbers[...]) || Self.isCounted(numbers.dropFirst())
        || numbers[0] == nil && Self.indices.contains(first.first?.lowercased() ?? "-")
      // Numbers are names of images, too.
      let ways =
        isIndex ? [fields.indices.dropFirst(), fields.indices[...]] : [fields.indices[...]]
      let places =
        ways.flatMap { way in
          [way.filter { files.isFile(fields[$0]) }, way.filter { files.isNamed(fields[$0]) }]
        }.first { !$0.isEmpty } ?? []
      guard let file = places.first else { continue }
      let heading = first.count == fields.count && !files.isNamed(first[file]) ? first : nil
      var left = fields.indices.filter { $0 != file && !(isIndex && $0 == 0) }
      if left.count > 1, let heading {
        left = left.filter { Self.labels.contains(heading[$0].lowercased()) }
      }
      guard let label = left.first, left.count == 1, places.count == 1 else {
        throw DataSetError(
          path, expected: "FILE,LABEL in line \(line.number)", found: "'\(line.text.shown(80))'",
          hint: Self.advice)
      }
      self.init(separator: separator, file: file, label: label)
      return
    }
    return nil
  }

  /// Whether several numbers count up by one.
  private static func isCounted(_ numbers: ArraySlice<Int?>) -> Bool {
    numbers.count > 1
      && zip(numbers, numbers.dropFirst()).allSatisfy { a, b in
        b != nil && a.map { $0 &+ 1 } == b
      }
  }

  var note: String {
    "column \(file + 1) is taken for the file and column \(label + 1) for the label"
  }

  /// The file and the label of a line; none where it has no such columns.
  func divisions(of line: String) -> [(file: String, label: String)] {
    guard let fields = Self.quotedFields(line, at: separator),
      fields.indices.contains(max(file, label)),
      !fields[label].isEmpty
    else { return [] }
    return [(fields[file], fields[label])]
  }

  /// Whether a line has marks other than blanks.
  static func isSeparated(_ line: String) -> Bool {
    separators.contains(where: line.unicodeScalars.contains)
  }

  /// What stands between tabs, commas, semicolons or blanks, whichever a line has first.
  static func fields(of line: String) -> [String] {
    if let separator = separators.first(where: line.unicodeScalars.contains) {
      return quotedFields(line, at: separator) ?? []
    }
    return line.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }
  }

  /// The ways in which a line names a file and a label.
  static func divisions(of line: String) -> [(file: String, label: String)] {
    let scalars = line.unicodeScalars
    if scalars.first == "\"" {
      return separators.compactMap { separator in
        let fields = quotedFields(line, at: separator) ?? []
        return fields.count == 2 && !fields.contains("") ? (fields[0], fields[1]) : nil
      }
    }
    let isBreak: [(Unicode.Scalar) -> Bool] =
      separators.map { separator in { $0 == separator } } + [{ $0.properties.isWhitespace }]
    var divisions: [(file: String, label: String)] = []
    for isBreak in isBreak {
      guard let place = scalars.lastIndex(where: isBreak) else { continue }
      let file = String(scalars[..<place]).withoutBlanks
      let fields = quotedFields(
        String(scalars[scalars.index(after: place)...]).withoutBlanks, at: ",")
      guard let label = fields?.first, fields?.count == 1, !file.isEmpty, !label.isEmpty else {
        continue
      }
      divisions.append((file, label))
    }
    return divisions
  }

  /// The fields of a line of separated values (RFC 4180), a quote within quotes being written twice; nil where a quote
  /// does not end or something stands behind it.
  private static func quotedFields(_ line: String, at separator: Unicode.Scalar) -> [String]? {
    var fields: [String] = []
    var rest = line.unicodeScalars[...]
    while true {
      while rest.first == " " { rest.removeFirst() }
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
        guard let mark = rest.popFirst() else { return fields }
        guard mark == separator else { return nil }
      } else {
        guard let mark = rest.firstIndex(of: separator) else {
          return fields + [String(rest).withoutBlanks]
        }
        fields.append(String(rest[..<mark]).withoutBlanks)
        rest = rest[rest.index(after: mark)...]
      }
    }
  }
}
