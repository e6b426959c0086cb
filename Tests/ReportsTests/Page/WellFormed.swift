// A strict little reader of markup for the tests: what is wrong with a document, if anything.

struct WellFormed {
  /// The first problem, or nil. `void` elements have no end tag.
  static func problem(in text: String, void: Set<String> = []) -> String? {
    var open: [String] = []
    var rest = Substring(text)
    var roots = 0
    while let start = rest.firstIndex(of: "<") {
      if let problem = entities(rest[..<start]) { return problem }
      guard let end = rest[start...].firstIndex(of: ">") else { return "unclosed tag" }
      var tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("!DOCTYPE") { continue }
      if tag.hasPrefix("/") {
        let name = String(tag.dropFirst())
        guard open.popLast() == name else { return "</\(name)> closes nothing" }
        continue
      }
      let closesItself = tag.hasSuffix("/")
      if closesItself { tag.removeLast() }
      let name = String(tag.prefix { !$0.isWhitespace })
      guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber }) else {
        return "bad tag <\(tag)>"
      }
      if let problem = attributes(tag.dropFirst(name.count), of: name) { return problem }
      if open.isEmpty { roots += 1 }
      if !closesItself, !void.contains(name) { open.append(name) }
    }
    if let problem = entities(rest) { return problem }
    guard open.isEmpty else { return "open at the end: \(open)" }
    return roots == 1 ? nil : "\(roots) root elements"
  }

  private static func attributes(_ text: Substring, of tag: String) -> String? {
    var rest = text.drop(while: \.isWhitespace)
    var seen: Set<Substring> = []
    while !rest.isEmpty {
      guard let equals = rest.firstIndex(of: "=") else { return "<\(tag)>: no value in \(rest)" }
      let name = rest[..<equals]
      guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }), !name.isEmpty else {
        return "<\(tag)>: bad attribute name '\(name)'"
      }
      guard seen.insert(name).inserted else { return "<\(tag)>: \(name) twice" }
      rest = rest[rest.index(after: equals)...]
      guard rest.first == "\"" else { return "<\(tag)>: unquoted \(name)" }
      rest = rest.dropFirst()
      guard let end = rest.firstIndex(of: "\"") else { return "<\(tag)>: open quote" }
      if rest[..<end].contains("<") { return "<\(tag)>: < in \(name)" }
      if let problem = entities(rest[..<end]) { return problem }
      rest = rest[rest.index(after: end)...]
      guard rest.isEmpty || rest.first?.isWhitespace == true else { return "<\(tag)>: no space" }
      rest = rest.drop(while: \.isWhitespace)
    }
    return nil
  }

  private static func entities(_ text: Substring) -> String? {
    for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
      let name = part.prefix { $0 != ";" }
      guard ["amp", "lt", "gt", "quot", "#39"].contains(name), name.count < part.count else {
        return "bad entity &\(name)"
      }
    }
    return nil
  }
}
