// Which samples of a data set a run takes.

/// A choice of samples, drawn by seed. Stored with the run as JSON; what is not asked for is absent.
///
/// The order: first the classes, then `perClass` of each, then `limit` of what is left. A class with
/// fewer than `perClass` samples gives all it has; samples without a label are taken where no classes are chosen, as
/// if they were a class behind all others. The same seed with a larger number takes the same
/// samples and more.
package struct Selection: Codable, Hashable, Sendable {
  package var limit: Int?
  package var perClass: Int?
  package var classes: ClassChoice?
  package var seed: UInt64

  package init(
    limit: Int? = nil, perClass: Int? = nil, classes: ClassChoice? = nil, seed: UInt64 = 0
  ) {
    self.limit = limit
    self.perClass = perClass
    self.classes = classes
    self.seed = seed
  }

  /// Positions of the chosen samples, ascending.
  package func indices(in set: some LabelledSet) throws(DataSetError) -> [Int] {
    for (option, number) in [("limit", limit), ("per-class", perClass)] {
      if let number, number < 1 {
        throw DataSetError("\(option)", expected: "a number from 1", found: "\(number)")
      }
    }
    let unlabelled = set.classes.count
    let chosen = try classes?.positions(in: set, seed: seed) ?? Array(0...unlabelled)
    var members = [[Int]](repeating: [], count: unlabelled + 1)
    for (position, label) in set.labels.enumerated() {
      members[label ?? unlabelled].append(position)
    }
    var selected: [Int] = []
    for label in chosen {
      guard let perClass, perClass < members[label].count else {
        selected += members[label]
        continue
      }
      var generator = SeededGenerator(seed: seed, 0x9E7C, UInt64(label))
      selected += shuffled(members[label], using: &generator).prefix(perClass)
    }
    selected.sort()
    if let limit, limit < selected.count {
      var generator = SeededGenerator(seed: seed, 0x1141)
      selected = shuffled(selected, using: &generator).prefix(limit).sorted()
    }
    guard !selected.isEmpty else {
      throw DataSetError("\(set.name): the chosen classes have no samples")
    }
    return selected
  }
}
