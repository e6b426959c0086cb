// How one sample's work is cut so that several threads may do it: by its size alone, never by their number.

enum Parts {
  /// Elements that take longer to work on than a thread to be given them.
  private static let least = 1 << 15
  private static let most = 8

  /// Parts of work on so many elements, or on what takes as long.
  static func count(work: Int) -> Int { max(1, min(most, work / least)) }

  /// What part `part` of `parts` does of `count` pieces.
  static func range(_ part: Int, of parts: Int, count: Int) -> Range<Int> {
    part * count / parts..<(part + 1) * count / parts
  }
}
