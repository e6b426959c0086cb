// Subjects that take more room than an option's help: the Markdown pages of this folder, compiled in, whichever lie there.

/// A page of this folder.
package struct Topic: Sendable {
  /// The file's name without its ending, which asks for it.
  package let name: String
  /// Its heading.
  package let subject: String
  /// The whole file.
  package let markdown: String

  /// By name.
  package static let all: [Topic] = embeddedTexts.map { name, text in
    let heading = text.prefix { $0 != "\n" }.drop { $0 == "#" || $0 == " " }
    return Topic(name: name, subject: String(heading), markdown: text)
  }

  /// For a terminal of so many columns.
  package func plain(width: Int = 80) -> String { PlainMarkdown(markdown, width: width).text }
}
