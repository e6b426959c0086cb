// Where found values first differ from expected ones, in a line: `#expect(difference(found, expected) == nil)` tells the
// place and both values, where `#expect(found == expected)` prints megabytes and a comparison made before prints "false".

/// The first place where two lists differ, both values there and how many places differ; nil where none does.
package func difference<Element: Equatable>(
  _ found: some Collection<Element>, _ expected: some Collection<Element>
) -> String? {
  list(found, expected, isSame: { $0 == $1 }, told: { told($0, $1) })
}

/// The same of bytes: files are compared at the speed of memory.
package func difference(_ found: [UInt8], _ expected: [UInt8]) -> String? {
  found == expected
    ? nil : list(found, expected, isSame: { $0 == $1 }, told: { told($0, $1) })
}

/// The same of rows: the first that differs, and where in it.
package func difference<Element: Equatable>(
  _ found: [[Element]], _ expected: [[Element]]
) -> String? {
  list(found, expected, isSame: { $0 == $1 }, told: { difference($0, $1) ?? "" })
}

/// The same of tables by name: those that differ, a line each.
package func difference<Element: Equatable>(
  _ found: [String: [[Element]]], _ expected: [String: [[Element]]]
) -> String? {
  let lines = Set(found.keys).union(expected.keys).sorted().compactMap { name in
    switch (found[name], expected[name]) {
    case (let found?, let expected?): difference(found, expected).map { "\(name): \($0)" }
    case (nil, _): "\(name): not found"
    case (_, nil): "\(name): found, not expected"
    }
  }
  return lines.isEmpty ? nil : lines.joined(separator: "\n")
}

/// The same of numbers that may differ by rounding: places where found and expected are farther apart than `absolute` +
/// `relative` · |expected|, or one of them is no number.
package func difference<Found: BinaryFloatingPoint, Expected: BinaryFloatingPoint>(
  _ found: some Collection<Found>, _ expected: some Collection<Expected>, absolute: Double,
  relative: Double = 0
) -> String? {
  list(
    found, expected,
    isSame: { found, expected in
      let (a, b) = (Double(found), Double(expected))
      return a == b || a.isNaN && b.isNaN || abs(a - b) <= absolute + relative * abs(b)
    },
    told: { "\($0), expected \($1), \(Double($0) - Double($1)) more" })
}

/// The same of numbers of which some are missing.
package func difference(
  _ found: [Double?], _ expected: [Double?], absolute: Double, relative: Double = 0
) -> String? {
  list(
    found, expected,
    isSame: { found, expected in
      guard let found, let expected else { return found == nil && expected == nil }
      return difference([found], [expected], absolute: absolute, relative: relative) == nil
    }, told: { told($0, $1) })
}

private func list<Found: Collection, Expected: Collection>(
  _ found: Found, _ expected: Expected, isSame: (Found.Element, Expected.Element) -> Bool,
  told: (Found.Element, Expected.Element) -> String
) -> String? {
  var first: String?
  var count = 0
  for (index, pair) in zip(found, expected).enumerated() where !isSame(pair.0, pair.1) {
    count += 1
    if first == nil { first = "place \(index): \(told(pair.0, pair.1))" }
  }
  let lengths =
    found.count == expected.count ? nil : "\(found.count) places, expected \(expected.count)"
  let others =
    first == nil ? nil : "\(count) of \(min(found.count, expected.count)) places differ"
  let all = [first, others, lengths].compactMap(\.self)
  return all.isEmpty ? nil : all.joined(separator: "; ")
}

/// Both values as text; of long ones what surrounds the first character that differs.
private func told<Element>(_ found: Element, _ expected: Element) -> String {
  let (a, b) = (Array("\(found)"), Array("\(expected)"))
  let most = 120
  guard max(a.count, b.count) > most else { return "\(found), expected \(expected)" }
  let same = zip(a, b).prefix { $0 == $1 }.count
  func shown(_ text: [Character]) -> String {
    let start = max(0, same - 20)
    let end = min(text.count, start + most)
    guard start < end else { return "… its end" }
    return (start > 0 ? "…" : "") + String(text[start..<end]) + (end < text.count ? "…" : "")
  }
  return "at character \(same) \(shown(a)), expected \(shown(b))"
}
