// A result row as cells. Blobs are summed up in a few words, unless their bytes are asked for.

import CommandLineTool
import SQLiteKit

/// What stands for a blob where rows are text.
enum BlobForm: String, CaseIterable {
  /// RFC 4648, padded.
  case base64
  /// What it is, and its size.
  case summary
  /// Null.
  case omit

  /// - Throws: `UsageError` where --blobs names none.
  init(_ arguments: Arguments) throws {
    let name = try arguments.choice("blobs", of: Self.allCases.map(\.rawValue))
    self = name.flatMap { BlobForm(rawValue: $0) } ?? .summary
  }

  static let option = Option(
    "blobs", "FORM",
    "blobs in csv, json and jsonl: base64; summary, a few words; or omit, null (empty in csv)",
    default: "summary")
}

func cells(of row: borrowing Statement, blobs: BlobForm = .summary) -> [Cell] {
  var cells: [Cell] = []
  for column in 0..<row.columnCount {
    switch row.type(column) {
    case .null: cells.append(.null)
    case .integer: cells.append(.integer(row.int(column)))
    case .real: cells.append(.real(row.double(column)))
    case .text: cells.append(.text(row.text(column)))
    case .blob:
      switch blobs {
      case .base64: cells.append(.text(base64(row.blob(column))))
      case .summary: cells.append(.text(summary(of: row.blob(column))))
      case .omit: cells.append(.null)
      }
    }
  }
  return cells
}

private func base64(_ bytes: RawSpan) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.byteCount + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.byteCount, by: 3) {
    let count = min(3, bytes.byteCount - start)
    let bits = (0..<count).reduce(0) { $0 | Int(byte(start + $1, of: bytes)) << (16 - 8 * $1) }
    for place in 0..<4 {
      text.append(place <= count ? letters[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}

/// "<bits 384×3137, 75,312 B>" for stored significance, "<counts 384×3137 of 1,000 samples, …>" for
/// class counts, "<blob 12 B>" otherwise.
func summary(of bytes: RawSpan) -> String {
  let size = grouped(bytes.byteCount) + " B>"
  guard bytes.byteCount >= 2, byte(0, of: bytes) == UInt8(ascii: "E") else {
    return "<blob " + size
  }
  switch byte(1, of: bytes) {
  // Outputs, columns and active columns behind four bytes of magic, version and flags.
  case UInt8(ascii: "B") where bytes.byteCount >= 16:
    return "<bits \(word(4, of: bytes))×\(word(8, of: bytes)), " + size
  // Samples, first row, rows and columns behind magic, version and counter width.
  case UInt8(ascii: "C") where bytes.byteCount >= 20:
    let shape = "\(word(12, of: bytes))×\(word(16, of: bytes))"
    return "<counts \(shape) of \(grouped(word(4, of: bytes))) samples, " + size
  default:
    return "<blob " + size
  }
}

private func byte(_ offset: Int, of bytes: RawSpan) -> UInt8 {
  bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
}

/// A little-endian UInt32.
private func word(_ offset: Int, of bytes: RawSpan) -> Int {
  (0..<4).reduce(0) { $0 | Int(byte(offset + $1, of: bytes)) << (8 * $1) }
}

private func grouped(_ value: Int) -> String {
  let digits = Array("\(value)")
  return digits.indices.map { i in
    (i > 0 && (digits.count - i) % 3 == 0 ? "," : "") + String(digits[i])
  }.joined()
}
