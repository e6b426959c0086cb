// What a list of classes says in whatever form people keep it: the one reader of such values, whether they stand in a
// pickle or in JSON. Leaves out reading those.

/// A value of a pickle or of JSON, as far as lists of classes are made of such.
package indirect enum PlainValue: Sendable {
  case text(String)
  case number(Int)
  case list([PlainValue])
  case pairs([(key: PlainValue, value: PlainValue)])
  case other

  fileprivate var text: String? { if case .text(let text) = self { text } else { nil } }

  /// A whole number, or a text that is one, as JSON's keys are.
  fileprivate var number: Int? {
    switch self {
    case .number(let number): number
    case .text(let text): Int(text).flatMap { "\($0)".hasBytes(of: text) ? $0 : nil }
    default: nil
    }
  }
}

/// A class's key, and the name that is shown.
package typealias ClassEntry = (key: String, name: String)

/// The classes by position, of one of these forms: a list of keys or of (key, name); a dictionary from a position to one of
/// them; a dictionary from a key to its position. nil for everything else: positions that are not 0 … N − 1, a key
/// twice, or none at all.
package func classEntries(of value: PlainValue) -> [ClassEntry]? {
  let entries: [ClassEntry?]
  switch value {
  case .list(let items): entries = items.map(entry)
  case .pairs(let pairs):
    var byPosition = [ClassEntry?](repeating: nil, count: pairs.count)
    let areKeys = pairs.allSatisfy { if case .number = $0.value { true } else { false } }
    for (key, value) in pairs {
      let (position, own) = areKeys ? (value.number, entry(key)) : (key.number, entry(value))
      guard let position, byPosition.indices.contains(position), byPosition[position] == nil
      else { return nil }
      byPosition[position] = own
    }
    entries = byPosition
  default: return nil
  }
  let known = entries.compactMap(\.self)
  guard !known.isEmpty, known.count == entries.count,
    Set(known.map { ByteText($0.key) }).count == known.count
  else { return nil }
  return known
}

private func entry(_ value: PlainValue) -> ClassEntry? {
  switch value {
  case .text(let text): return text.isEmpty ? nil : (text, text)
  case .list(let items):
    guard items.count == 2, let key = items[0].text, let name = items[1].text, !key.isEmpty,
      !name.isEmpty
    else { return nil }
    return (key, name)
  default: return nil
  }
}
