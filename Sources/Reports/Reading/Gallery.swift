// What the galleries of a report show, free of SQL: samples with their pictures, and the question that gives the same rows.

package import Warehouse

/// One sample of a gallery.
package struct GallerySample: Sendable {
  package var key: String
  /// One, or two to be compared; nil where the file has none.
  package var pictures: [Picture?]
  /// What is said below it, a line each.
  package var lines: [String]
  /// Whether the network took it for another class than its own.
  package var isWrong: Bool

  package init(
    key: String, pictures: [Picture?] = [], lines: [String] = [], isWrong: Bool = false
  ) {
    (self.key, self.pictures, self.lines, self.isWrong) = (key, pictures, lines, isWrong)
  }
}

/// Samples that belong together: of a class, say.
package struct GalleryRow: Sendable {
  package var title: String?
  package var samples: [GallerySample]

  package init(title: String? = nil, samples: [GallerySample]) {
    (self.title, self.samples) = (title, samples)
  }
}

/// The answer to one question, in pictures.
package struct Gallery: Sendable {
  package var title: String
  /// What is shown and by what it was chosen.
  package var caption: String
  package var rows: [GalleryRow] = []
  /// Commands that give the same rows, a line each.
  package var questions: [String] = []

  package init(title: String, caption: String) { (self.title, self.caption) = (title, caption) }
}

/// All galleries of a page.
package struct Galleries: Sendable {
  /// The run that they are of, attacked and shifted ones aside; nil where no run has pictures.
  package var run: String?
  package var layer: String?
  /// "the newest clean run".
  package var why = ""
  package var all: [Gallery] = []
  /// What is not shown, a line each.
  package var notes: [String] = []

  package init() {}
}
