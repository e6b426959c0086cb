// Finds saved queries by words near what they answer: of their names, keywords, questions and notes.

import Basics
import Queries

enum QuerySearch {
  /// As `Basics.unknown`; where no name is nearly the one given, the queries whose words it has are named instead.
  static func unknown(
    _ kind: String, _ name: String, known: [String], _ queries: [SavedQuery]
  ) -> String {
    let text = Basics.unknown(kind, name, known: known)
    let start = "unknown \(kind) '\(name.shown(200))'"
    guard text.hasPrefix(start + " (known: ") else { return text }
    let found = matches(name, queries).map { "\($0.name): \($0.question)" }
    return found.isEmpty
      ? text
      : start + "; did you mean " + found.joined(separator: " Or ") + text.dropFirst(start.count)
  }

  /// The queries that the words are nearest to, best first: one, or up to three that are as near.
  static func matches(_ text: String, _ queries: [SavedQuery]) -> [SavedQuery] {
    let asked = words(text)
    guard !asked.isEmpty else { return [] }
    let scored = queries.map { (query: $0, score: score(asked, $0)) }
    guard let best = scored.map(\.score).max(), best > 0 else { return [] }
    return Array(scored.filter { $0.score == best }.map(\.query).prefix(3))
  }

  /// A word counts where it stands in what says most: keywords and the name, the question, the notes. One of the name as
  /// much as a keyword, for `dead` is no worse than `silent`.
  private static func score(_ asked: [String], _ query: SavedQuery) -> Int {
    let places = [
      (6, query.keywords.flatMap(words) + words(query.name)), (4, words(query.question)),
      (1, words(query.notes ?? "")),
    ]
    return asked.reduce(0) { sum, word in
      let weights = places.flatMap { weight, known in
        known.map { other in word == other ? 2 * weight : isAlike(word, other) ? weight : 0 }
      }
      return sum + (weights.max() ?? 0)
    }
  }

  /// Inflections of one word, or a slip of one letter.
  private static func isAlike(_ a: String, _ b: String) -> Bool {
    let (short, long) = a.count < b.count ? (a, b) : (b, a)
    if short.count >= 4, long.hasPrefix(short) { return true }
    guard short.count >= 5 else { return false }
    let stem = zip(a, b).prefix { $0 == $1 }.count
    return stem >= 5 && long.count - stem <= 3 && short.count - stem <= 2 || editDistance(a, b) <= 1
  }

  private static func words(_ text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init).filter {
      $0.count > 1 && !common.contains($0)
    }
  }

  /// Words that most questions have.
  private static let common: Set = [
    "a", "all", "an", "and", "any", "are", "as", "at", "be", "best", "by", "do", "does", "each",
    "find", "for", "from", "get", "has", "have", "how", "in", "is", "it", "its", "least", "list",
    "many", "most", "much", "my", "of", "on", "one", "or", "per", "query", "run", "say", "show",
    "than", "that", "the", "their", "them", "they", "this", "to", "two", "what", "where", "which",
    "with", "your",
  ]
}
