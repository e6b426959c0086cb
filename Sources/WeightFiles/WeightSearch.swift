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
  /// What older files call tensors, and what these are now.
  package let formerNames: [String: String]

  package init(
    shapes: [String: [Int]], rowsOfClasses: Set<String>, formerNames: [String: String] = [:]
  ) {
    self.shapes = shapes
    self.rowsOfClasses = rowsOfClasses
    self.formerNames = formerNames
  }

  /// The tensor that a file's name stands for.
  fileprivate func name(of stored: String) -> String? {
    shapes[stored] == nil ? formerNames[stored] : stored
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
  /// The network's names by positions in the dictionary.
  let known: [Int: String]
  /// Whether everything that the network takes is there.
  let fits: Bool
  /// How many of the network's tensors are there in their shape.
  let wellShaped: Int

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

  /// Usual keys in their order, the innermost first, then everything else.
  static func rank(_ keys: [some StringProtocol]) -> [Int] {
    let places = keys.map { key in usualKeys.firstIndex { $0 == key } ?? .max }
    return places.contains(.max) ? [.max] : places + [.max - 1]
  }

  /// What comes before of all that fits: weights before averages of them, the usual dictionary, the
  /// shortest prefix.
  var order: [Int] {
    let levels = prefix.split(separator: ".")
    return [isAverage ? 1 : 0] + Self.rank(dictionary.path) + [levels.count] + Self.rank(levels)
  }

  /// Whether a key says so: `model_ema`, `ema_state_dict`, `swa`, `averaged`, `teacher`.
  private var isAverage: Bool {
    address.lowercased().split { !$0.isLetter }
      .contains { ["ema", "swa", "avg", "average", "averaged", "teacher"].contains($0) }
  }
}

extension WeightOption {
  /// - Parameter found: The network's names by positions, and whether they stand there as they are,
  ///   without a wrapper's level; of two of one name the one that does counts, else the first.
  fileprivate init(
    _ dictionary: StoredDictionary, prefix: String, found: [(Int, name: String, isExact: Bool)],
    for needs: WeightNeeds
  ) {
    var known: [Int: String] = [:]
    var taken: Set<String> = []
    var wellShaped = 0
    for isExact in [true, false] {
      for (position, name, exact) in found where exact == isExact && taken.insert(name).inserted {
        known[position] = name
        let shape = dictionary.entries[position].entry.shape
        // What cannot be read is refused when it is taken.
        wellShaped += shape.map { needs.accepts($0, as: name) } ?? true ? 1 : 0
      }
    }
    self.init(
      dictionary: dictionary, prefix: prefix, known: known,
      fits: wellShaped == needs.shapes.count, wellShaped: wellShaped)
  }

  /// The tensors below the prefix, by the network's names where it knows them; of these the file's
  /// names that have a wrapper's level within, and those that are older ones; and the names of what
  /// the dictionary holds beside.
  typealias Content = (
    entries: [(name: String, entry: StoredEntry)], unwrapped: [String], former: [String],
    outside: [String]
  )

  func content() -> Content {
    var entries: [(name: String, entry: StoredEntry)] = []
    var unwrapped: [String] = []
    var former: [String] = []
    var outside: [String] = []
    var taken = Set(known.values.map { ByteText($0) })
    for (position, (own, entry)) in dictionary.entries.enumerated() {
      guard own.utf8.starts(with: prefix.utf8), !Self.isCount(own) else {
        outside.append(own)
        continue
      }
      let name = own.without(prefix)
      let bare = Self.bare(name.split(separator: ".", omittingEmptySubsequences: false))
      if let known = known[position] {
        if bare != known { former.append(own) } else if name != known { unwrapped.append(own) }
        entries.append((known, entry))
      } else {
        entries.append((taken.insert(ByteText(bare)).inserted ? bare : name, entry))
      }
    }
    return (entries, unwrapped, former, outside)
  }

  /// `AveragedModel`'s count of what it averaged.
  private static func isCount(_ name: String) -> Bool {
    name.split(separator: ".").last == "n_averaged"
  }

  /// Without wrappers' levels.
  fileprivate static func bare(_ parts: some Sequence<Substring>) -> String {
    parts.filter { !wrappers.contains($0) }.joined(separator: ".")
  }
}

extension StoredWeights {
  /// The tensors of the dictionary that training scripts keep weights in, by names without the
  /// wrappers' levels that all of them begin with.
  func usual() -> [(name: String, entry: StoredEntry)] {
    let none = WeightNeeds(shapes: [:], rowsOfClasses: [])
    // There is one: a file without tensors has its own dictionary.
    let first = options(for: none).first
    let entries = first?.dictionary.entries ?? []
    var prefix = ""
    while let name = entries.first?.name,
      let level = name.without(prefix).split(separator: ".").first,
      WeightOption.wrappers.contains(level),
      entries.allSatisfy({ $0.name.utf8.starts(with: "\(prefix)\(level).".utf8) })
    {
      prefix += "\(level)."
    }
    return entries.map { ($0.name.without(prefix), $0.entry) }
  }

  /// Every way to read the file as such a network, the best first: what fits, then what fits most,
  /// and of these by `order`.
  func options(for needs: WeightNeeds) -> [WeightOption] {
    dictionaries.flatMap { Self.options(in: $0, for: needs) }
      .enumerated().map { position, option in
        let fit = [option.fits ? 0 : 1, -option.wellShaped, -option.known.count]
        return (order: fit + option.order + [position], option)
      }
      .sorted { $0.order.lexicographicallyPrecedes($1.order) }.map(\.1)
  }

  private static func options(
    in dictionary: StoredDictionary, for needs: WeightNeeds
  ) -> [WeightOption] {
    // Names as they are always are an option.
    var order = [ByteText("")]
    var found: [ByteText: [(Int, name: String, isExact: Bool)]] = [order[0]: []]
    for (position, entry) in dictionary.entries.enumerated() {
      let parts = entry.name.split(separator: ".", omittingEmptySubsequences: false)
      // No network's names have as many parts.
      guard parts.count <= 32 else { continue }
      for cut in parts.indices where !WeightOption.wrappers.contains(parts[cut]) {
        let bare = WeightOption.bare(parts[cut...])
        guard let name = needs.name(of: bare) else { continue }
        let prefix = ByteText(parts[..<cut].map { $0 + "." }.joined())
        if found[prefix] == nil { order.append(prefix) }
        let isExact = bare == name && !parts[cut...].contains(where: WeightOption.wrappers.contains)
        found[prefix, default: []].append((position, name, isExact))
      }
    }
    return order.map {
      WeightOption(dictionary, prefix: $0.text, found: found[$0] ?? [], for: needs)
    }
  }
}

extension String {
  /// What follows a prefix that it has, by bytes.
  fileprivate func without(_ prefix: String) -> String {
    String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
  }
}
