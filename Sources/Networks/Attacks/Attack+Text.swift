// Attacks as text: what users write and what is stored with every result.

extension Attack: CustomStringConvertible {
  private enum Kind: String, CaseIterable {
    case pgd, fgsm, odin

    var options: [String] {
      switch self {
      case .pgd: ["eps", "step", "steps", "restarts", "norm", "start", "target", "seed"]
      case .fgsm: ["eps", "norm", "target"]
      case .odin: ["eps", "T"]
      }
    }
  }

  /// "pgd", "fgsm" or "odin", then ":" and options with commas between, each at most once and in any order:
  /// `pgd:eps=8/255,step=2/255,steps=20,restarts=1,norm=l2,start=zero,target=3,seed=7`,
  /// `fgsm:eps=8/255`, `odin:eps=0.0014,T=1000`.
  ///
  /// - Parameter output: The position of the output that a target's text names; nil where it is no whole number.
  /// - Throws: `NetworkError`, one sentence, or what `output` throws.
  package init(parsing text: String, output: (String) throws -> Int? = { Int($0) }) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let kind = Kind(rawValue: String(parts[0])) else {
      throw NetworkError(
        "Unknown attack \"\(parts[0])\"; known are: \(Self.list(Kind.allCases.map(\.rawValue))).")
    }
    let options = try Self.options(parts.count == 2 ? parts[1] : nil, of: kind)
    let norm: Norm = try Self.choice("norm", options) ?? .linf
    let epsilon = try Self.distance("eps", options)
    let target = try options["target"].map { name in
      guard let position = try output(name) else {
        throw Self.unusable("target", expected: "as a whole number", found: "\"\(name)\"")
      }
      return position
    }
    switch kind {
    case .odin:
      self = try .odin(
        epsilon: epsilon, temperature: Self.number("T", options, as: "1000") ?? 1000)
    case .fgsm: self = try .fastGradientSign(norm: norm, epsilon: epsilon, target: target)
    case .pgd:
      try self.init(
        norm: norm, epsilon: epsilon, step: Self.distance("step", options),
        steps: Self.whole("steps", options, as: Int.self) ?? 20,
        restarts: Self.whole("restarts", options, as: Int.self) ?? 1,
        start: Self.choice("start", options) ?? .random, target: target,
        seed: Self.whole("seed", options, as: UInt64.self) ?? 0)
    }
  }

  /// The canonical text: distances and counts always, the rest where it is not the default. Parsing
  /// it gives this attack again.
  package var description: String {
    if let temperature { return "odin:eps=\(epsilon),T=\(Fraction(temperature))" }
    var options = [("eps", "\(epsilon)")]
    if !isFastGradientSign {
      options += [("step", "\(step)"), ("steps", "\(steps)"), ("restarts", "\(restarts)")]
    }
    if norm != .linf { options.append(("norm", norm.rawValue)) }
    if start != .random, !isFastGradientSign { options.append(("start", start.rawValue)) }
    if let target { options.append(("target", "\(target)")) }
    if seed != 0 { options.append(("seed", "\(seed)")) }
    let kind: Kind = isFastGradientSign ? .fgsm : .pgd
    return "\(kind.rawValue):" + options.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
  }

  private static func options(_ text: Substring?, of kind: Kind) throws -> [String: String] {
    guard let text else { return [:] }
    var options: [String: String] = [:]
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(pair[0])
      guard kind.options.contains(name) else {
        throw NetworkError(
          "attack \(kind.rawValue): unknown option \"\(name)\"; known are: \(list(kind.options)).")
      }
      guard pair.count == 2 else {
        throw unusable(name, expected: "with a value, as in \(name)=…", found: "none")
      }
      guard options.updateValue(String(pair[1]), forKey: name) == nil else {
        throw unusable(name, expected: "once", found: "it twice")
      }
    }
    return options
  }

  private static func distance(_ name: String, _ options: [String: String]) throws -> Fraction? {
    guard let text = options[name] else { return nil }
    guard let distance = Fraction(parsing: text) else {
      throw unusable(name, expected: "as a number such as 8/255 or 0.5", found: "\"\(text)\"")
    }
    return distance
  }

  private static func number(
    _ name: String, _ options: [String: String], as example: String
  ) throws -> Double? {
    guard let text = options[name] else { return nil }
    guard let number = Fraction(parsing: text), number.denominator == 1 else {
      throw unusable(name, expected: "as a number such as \(example)", found: "\"\(text)\"")
    }
    return number.value
  }

  private static func whole<Number: FixedWidthInteger>(
    _ name: String, _ options: [String: String], as type: Number.Type
  ) throws -> Number? {
    guard let text = options[name] else { return nil }
    guard let number = Number(text) else {
      throw unusable(name, expected: "as a whole number", found: "\"\(text)\"")
    }
    return number
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ options: [String: String]
  ) throws -> Choice? {
    guard let text = options[name] else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw unusable(
        name, expected: "as one of \(list(Choice.allCases.map(\.rawValue)))",
        found: "\"\(text)\"")
    }
    return choice
  }

  private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
