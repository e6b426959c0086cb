// The galleries that are of one run, and the run and layer that they are of.

internal import SQLiteKit

extension GalleryReader {
  private var run: Value { .text(info.name) }

  func mistakes(_ connection: borrowing Connection) throws -> Gallery {
    let (rows, count) = try ask(
      connection, "confident_mistakes", ["run": run, "limit": .integer(-1)], most: Self.most)
    var gallery = Gallery(
      title: "Most confident mistakes",
      caption: "Taken for another class, the surest first. "
        + Self.shown(rows.count, of: count, "mistakes"))
    gallery.rows = [
      GalleryRow(
        samples: try rows.map {
          try sample(
            connection, $0, [sure($0), "loss \(NumberText.short(number($0["loss"])))"])
        })
    ]
    gallery.questions = [
      question("confident_mistakes", ["run": info.name, "limit": "\(Self.most)"])
    ]
    return gallery
  }

  func hardest(_ connection: borrowing Connection) throws -> Gallery {
    let (rows, count) = try ask(
      connection, "hardest_samples", ["run": run, "limit": .integer(-1)], most: Self.most)
    var gallery = Gallery(
      title: "Hardest samples",
      caption:
        "Of the highest loss (cross-entropy against the own class, in nats), right or wrong. "
        + Self.shown(rows.count, of: count, "samples"))
    gallery.rows = [
      GalleryRow(
        samples: try rows.map {
          try sample(connection, $0, ["loss \(NumberText.short(number($0["loss"])))"])
        })
    ]
    gallery.questions = [question("hardest_samples", ["run": info.name, "limit": "\(Self.most)"])]
    return gallery
  }

  /// Samples squared × inputs up to which `label_audit`, which compares each with all others, is quick enough for a page.
  private static let mostCompared = 3e9

  /// What the audit of labels ranks first; of many samples what contradicts the network, else what contradicts the pattern
  /// alone: on its own training samples a network that fits them is never wrong.
  func suspicious(_ connection: borrowing Connection) throws -> Gallery {
    let layer = lastCaptured
    func found(
      _ query: String, other: String, _ score: String, _ why: String,
      _ noun: String = "such samples"
    ) throws -> Gallery {
      let (rows, count) = try ask(
        connection, query, ["run": run, "layer": .text(layer), "limit": .integer(-1)],
        most: Self.most)
      var gallery = Gallery(
        title: "Suspicious labels", caption: why + Self.shown(rows.count, of: count, noun))
      gallery.rows = [
        GalleryRow(
          samples: try rows.map { row in
            var own = try sample(connection, row)
            own.lines = [
              "labelled \(text(row["class"]) ?? "–")", "looks like \(text(row[other]) ?? "–")",
              score == "margin"
                ? "margin \(NumberText.short(number(row[score]))) nats"
                : "score \(NumberText.short(number(row[score]))) σ",
            ]
            return own
          })
      ]
      gallery.questions = [
        question(query, ["run": info.name, "layer": layer, "limit": "\(Self.most)"])
      ]
      return gallery
    }
    let inputs = try storedInputs(connection, layer)
    let compared = Double(info.samples) * Double(info.samples) * Double(inputs)
    if inputs > 0, compared <= Self.mostCompared {
      return try found(
        "label_audit", other: "looks_like", "score",
        "Labels by how much pattern, prediction and neighbors speak against them together. ",
        "samples")
    }
    let suspicious = try found(
      "suspicious_labels", other: "predicted", "margin",
      "Predicted as another class, which the sample's pattern in \(layer) fits better as well. ")
    guard suspicious.rows.allSatisfy(\.samples.isEmpty) else { return suspicious }
    return try found(
      "misfits", other: "fits", "margin",
      "No prediction contradicts a label as well as the pattern does; these patterns in \(layer) alone fit another class better. "
    )
  }

  func typical(_ connection: borrowing Connection) throws -> Gallery {
    let layer = lastCaptured
    let sql = """
      with scored as (
        select sample, class, class_position, predicted, log_likelihood, position from likelihoods
        where run = :run and layer = :layer and kind = 'interaction'
          and profile_run_id = run_id and log_likelihood is not null),
      placed as (
        select *, count(*) over (partition by class_position) as n,
          row_number() over (partition by class_position order by log_likelihood desc, position) as place
        from scored)
      select * from placed
      where place <= \(Self.inRow) or place > n - \(Self.inRow) order by class_position, place
      """
    let rows = try ask(
      connection, sql: sql, ["run": run, "layer": .text(layer)], most: Int.max
    ).rows.map { row in (position: number(row["class_position"]) ?? 0, row: row) }
    let positions = rows.reduce(into: [Double]()) { found, row in
      if found.last != row.position { found.append(row.position) }
    }
    let shown = Set(positions.prefix(Self.mostClasses))
    var gallery = Gallery(
      title: "Most and least typical samples",
      caption:
        "Whose pattern in \(layer) fits the profile of their own class best, and worst, themselves left out of it: "
        + "\(Self.inRow) and \(Self.inRow) of each class, by ln L of the pattern in nats. "
        + Self.shown(shown.count, of: positions.count, "classes"))
    for position in positions where shown.contains(position) {
      let own = rows.filter { $0.position == position }.map(\.row)
      gallery.rows.append(
        GalleryRow(
          title: text(own[0]["class"]),
          samples: try own.map { row in
            let isBest = (number(row["place"]) ?? 0) <= Double(Self.inRow)
            return try sample(
              connection, row,
              [
                "\(isBest ? "typical" : "untypical"): ln L \(NumberText.short(number(row["log_likelihood"])))"
              ])
          }))
    }
    gallery.questions = [
      question("typical_samples", ["run": info.name, "layer": layer, "limit": "\(Self.inRow)"]),
      question(sql: sql, ["run": info.name, "layer": layer]),
    ]
    return gallery
  }

  /// Of the layer before the last, the neurons that are the strongest of all in most samples.
  func neurons(_ connection: borrowing Connection) throws -> [Gallery] {
    guard let layer = hidden, try isReadable(connection, layer) else { return [] }
    let sql = """
      select json_extract(engram_top(z, 1), '$[0][0]') as neuron, count(*) as n
      from layers cross join activation using (run_id, layer_id)
      where run = :run and layer = :layer
      group by 1 having neuron is not null order by n desc, neuron limit 4
      """
    let found = try ask(
      connection, sql: sql, ["run": run, "layer": .text(layer)], most: 4
    ).rows.map { row in
      (neuron: Int(number(row["neuron"]) ?? 0), samples: Int(number(row["n"]) ?? 0))
    }
    guard !found.isEmpty else { return [] }
    var gallery = Gallery(
      title: "What neurons look for",
      caption:
        "Samples of the highest pre-activation z of the \(found.count) neurons of \(layer) that are the strongest of the "
        + "layer in most samples.")
    gallery.questions = [question(sql: sql, ["run": info.name, "layer": layer])]
    for (neuron, samples) in found {
      let (rows, _) = try ask(
        connection, "top_samples",
        [
          "run": run, "layer": .text(layer), "neurons": .text("\(neuron)"), "limit": .integer(8),
        ], most: 8)
      gallery.rows.append(
        GalleryRow(
          title: "neuron \(neuron), the strongest in \(samples) samples",
          samples: try rows.map {
            try sample(connection, $0, ["z \(NumberText.short(number($0["score"])))"])
          }))
      gallery.questions.append(
        question(
          "top_samples",
          ["run": info.name, "layer": layer, "neurons": "\(neuron)", "limit": "8"]))
    }
    return [gallery]
  }

  /// What the surest mistakes lie beside.
  func neighbours(_ connection: borrowing Connection) throws -> [Gallery] {
    guard let layer = hidden, try isReadable(connection, layer) else { return [] }
    let (given, _) = try ask(
      connection, "confident_mistakes", ["run": run, "limit": .integer(3)], most: 3)
    guard !given.isEmpty else { return [] }
    var gallery = Gallery(
      title: "What mistakes lie beside",
      caption:
        "The surest mistakes, and the samples nearest to each by its pre-activations in \(layer) (Euclidean distance)."
    )
    for row in given {
      guard let key = text(row["sample"]) else { continue }
      let (rows, _) = try ask(
        connection, "nearest_samples",
        ["run": run, "layer": .text(layer), "sample": .text(key), "limit": .integer(8)], most: 8)
      gallery.rows.append(
        GalleryRow(
          title: "beside \(key)",
          samples: try [sample(connection, row, [sure(row)])]
            + rows.map {
              try sample(connection, $0, ["distance \(NumberText.short(number($0["distance"])))"])
            }))
      gallery.questions.append(
        question(
          "nearest_samples", ["run": info.name, "layer": layer, "sample": key, "limit": "8"]))
    }
    return [gallery]
  }

  /// How many inputs a layer has; 0 where the run keeps none of them.
  private func storedInputs(_ connection: borrowing Connection, _ layer: String) throws -> Int {
    try ReportReader.rows(
      connection,
      """
      select n_in from layers where run_id = ? and layer = ?
        and exists (select 1 from activation where run_id = layers.run_id and layer_id = layers.layer_id)
      """, .integer(info.id), .text(layer)
    ) { $0.int(0) }.first ?? 0
  }

  private func isReadable(_ connection: borrowing Connection, _ layer: String) throws -> Bool {
    let outputs =
      try ReportReader.rows(
        connection, "select n_out from layers where run_id = ? and layer = ?", .integer(info.id),
        .text(layer)
      ) { $0.int(0) }.first ?? 0
    // Numbers of a file may be any.
    return Double(outputs) * 4 * Double(info.samples) <= Double(Self.mostBytes)
  }
}
