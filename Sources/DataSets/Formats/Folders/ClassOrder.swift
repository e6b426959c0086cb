// The one order of classes that are told by folders or by a list: both give the same classes at the same positions.

internal import Basics

/// Whole numbers stand in the order of their values, other keys in the order of their bytes, which is that of
/// torchvision's ImageFolder.
struct ClassOrder {
  /// Every key once.
  let keys: [String]
  /// What is said where the order is another than the bytes': folders called 0, 1, …, 10.
  let note: String?

  /// - Parameters:
  ///   - keys: In any order.
  ///   - place: What holds them, for the note.
  init(_ keys: some Sequence<String>, in place: String) {
    let byBytes = Set(keys.map(ByteText.init)).sorted()
    let values = byBytes.compactMap { Int($0.text) }
    guard values.count == byBytes.count else {
      (self.keys, note) = (byBytes.map(\.text), nil)
      return
    }
    let sorted = zip(values, byBytes).sorted { $0 < $1 }.map(\.1)
    self.keys = sorted.map(\.text)
    note =
      sorted == byBytes
      ? nil
      : "\(place): its \(sorted.count) classes are whole numbers and stand in the order of their values, not of "
        + "their digits: \(listed(self.keys, most: 3))"
  }

  /// Each key's place.
  var positions: [ByteText: Int] {
    Dictionary(uniqueKeysWithValues: keys.enumerated().map { (ByteText($1), $0) })
  }
}
