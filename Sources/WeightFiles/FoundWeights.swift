// The weights of a network in a file, and what was chosen and left out on the way to them.

internal import Basics

/// Weights by a network's names, with a line for everything that was chosen. Whether they fit the
/// network is for the network to say.
package struct FoundWeights: Sendable {
  package let file: WeightFile
  /// The file alone.
  package let path: String
  /// The file and what of it was taken, as `--weights` names it: for messages.
  package let label: String
  /// What the user asked for behind the file's name.
  package let key: String?
  /// What was chosen, left out, put together: a line each.
  package let notes: [String]
  /// What the file's network subtracts from images in 0…1 and divides them by before its first layer,
  /// a number a channel: those of the robustness library keep it beside their weights.
  package let normalisation: Normalisation?
  /// Lists of classes that a PyTorch file has beside its weights, the likeliest first.
  package let classLists: [StoredClassList]

  /// (x − mean) / std of a channel, in the order R, G, B.
  package struct Normalisation: Hashable, Sendable {
    package let mean: [Float]
    package let std: [Float]

    package init(mean: [Float], std: [Float]) {
      self.mean = mean
      self.std = std
    }
  }
}

extension WeightFile {
  /// The dictionary and the prefix in a file whose names and shapes are the network's.
  ///
  /// - Parameter reference: `FILE` or `FILE:KEY`.
  /// - Throws: `WeightFileError` with the path, what was expected and what was found. A file of which
  ///   nothing fits is read as far as it does.
  package static func found(
    at reference: String, for needs: WeightNeeds
  ) throws -> FoundWeights {
    let reference = WeightReference(reference)
    return try found(
      in: ByteSource(opening: reference.path), key: reference.key, for: needs)
  }

  /// The same of bytes in memory; `path` is for messages only.
  package static func found(
    decoding bytes: [UInt8], path: String, key: String? = nil, for needs: WeightNeeds
  ) throws -> FoundWeights {
    try found(in: ByteSource(bytes, path: path), key: key, for: needs)
  }

  private static func found(
    in source: ByteSource, key: String?, for needs: WeightNeeds
  ) throws -> FoundWeights {
    let weights = try StoredWeights(source)
    var options = weights.options(for: needs)
    if let key {
      let all = options
      options = all.filter { ($0.address + ".").utf8.starts(with: "\(key).".utf8) }
      guard !options.isEmpty else {
        // A block of a network has names of its own as another one's prefix.
        let likely = all.filter { $0.prefix.isEmpty || 2 * $0.known.count >= needs.shapes.count }
        let names = likely.map(\.address).filter { !$0.isEmpty }
        throw source.fail(
          "a dictionary or prefix \(key.shown())",
          names.isEmpty ? "none by any name" : listed(names))
      }
    }
    // Every dictionary is an option, and there is one.
    let best = options[0]
    let label = best.address.isEmpty ? source.path : "\(source.path):\(best.address.shown(200))"
    let content = best.content()
    return FoundWeights(
      file: try weights.read(content.entries), path: source.path, label: label, key: key,
      notes: (notes(on: best, content, among: options)
        + weights.classes.others.map {
          "\($0.shown(200)) is no list of classes by position: not used"
        })
        .map { "\(source.path): \($0)" },
      normalisation: try normalisation(beside: best, in: weights),
      classLists: weights.classes.lists)
  }

  /// `normalizer.new_mean` and `normalizer.new_std` beside `model`, as robustness/attacker.py has them.
  private static func normalisation(
    beside best: WeightOption, in weights: StoredWeights
  ) throws -> FoundWeights.Normalisation? {
    guard best.prefix.hasSuffix("model.") else { return nil }
    let start = String(best.prefix.dropLast("model.".count)) + "normalizer."
    func values(_ name: String) throws -> [Float]? {
      guard let entry = best.dictionary.entries.first(where: { $0.name == start + name }),
        let shape = entry.entry.shape, shape.dropFirst().allSatisfy({ $0 == 1 }),
        let count = shape.first, count == 3
      else { return nil }
      return try weights.read([entry]).tensors[entry.name]?.values
    }
    guard let mean = try values("new_mean"), let std = try values("new_std") else { return nil }
    guard (mean + std).allSatisfy(\.isFinite), std.allSatisfy({ $0 > 0 }) else {
      throw weights.source.fail(
        "\(start.shown())new_mean and new_std to be finite, the latter above 0", "\(mean), \(std)")
    }
    return FoundWeights.Normalisation(mean: mean, std: std)
  }

  private static func notes(
    on best: WeightOption, _ content: WeightOption.Content, among options: [WeightOption]
  ) -> [String] {
    let (entries, unwrapped, former, outside) = content
    var lines: [String] = []
    var choice: [String] = []
    if !best.dictionary.path.isEmpty {
      choice.append("the dictionary \(best.dictionary.path.joined(separator: ".").shown(200))")
    }
    if !best.prefix.isEmpty { choice.append("names without \(best.prefix.shown(200))") }
    if !choice.isEmpty { lines.append("took " + choice.joined(separator: ", ")) }
    if !unwrapped.isEmpty {
      lines.append(
        "took \(counted(unwrapped.count)) without a wrapper's level within their names: "
          + "\(listed(unwrapped))")
    }
    if !former.isEmpty {
      lines.append("took \(counted(former.count)) by older names: \(listed(former))")
    }
    if best.fits {
      let others = options.dropFirst().filter(\.fits).map(\.address)
      if !others.isEmpty {
        lines.append(
          "also fits: \(listed(others)); --weights FILE:KEY takes such a one")
      }
    }
    let pruned = entries.filter { if case .product = $0.entry { true } else { false } }
    if !pruned.isEmpty {
      lines.append(
        "multiplied \(counted(pruned.count)) by a pruning mask: \(listed(pruned.map(\.name)))")
    }
    if !outside.isEmpty {
      lines.append(
        "ignored \(counted(outside.count)) beside the network's: "
          + "\(listed(outside))")
    }
    return lines
  }

  private static func counted(_ count: Int) -> String {
    count == 1 ? "1 tensor" : "\(count) tensors"
  }
}
