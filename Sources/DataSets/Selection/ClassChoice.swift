// Which classes of a data set are wanted: "3,5,7", "cat,dog" or "random:3".

internal import Basics

/// A choice of classes as a user writes it.
package enum ClassChoice: Hashable, Sendable, CustomStringConvertible {
  /// Keys, names or positions, in the user's order.
  case listed([String])
  /// So many of the classes that have samples, drawn by the selection's seed.
  case random(Int)

  package init(parsing text: String) throws(DataSetError) {
    if text.hasPrefix("random:") {
      guard let number = Int(text.dropFirst("random:".count)), number > 0 else {
        throw DataSetError(
          "classes '\(text)'", expected: "random:K with K from 1",
          found: "'\(text.dropFirst("random:".count))'")
      }
      self = .random(number)
      return
    }
    let items = text.parts(at: ",").map(\.withoutBlanks)
    guard items.allSatisfy({ !$0.isEmpty }) else {
      throw DataSetError(
        "classes '\(text)'", expected: "names or positions with commas between, or random:K",
        found: "an empty item")
    }
    self = .listed(items)
  }

  package var description: String {
    switch self {
    case .listed(let items): items.joined(separator: ",")
    case .random(let number): "random:\(number)"
    }
  }

  /// Ascending positions of the chosen classes.
  ///
  /// A text is a class's key, else its name, else its position from 0.
  package func positions(in set: some LabelledSet, seed: UInt64) throws(DataSetError) -> [Int] {
    guard !set.classes.isEmpty else {
      throw DataSetError(
        set.name, expected: "classes to choose from", found: "samples without labels",
        hint: "leave out --classes")
    }
    switch self {
    case .random(let number):
      let present = Set(set.labels.compactMap(\.self))
      let candidates = set.classes.indices.filter(present.contains)
      guard number <= candidates.count else {
        throw DataSetError(
          set.name, expected: "at least \(number) classes with samples",
          found: "\(candidates.count)")
      }
      var generator = SeededGenerator(seed: seed, 0xC1A5)
      return shuffled(candidates, using: &generator).prefix(number).sorted()
    case .listed(let items):
      var chosen: Set<Int> = []
      for item in items { chosen.insert(try Self.position(of: item, in: set)) }
      return chosen.sorted()
    }
  }

  private static func position(of item: String, in set: some LabelledSet) throws(DataSetError)
    -> Int
  {
    if let position = set.classes.firstIndex(where: { $0.key.hasBytes(of: item) })
      ?? set.classes.firstIndex(where: { $0.name.hasBytes(of: item) })
    {
      return position
    }
    if let position = Int(item), set.classes.indices.contains(position) { return position }
    throw DataSetError(
      "\(set.name): no class '\(item)'; " + knownNames(set.classes.map(\.key), nearestTo: item))
  }
}

extension ClassChoice: Codable {
  package init(from decoder: any Decoder) throws {
    try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
