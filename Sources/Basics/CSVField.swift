// A text as a field of CSV (RFC 4180), and as one that no spreadsheet takes for a formula. By Unicode scalars: a carriage
// return and line feed are one Character, and so are a comma and an accent behind it.

extension String {
  /// In quotes, its own doubled, where it has a comma, a quote, a carriage return or a line feed; else as it is.
  package var csvField: String {
    guard unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else {
      return self
    }
    return "\""
      + unicodeScalars.split(separator: "\"", omittingEmptySubsequences: false)
      .map { String($0) }.joined(separator: "\"\"") + "\""
  }

  /// With an apostrophe in front where it begins as a formula does.
  package var withoutFormula: String {
    guard let first = unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else {
      return self
    }
    return "'" + self
  }
}
