// The samples of one run in a plane: by t-SNE and by principal components, coloured as the reader likes, each dot with its
// sample. Colours need no script; what a dot is does.

internal import Warehouse

extension ReportPage {
  var mapSection: [Block] {
    guard let first = data.maps.first else {
      return [
        .note(
          "No run's samples have been laid out in a plane: engram-ingest map WAREHOUSE --run NAME does, by principal components and t-SNE."
        )
      ]
    }
    let shown = first.samples.count
    let pictures = first.samples.count { $0.picture != nil }
    let names = first.runs.map { "'\($0)'" }.joined(separator: ", ")
    let intro = Block.text(
      "Samples of \(names) by their inputs of \(first.layer): "
        + (shown == first.runSamples ? "all \(shown)" : "\(shown) of \(first.runSamples)")
        + ". Dots with an edge are mistakes, squares have no right answer. Point at a dot, or tap it, to see its sample; "
        + (pictures == 0
          ? "the file has no pictures of them."
          : "\(pictures) have their picture here, mistakes before others."))
    return [intro]
      + data.maps.enumerated().map { index, map in
        let drawn = Self.map(map, index, after: index > 0 ? data.maps[index - 1] : nil)
        return index == 0
          ? .shown([.heading(Self.title(map)), drawn]) : .folded(Self.title(map), [drawn])
      }
  }

  /// Samples whose coordinates the page has as CSV, at most.
  private static let mostRows = 2000

  private static func title(_ map: SampleMap) -> String {
    (map.method == "tsne" ? "t-SNE: " : "Principal components: ") + map.details
  }

  /// - Parameter before: the map before it, whose samples and pictures are not told again where they are the same.
  private static func map(_ map: SampleMap, _ index: Int, after before: SampleMap?) -> Block {
    let chart = MapChart(
      label: "\(map.method) of \(map.runs.joined(separator: ", ")), \(map.layer)",
      samples: map.samples, runs: map.runs, labellings: map.labellings)
    var table = FigureData(
      columns: ["run", "sample", "x", "y", "class", "predicted", "correct", "confidence"]
        + map.labellings)
    for sample in map.samples {
      table.add(
        row: [
          .text(sample.run), .text(sample.key), .number(sample.x), .number(sample.y),
          .text(sample.label ?? ""), .text(sample.predicted),
          .number(sample.isCorrect.map { $0 ? 1 : 0 }), .number(sample.confidence),
        ] + sample.ownLabels.map { .text($0 ?? "") })
    }
    let isShort = map.samples.count <= mostRows
    let figure = Figure(
      "map", map.method, map.runs[0], map.layer, svg: chart.svg, data: table, isDataOnPage: isShort)
    let isKnown =
      before.map {
        $0.samples.elementsEqual(map.samples) { ($0.run, $0.key) == ($1.run, $1.key) }
      } ?? false
    let samples: Markup =
      isKnown ? "" : " data-samples=\"\(words(chart))\" data-pictures=\"\(pictures(map))\""
    let choices = chart.modes.enumerated().map { place, mode -> Markup in
      let checked: Markup = place == 0 ? " checked=\"checked\"" : ""
      return """
        <label><input type="radio" name="map-\(index)" class="by-\(mode.id)"\(checked) /> \(mode.title)</label>
        """
    }.joined()
    let legends = chart.modes.map { mode -> Markup in
      let names = mode.legend.map { name, color -> Markup in
        "<li><span style=\"background: \(color)\"></span>\(name)</li>"
      }.joined()
      let rest = mode.names.count - mode.legend.count
      let more: Markup =
        rest > 0
        ? "<li><span style=\"background: \(MapMode.other)\"></span>\(rest) more</li>" : ""
      return "<ul class=\"legend for-\(mode.id)\">\(names)\(more)</ul>"
    }.joined()
    return .shown([
      .markup(
        """
        <div class="map" data-places="\(places(chart))"\(samples)><p class="choices">\(choices)
        <label><input type="checkbox" class="only-wrong" /> mistakes and foreign alone</label></p>
        """),
      .figures(
        [figure],
        caption:
          "Near each other is what the layer makes alike; other distances mean little in t-SNE."
          + (isShort ? "" : " The view embeddings has the coordinates, and --figures writes them.")),
      .markup(
        """
        \(legends)
        <div class="told" hidden="hidden"></div></div>
        """),
    ])
  }

  /// A line a sample: x and y.
  private static func places(_ chart: MapChart) -> String {
    chart.places().map {
      NumberText.trimmed($0.x, decimals: 1) + "\t" + NumberText.trimmed($0.y, decimals: 1)
    }.joined(separator: "\n")
  }

  /// A line a sample: what is said of it.
  private static func words(_ chart: MapChart) -> String {
    let isOfSeveral = chart.modes.contains { $0.id == "run" }
    return chart.samples.map { sample in
      let said =
        "\(oneLine(sample.key))\t\(isOfSeveral ? "\(oneLine(sample.run)): " : "")\(oneLine(sample.label ?? "no label")), taken for \(oneLine(sample.predicted)), "
        + "\(NumberText.percent(sample.confidence)) sure"
      return said + (sample.isCorrect == true ? "\tright" : "")
    }.joined(separator: "\n")
  }

  /// A line a picture: the sample's place in the list, and the picture's address.
  private static func pictures(_ map: SampleMap) -> String {
    map.samples.enumerated().compactMap { index, sample in
      sample.picture.map { "\(index)\tdata:\($0.mimeType);base64,\(PageScript.base64($0.file))" }
    }.joined(separator: "\n")
  }

  /// Lines and tabs separate what the script reads.
  private static func oneLine(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    return String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
  }

  static var mapStyle: Markup {
    let modes = ["own", "taken", "right", "run", "label-0", "label-1", "label-2"]
    return "\(modes.map(modeStyle).joined())\(mapFrame)"
  }

  /// What is shown where a mode is chosen.
  private static func modeStyle(_ id: String) -> Markup {
    """
    .map:has(.by-\(id):checked) .dots { stroke: var(--\(id)); }
    .map:not(:has(.by-\(id):checked)) .for-\(id) { display: none; }

    """
  }

  private static let mapFrame: Markup = """
    .map { position: relative; }
    .map path { fill: none; }
    .choices label { margin-right: 18px; white-space: nowrap; }
    .map:has(.only-wrong:checked) .right.dots { display: none; }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; padding: 0; font-size: 13px; }
    .legend span { display: inline-block; width: 11px; height: 11px; border-radius: 50%; margin-right: 5px; }
    .map .plot { cursor: crosshair; }
    .map .plot svg.broad { max-width: 100%; }
    .told { position: absolute; z-index: 1; max-width: 220px; padding: 6px 8px; font-size: 12px; pointer-events: none;
      background: var(--paper); border: 1px solid var(--edge); box-shadow: 0 2px 8px #0004; }
    .told[hidden] { display: none; }
    .told img { display: block; width: 96px; height: auto; image-rendering: pixelated; margin-bottom: 4px; }
    """
}
