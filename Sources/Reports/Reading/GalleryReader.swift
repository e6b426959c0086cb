// The galleries of a report, by the saved queries that answer their questions, so that a reader who asks these gets the same
// rows. Every gallery is bounded. Leaves out what is asked of several runs (PerturbedGalleries).

internal import Queries
internal import SQLiteKit
internal import Warehouse

/// Asks for one run's galleries.
struct GalleryReader {
  /// Samples of a gallery, and of each row of those that have several.
  static let (most, inRow, mostClasses) = (24, 5, 20)
  /// Bytes of pre-activations that are read for a question.
  static let mostBytes = 400 << 20

  let info: RunInfo
  let file: String
  let pictures: GalleryPictures
  /// The last layer that was captured, where patterns tell classes apart best.
  let lastCaptured: String
  /// The one before the network's last, where it was captured.
  let hidden: String?

  /// Every gallery of a run, in the order of the page.
  func all(_ connection: borrowing Connection) throws -> [Gallery] {
    try [
      mistakes(connection), hardest(connection), suspicious(connection), typical(connection),
    ] + neurons(connection) + neighbours(connection)
  }

  // MARK: Asking

  /// A row of an answer, by column.
  typealias Row = [String: Value]

  /// The first rows of a saved query's answer, and how many it has.
  func ask(
    _ connection: borrowing Connection, _ query: String, _ parameters: KeyValuePairs<String, Value>,
    most: Int
  ) throws -> (rows: [Row], count: Int) {
    guard let saved = try SavedQuery.named(query) else {
      preconditionFailure("A saved query of its name.")
    }
    return try ask(connection, sql: saved.sql, parameters, most: most)
  }

  func ask(
    _ connection: borrowing Connection, sql: String, _ parameters: KeyValuePairs<String, Value>,
    most: Int
  ) throws -> (rows: [Row], count: Int) {
    var statement = try connection.prepare(sql)
    for (name, value) in parameters { try statement.bind(value, named: ":" + name) }
    var (rows, count) = ([Row](), 0)
    while try statement.step() {
      count += 1
      if rows.count < most { rows.append(Self.row(statement)) }
    }
    return (rows, count)
  }

  static func row(_ statement: borrowing Statement) -> Row {
    var row: Row = [:]
    for column in 0..<statement.columnCount {
      row[statement.columnName(column)] = statement.value(column)
    }
    return row
  }

  /// What a reader types to get the rows of a saved query.
  func question(_ query: String, _ parameters: KeyValuePairs<String, String>) -> String {
    "engram-query \(Self.shell(file)) \(query)"
      + parameters.map { " --\($0.key) \(Self.shell($0.value))" }.joined()
  }

  func question(sql: String, _ parameters: KeyValuePairs<String, String>) -> String {
    "engram-query \(Self.shell(file)) --sql \(Self.shell(sql))"
      + parameters.map { " --param \(Self.shell("\($0.key)=\($0.value)"))" }.joined()
  }

  /// Text as one word of a shell's.
  static func shell(_ text: String) -> String {
    let plain = text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || "._-/,".utf8.contains($0)
    }
    if plain, !text.isEmpty, !text.hasPrefix("-") { return text }
    return "'"
      + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }

  // MARK: Samples

  /// A sample with its class, what it was taken for, and more lines.
  func sample(
    _ connection: borrowing Connection, _ row: Row, _ lines: [String] = []
  ) throws -> GallerySample {
    let (key, label) = (text(row["sample"]) ?? "", text(row["class"]))
    let predicted = text(row["predicted"])
    let isWrong = label != nil && predicted != nil && label != predicted
    let told =
      isWrong
      ? ["\(label ?? ""), taken for \(predicted ?? "")"]
      : [label ?? predicted.map { "taken for \($0)" } ?? "no label"]
    return GallerySample(
      key: key, pictures: [try pictures.own(connection, dataSet: info.datasetID, key: key)],
      lines: told + lines, isWrong: isWrong)
  }

  func text(_ value: Value?) -> String? { if case .text(let text) = value { text } else { nil } }

  func number(_ value: Value?) -> Double? {
    switch value {
    case .real(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }

  func sure(_ row: Row) -> String { "\(NumberText.percent(number(row["confidence"]))) sure" }

  static func shown(_ count: Int, of all: Int, _ what: String) -> String {
    count == all ? "All \(all) \(what)." : "\(count) of \(all) \(what)."
  }
}

/// The pictures of a page, up to so many bytes.
final class GalleryPictures {
  /// What all of them take on the page, which has 8 MB at most with everything else.
  static let mostBytes = 5 << 20
  private(set) var left = GalleryPictures.mostBytes
  /// How many there is no room for.
  private(set) var omitted = 0

  func own(
    _ connection: borrowing Connection, dataSet: Int, key: String
  ) throws -> Picture? {
    try picture(
      connection,
      """
      select mime_type, width, height, image from sample join thumbnail using (sample_id)
      where dataset_id = ? and key = ?
      """, .integer(dataSet), .text(key))
  }

  func made(
    _ connection: borrowing Connection, run: Int, dataSet: Int, key: String
  ) throws -> Picture? {
    try picture(
      connection,
      """
      select mime_type, width, height, image from sample join run_thumbnail using (sample_id)
      where dataset_id = ? and key = ? and run_id = ?
      """, .integer(dataSet), .text(key), .integer(run))
  }

  private func picture(
    _ connection: borrowing Connection, _ sql: String, _ values: Value...
  ) throws -> Picture? {
    var rows = try connection.prepare(sql)
    try rows.bind(values)
    guard try rows.step(), case .blob(let file) = rows.value(3),
      ["image/png", "image/jpeg"].contains(rows.text(0))
    else { return nil }
    let size = (file.count + 2) / 3 * 4 + 120
    guard size <= left else {
      omitted += 1
      return nil
    }
    left -= size
    return Picture(
      mimeType: rows.text(0), width: rows.int(1), height: rows.int(2), file: file)
  }
}
