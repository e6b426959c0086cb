// Which class of a data set each output of a network says: by key, else by name, and by position only where nothing
// tells more; what was done is said.

internal import Basics

/// The classes of a data set beside the outputs of a network.
package struct ClassPairing: Sendable, Hashable {
  /// By output, the position of the data set's class that it says; nil where it says none of them.
  package let classes: [Int?]
  /// By class, the output that says it; nil for a foreign class.
  package let outputs: [Int?]
  /// What was paired how, and what pairs with nothing, a line each; none where all of both pair by their keys.
  package let notes: [String]

  /// - Parameters:
  ///   - list: What the outputs are called; nil where nothing tells.
  ///   - count: Of the outputs.
  package init(_ set: some LabelledSet, list: ClassList?, count: Int) {
    let names = list?.outputs ?? []
    var pairs: [Int: Int] = [:]
    if !names.isEmpty { pairs = Self.byKey(set.classes, names) }
    var how = "by key"
    if pairs.isEmpty {
      if list == nil || list?.isAssumed == true, set.classes.count == count {
        how = "by position"
        for position in set.classes.indices { pairs[position] = position }
      } else if let numbers = set.numbers, numbers.max() ?? count < count,
        numbers.count == count || numbers != Array(numbers.indices)
      {
        how = "by the number that the data set calls each by"
        for (position, number) in numbers.enumerated() { pairs[position] = number }
      }
    }
    var classes = [Int?](repeating: nil, count: count)
    for (position, output) in pairs { classes[output] = position }
    self.classes = classes
    outputs = set.classes.indices.map { pairs[$0] }
    notes = Self.notes(set, list, count, outputs, how: how)
  }

  /// Outputs by classes: of the same key, else of what is left the one of that name, where there is just one.
  private static func byKey(_ classes: [ClassName], _ outputs: [ClassName]) -> [Int: Int] {
    var pairs: [Int: Int] = [:]
    let keys = Dictionary(outputs.enumerated().map { (ByteText($1.key), $0) }) { first, _ in first }
    for (position, item) in classes.enumerated() { pairs[position] = keys[ByteText(item.key)] }
    let taken = Set(pairs.values)
    func texts(_ item: ClassName) -> Set<ByteText> { [ByteText(item.key), ByteText(item.name)] }
    var named: [ByteText: [Int]] = [:]
    for (output, item) in outputs.enumerated() where !taken.contains(output) {
      for text in texts(item) { named[text, default: []].append(output) }
    }
    var claims: [Int: [Int]] = [:]
    for (position, item) in classes.enumerated() where pairs[position] == nil {
      let found = Set(texts(item).flatMap { named[$0] ?? [] })
      if let output = found.first, found.count == 1 {
        claims[output, default: []].append(position)
      }
    }
    for (output, positions) in claims where positions.count == 1 { pairs[positions[0]] = output }
    return pairs
  }

  private static func notes(
    _ set: some LabelledSet, _ list: ClassList?, _ count: Int, _ outputs: [Int?], how: String
  ) -> [String] {
    guard !set.classes.isEmpty else { return [] }
    let paired = outputs.count { $0 != nil }
    var notes: [String] = []
    if paired > 0, how == "by position" {
      let why =
        list.map { "none of them is among \($0.source), which its \(count) outputs are taken for" }
        ?? "nothing tells what the network's outputs are called"
      notes.append(
        "\(set.name): classes are matched by position: \(why); --class-list FILE names the outputs")
    } else if paired == count, paired == outputs.count, how == "by key" {
      // Nothing was chosen.
    } else if paired > 0, let list {
      notes.append(
        "\(set.name): \(paired == outputs.count ? "its \(paired)" : "\(paired) of its \(outputs.count)") classes are "
          + "outputs of the network, \(how) (\(list.source))")
    } else if paired > 0 {
      notes.append(
        "\(set.name): \(paired) of its \(outputs.count) classes are outputs of the network, \(how)")
    }
    let foreign = zip(set.classes, outputs).filter { $0.1 == nil }.map(\.0.key)
    if !foreign.isEmpty {
      let why =
        list == nil
        ? "nothing tells what its \(count) outputs are called; --class-list FILE does"
        : "its \(count) outputs are those of \(list?.source ?? "")"
      notes.append(
        "\(set.name): \(foreign.count) of its \(outputs.count) classes are no output of the network (\(why)): "
          + "\(listed(foreign)); their samples are foreign, and have no accuracy and no loss")
    }
    return notes
  }
}

extension LabelledSet {
  /// The number that each class is called by, where all are and the form of the data set says that it means a position:
  /// folders 0, 1, 2, or labels without names; digits that images show are none.
  fileprivate var numbers: [Int]? {
    guard hasNumberedClasses else { return nil }
    let numbers = classes.compactMap { item in
      Int(item.key).flatMap { $0 >= 0 && "\($0)".hasBytes(of: item.key) ? $0 : nil }
    }
    return numbers.count == classes.count && !numbers.isEmpty ? numbers : nil
  }
}
