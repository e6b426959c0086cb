// Text out of files, made fit to stand in one line of a message or on a terminal.

extension Unicode.Scalar {
  /// Whether it moves, hides or turns round what a terminal shows, or ends a line: control characters (C0, DEL, C1),
  /// separators of lines and paragraphs, marks of direction, the byte order mark and tags.
  package var isSteering: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    case .format: break
    default: return false
    }
    switch value {
    // ALM, LRM, RLM; embeddings and overrides; isolates; BOM; annotations; tags.
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFF9...0xFFFB,
      0xE0000...0xE007F:
      return true
    default: return false
    }
  }
}

extension String {
  /// Text out of a file as it may stand within one line of a message: without what steers a terminal and no longer
  /// than `count`.
  package func shown(_ count: Int = 60) -> String {
    var scalars = UnicodeScalarView()
    for scalar in unicodeScalars.prefix(count) { scalars.append(scalar.isSteering ? "·" : scalar) }
    return String(scalars) + (unicodeScalars.dropFirst(count).isEmpty ? "" : "…")
  }

  /// With escapes such as "\\u{1B}" for what steers a terminal, but for `kept`.
  package func withoutSteering(except kept: Set<Unicode.Scalar> = []) -> String {
    guard unicodeScalars.contains(where: { $0.isSteering && !kept.contains($0) }) else {
      return self
    }
    var text = ""
    for scalar in unicodeScalars {
      if scalar.isSteering, !kept.contains(scalar) {
        text += scalar.escaped(asASCII: true)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// One line of a message, cut in its middle where it is longer than `count`: what is wrong stands at its beginning,
  /// what mends it at its end.
  package func cutInside(_ count: Int) -> String {
    guard !unicodeScalars.dropFirst(count).isEmpty else { return self }
    let end = count / 3
    return String(unicodeScalars.prefix(count - end)) + " … " + String(unicodeScalars.suffix(end))
  }
}
