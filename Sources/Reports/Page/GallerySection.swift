// Samples as pictures: mistakes, hard and typical ones, suspicious labels, what neurons look for, before and after an attack.

internal import Warehouse

extension ReportPage {
  var gallerySection: [Block] {
    let galleries = data.galleries
    guard let run = galleries.run else {
      return [
        .note(
          "The file has no pictures of these runs' samples: engram-ingest with --thumbnails 48 brings them, for a run that is there as well."
        )
      ]
    }
    guard !galleries.all.isEmpty else { return [.note("Run '\(run)' has no samples to show.")] }
    let intro = Block.note(
      "Of run '\(run)', \(galleries.why); --focus chooses another. A red line says that "
        + "the network took a sample for another class than its own.")
    return [intro] + galleries.notes.map(Block.note) + galleries.all.flatMap(Self.blocks)
  }

  static func blocks(_ gallery: Gallery) -> [Block] {
    let rows = gallery.rows.map { row -> Markup in
      let title = row.title.map { title -> Markup in "<h4>\(title)</h4>" } ?? ""
      return "\(title)<div class=\"shots\">\(row.samples.map(shot).joined())</div>"
    }.joined()
    let questions = gallery.questions.map { question -> Markup in "<pre>\(question)</pre>" }
      .joined()
    return [
      .heading(gallery.title), .note(gallery.caption), .markup(rows),
      .folded("How to ask for these rows", [.markup(questions)]),
    ]
  }

  private static func shot(_ sample: GallerySample) -> Markup {
    let pictures = sample.pictures.map { picture in
      picture.map { image($0, of: sample.key) } ?? "<span class=\"missing\">no picture</span>"
    }.joined()
    let lines = sample.lines.enumerated().map { index, line -> Markup in
      sample.isWrong && index == 0 ? "<span class=\"fails\">\(line)</span>" : "<span>\(line)</span>"
    }.joined()
    let kind: Markup = sample.pictures.count > 1 ? "shot pair" : "shot"
    return """
      <div class="\(kind)"><div class="pictures">\(pictures)</div>\
      <span class="key" title="\(sample.key)">\(sample.key)</span>\(lines)</div>
      """
  }

  /// The bytes stand in the page. A type that is no picture's never gets here (GalleryPictures).
  private static func image(_ picture: Picture, of key: String) -> Markup {
    let source = Markup(
      stringLiteral: "data:\(picture.mimeType);base64," + PageScript.base64(picture.file))
    return """
      <img src="\(source)" width="\(picture.width)" height="\(picture.height)" alt="\(key)" />
      """
  }

  static let galleryStyle: Markup = """
    h4 { font-size: 14px; margin: 14px 0 4px; }
    .shots { display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 12px 10px;
      margin: 8px 0 14px; }
    .shot { font-size: 12px; line-height: 1.3; min-width: 0; break-inside: avoid; }
    .shot.pair { grid-column: span 2; }
    .shot span { display: block; overflow-wrap: anywhere; }
    .shot .pictures { display: flex; gap: 4px; align-items: flex-end; margin-bottom: 3px; }
    .shot img { display: block; width: 96px; height: auto; max-width: 100%; image-rendering: pixelated;
      background: #808080; }
    .shot.pair img { max-width: calc(50% - 2px); }
    .shot .missing { width: 96px; height: 96px; line-height: 96px; text-align: center; color: var(--quiet);
      border: 1px dashed var(--edge); }
    .shot .key { color: var(--quiet); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12px; margin: 6px 0; }
    @media (max-width: 640px) { .shots { grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)); } }
    """
}
