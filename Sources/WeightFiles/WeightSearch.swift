// Which dictionary of a file a network's weights are, and under which prefix: DataParallel,
// torch.compile, Lightning, AveragedModel and people's own modules put names in front of a network's.
// The one place where this is told, for every format; it knows names and shapes, not networks.

internal import Basics

/// What a network takes of a weight file.
package struct WeightNeeds: Sendable {
  /// The shape of every tensor by its name.
  package let shapes: [String: [Int]]
  /// Tensors with a row a class: any number of rows will do.
  package let rowsOfClasses: Set<String>

  package init(shapes: [String: [Int]], rowsOfClasses: Set<String>) {
    self.shapes = shapes
    self.rowsOfClasses = rowsOfClasses
  }

  fileprivate func accepts(_ shape: [Int], as name: String) -> Bool {
    guard let own = shapes[name], own.count == shape.count else { return false }
    return rowsOfClasses.contains(name) ? own.dropFirst() == shape.dropFirst() : own == shape
  }
}

/// A dictionary's tensors below one prefix.
struct WeightOption {
  let dictionary: StoredDictionary
  /// Such as `module.model.`; empty for names as they are.
  let prefix: String
  /// Below the prefix, by the network's names where it knows them.
  var entries: [(name: String, entry: StoredEntry)] = []
  /// Beside them in the dictionary, by the file's names.
  var outside: [(name: String, entry: StoredEntry)] = []
  /// The network's tensors that are there, and of these the ones of another shape.
  var known = 0
  var misshapen = 0
  /// Of the network's, as the file has them, those with a wrapper's level between their parts.
  var unwrapped: [String] = []
  /// Whether everything that the network takes is there.
  var fits = false

  /// As `FILE:KEY` names it.
  var address: String {
    (dictionary.path + (prefix.isEmpty ? [] : [String(prefix.dropLast())])).joined(separator: ".")
  }

  /// Under which training scripts keep weights beside epochs and optimisers; averages of them have
  /// other names, and come after.
  static let usualKeys = ["state_dict", "model_state_dict", "model", "net"]

  /// Levels of `DataParallel`, `DistributedDataParallel`, `AveragedModel` and `torch.compile`, which
  /// are no part of a network wherever they stand.
  static let wrappers: Set<Substring> = ["module", "_orig_mod"]

  /// Usual keys in their order, the innermost first, then everything else as the file has it.
  var rank: [Int] {
    let places = dictionary.path.map { Self.usualKeys.firstIndex(of: $0) ?? .max - 1 }
    return places.contains(.max - 1) ? [.max] : places + [.max - 1]
  }
}

extension StoredWeights {
  /// The dictionary that training scripts keep weights in, by names without the wrappers' levels that
  /// all of them begin with.
  func usual() -> WeightOption {
    let options = dictionaries.map { WeightOption(dictionary: $0, prefix: "") }
    // Of equal ones the first; there is one, as a file without tensors has its own dictionary.
    let first = options.min { $0.rank.lexicographicallyPrecedes($1.rank) }
    guard let own = first?.dictionary else { preconditionFailure("A file has a dictionary.") }
    var prefix = ""
    while let name = own.entries.first?.name,
      let level = name.without(prefix).split(separator: ".").first,
      WeightOption.wrappers.contains(level),
      own.entries.allSatisfy({ $0.name.utf8.starts(with: "\(prefix)\(level).".utf8) })
    {
      prefix += "\(level)."
    }
    var option = WeightOption(dictionary: own, prefix: prefix)
    option.entries = own.entries.map { ($0.name.without(prefix), $0.entry) }
    return option
  }

  /// Every way to read the file as such a network, the best first: what fits, then what fits most;
  /// of these the usual dictionary, and the shortest prefix.
  func options(for needs: WeightNeeds) -> [WeightOption] {
    let all = dictionaries.flatMap { Self.options(in: $0, for: needs) }
    func order(_ option: WeightOption) -> [Int] {
      [option.fits ? 0 : 1, option.misshapen - option.known] + option.rank
    }
    return all.enumerated().map { ($0.offset, order($0.element), $0.element) }
      .sorted { a, b in
        if a.1 != b.1 { return a.1.lexicographicallyPrecedes(b.1) }
        let (own, other) = (a.2.prefix.count { $0 == "." }, b.2.prefix.count { $0 == "." })
        return (own, a.0) < (other, b.0)
      }.map(\.2)
  }

  private static func options(
    in dictionary: StoredDictionary, for needs: WeightNeeds
  ) -> [WeightOption] {
    var order: [ByteText] = [ByteText("")]
    var found: [ByteText: [Int: (name: String, isExact: Bool)]] = [order[0]: [:]]
    for (position, entry) in dictionary.entries.enumerated() {
      let parts = entry.name.split(separator: ".", omittingEmptySubsequences: false)
      // No network's names have as many parts.
      guard parts.count <= 32 else { continue }
      for cut in parts.indices where !WeightOption.wrappers.contains(parts[cut]) {
        let rest = parts[cut...].filter { !WeightOption.wrappers.contains($0) }
        let name = rest.joined(separator: ".")
        guard needs.shapes[name] != nil else { continue }
        let prefix = ByteText(parts[..<cut].map { $0 + "." }.joined())
        if found[prefix] == nil { order.append(prefix) }
        found[prefix, default: [:]][position] = (name, rest.count == parts.count - cut)
      }
    }
    return order.map { prefix in
      option(dictionary, prefix: prefix.text, known: found[prefix] ?? [:], for: needs)
    }
  }

  private static func option(
    _ dictionary: StoredDictionary, prefix: String, known: [Int: (name: String, isExact: Bool)],
    for needs: WeightNeeds
  ) -> WeightOption {
    var option = WeightOption(dictionary: dictionary, prefix: prefix)
    // A name as it stands comes before one with levels left out.
    var taken = Set(known.values.filter(\.isExact).map { ByteText($0.name) })
    for (position, entry) in dictionary.entries.enumerated() {
      guard entry.name.utf8.starts(with: prefix.utf8), !isOutside(entry.name) else {
        option.outside.append(entry)
        continue
      }
      var name = entry.name.without(prefix)
      let bare = name.split(separator: ".", omittingEmptySubsequences: false)
        .filter { !WeightOption.wrappers.contains($0) }.joined(separator: ".")
      if let match = known[position], match.isExact || taken.insert(ByteText(match.name)).inserted {
        name = match.name
        option.known += 1
        if !match.isExact { option.unwrapped.append(entry.name) }
        if let shape = entry.entry.shape, !needs.accepts(shape, as: name) { option.misshapen += 1 }
      } else if taken.insert(ByteText(bare)).inserted {
        name = bare
      }
      option.entries.append((name, entry.entry))
    }
    option.fits = option.known == needs.shapes.count && option.misshapen == 0
    return option
  }

  /// `AveragedModel`'s count of what it averaged.
  private static func isOutside(_ name: String) -> Bool {
    name.split(separator: ".").last == "n_averaged"
  }
}

extension String {
  /// What follows a prefix that it has, by bytes.
  fileprivate func without(_ prefix: String) -> String {
    String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
  }
}
