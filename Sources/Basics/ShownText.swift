// Text out of files, made fit to stand in one line of a message.

extension String {
  /// Text out of a file as it may stand within one line of a message: without control characters
  /// and no longer than `count`.
  package func shown(_ count: Int = 60) -> String {
    var scalars = UnicodeScalarView()
    for scalar in unicodeScalars.prefix(count) {
      let isControl = scalar.properties.generalCategory == .control
      let isBreak = scalar == "\u{2028}" || scalar == "\u{2029}"
      scalars.append(isControl || isBreak ? "·" : scalar)
    }
    return String(scalars) + (unicodeScalars.dropFirst(count).isEmpty ? "" : "…")
  }
}
