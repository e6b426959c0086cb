// Pictures of samples as files, in a folder that is there whole or not at all. Names of files and folders are made of keys and
// names, whatever these hold: none leads out of the folder.

import Basics
import Bits
import CommandLineTool
import Parquet
import SQLiteKit
import Warehouse

enum ThumbnailFolder {
  /// `DIR/dataset=NAME/KEY.png`, `DIR/run=NAME/KEY.jpg` of what an attacked or shifted run made, and a table of them.
  static func export(_ arguments: Arguments, to path: String) throws {
    let words = try arguments.positionals(named: "WAREHOUSE", "thumbnails")
    var warehouse = try Warehouse.open(words[0], mode: .readOnly)
    try warehouse.connection.execute("begin")
    let stored = try warehouse.runs()
    let wanted = try FolderExport.names("runs", of: arguments)
    for name in wanted ?? [] where !stored.contains(where: { $0.name.hasBytes(of: name) }) {
      throw RequestError(
        description: "--runs: " + unknown("run", name, known: stored.map(\.name)))
    }
    let runs = wanted.map { names in
      stored.filter { run in names.contains(where: run.name.hasBytes(of:)) }.map(\.id)
    }
    Interrupt.watch()
    warehouse.stop { Interrupt.isRequested }
    let folder = try PartedFolder(path, .none)
    let counts: (shared: Int, ofRuns: Int)
    do {
      counts = try write(warehouse.connection, runs, to: folder)
      guard counts.shared + counts.ofRuns > 0 else {
        throw RequestError(
          description:
            "\(words[0]): no thumbnails\(runs == nil ? "" : " of these runs"); engram-ingest with --thumbnails 48 "
            + "brings them, for a run that is there as well")
      }
    } catch {
      folder.abandon()
      guard Interrupt.isRequested else { throw error }
      throw Interrupted("interrupted; \(path) is not written")
    }
    try folder.finish()
    note(
      "wrote \(path): \(counts.shared) pictures of samples, \(counts.ofRuns) of what attacked and shifted runs made of them; "
        + "thumbnails.csv says which is which")
  }

  private static func write(
    _ connection: borrowing Connection, _ runs: [Int]?, to folder: PartedFolder
  ) throws -> (shared: Int, ofRuns: Int) {
    let twins = try namesakes(connection)
    let chosen = (runs ?? []).map { "\($0)" }.joined(separator: ", ")
    let condition =
      runs == nil
      ? "true"
      : """
      case when run_id is null then thumbnails.sample_id in (select sample_id from prediction where run_id in (\(chosen)))
        else run_id in (\(chosen)) end
      """
    var rows = try connection.prepare(
      """
      select run_id, cast(run as blob), cast(dataset as blob), cast(sample as blob), class, mime_type, width, height, image,
        dataset_id, run, dataset, sample, (select fingerprint from dataset as own where own.dataset_id = sample.dataset_id)
      from thumbnails join (select sample_id, dataset_id from sample) as sample using (sample_id)
      where \(condition) order by run_id is not null, run_id, dataset_id, thumbnails.position
      """)
    let index = try folder.output([], "thumbnails.csv")
    var list = try RowWriter(
      format: .csv,
      columns: ["file", "run", "dataset", "sample", "class", "mime_type", "width", "height"],
      output: index)
    var counts = (shared: 0, ofRuns: 0)
    while try rows.step() {
      if Interrupt.isRequested { throw Interrupted("interrupted") }
      guard case .blob(let key) = rows.value(3), case .blob(let file) = rows.value(8),
        case .blob(let set) = rows.value(2)
      else { continue }
      let own: String
      if rows.isNull(0) {
        counts.shared += 1
        let twin = twins.contains(rows.int(9)) ? "," + rows.text(13).prefix(8) : ""
        own = "dataset=" + fileName(set, ending: twin)
      } else {
        counts.ofRuns += 1
        guard case .blob(let run) = rows.value(1) else { continue }
        own = "run=" + fileName(run)
      }
      let name = fileName(key, ending: rows.text(5) == "image/png" ? ".png" : ".jpg")
      let output = try folder.output([own], name)
      try output.write(file)
      try output.finish()
      try list.write([
        .text(own + "/" + name), rows.isNull(0) ? .null : .text(rows.text(10)),
        .text(rows.text(11)),
        .text(rows.text(12)), rows.isNull(4) ? .null : .text(rows.text(4)), .text(rows.text(5)),
        .integer(rows.int(6)), .integer(rows.int(7)),
      ])
    }
    try list.finish()
    try index.finish()
    return counts
  }

  /// Data sets whose name another one has as well.
  private static func namesakes(_ connection: borrowing Connection) throws -> Set<Int> {
    var rows = try connection.prepare(
      """
      select dataset_id from dataset as own
      where exists (select 1 from dataset as other where other.name = own.name and other.dataset_id <> own.dataset_id)
      """)
    var found: Set<Int> = []
    while try rows.step() { found.insert(rows.int(0)) }
    return found
  }

  /// A name that stands for a text and no other: bytes that mean something in a path, and those of what is no UTF-8, are %XX;
  /// of one that is too long its first bytes and a checksum of all.
  static func fileName(_ text: [UInt8], ending: String = "") -> String {
    let isText = String(validating: text, as: UTF8.self) != nil
    var name: [UInt8] = []
    for (place, byte) in text.enumerated() {
      let isPlain =
        byte > 0x20 && byte != 0x7F && !"\"#%'*/:<>=?\\{|}[]^".utf8.contains(byte)
        && (byte < 0x80 || isText)
        && !(place == 0 && [UInt8(ascii: "."), UInt8(ascii: "-")].contains(byte))
      if isPlain {
        name.append(byte)
      } else {
        name += [UInt8(ascii: "%"), hex(byte >> 4), hex(byte & 15)]
      }
    }
    if name.isEmpty { name = Array("%".utf8) }
    if name.count > 180 {
      let sum = UInt64(bitPattern: Int64(Checksum.of(text)))
      // A character is not cut in two, and no escape.
      var end = 150
      while end > 0, name[end] & 0xC0 == 0x80 { end -= 1 }
      if let escape = name[max(0, end - 2)..<end].lastIndex(of: UInt8(ascii: "%")) { end = escape }
      name = name[..<end] + Array(("%~" + String(sum, radix: 16)).utf8)
    }
    return String(decoding: name, as: UTF8.self) + ending
  }

  private static func hex(_ digit: UInt8) -> UInt8 { Array("0123456789ABCDEF".utf8)[Int(digit)] }
}
