// How one sample's work is cut so that several threads may do it: by its size alone, never by their number.

enum Parts {
  /// Elements that take longer to work on than a thread to be given them.
  private static let least = 1 << 13
  private static let most = 8

  /// Parts of work on so many elements, or on what takes as long.
  static func count(work: Int) -> Int { count(work / least, most: most) }

  /// Parts of work that is worth so many at most: one, or as many for each of two threads.
  static func count(_ worth: Int, most: Int) -> Int {
    worth < 2 || most < 2 ? 1 : min(worth, most) / 2 * 2
  }

  /// What part `part` of `parts` does of `count` pieces.
  static func range(_ part: Int, of parts: Int, count: Int) -> Range<Int> {
    part * count / parts..<(part + 1) * count / parts
  }
}
