// Attacked and shifted samples beside the clean ones, and all galleries of a page.

internal import SQLiteKit

extension GalleryReader {
  /// Samples that the run takes rightly, and another run over what became of them does not.
  func beside(
    _ connection: borrowing Connection, _ other: RunInfo, _ title: String? = nil
  ) throws -> Gallery? {
    let sql = """
      select clean.sample, clean.class, clean.predicted, clean.confidence, other.predicted as then_predicted,
        other.confidence as then_confidence
      from predictions as clean join predictions as other using (sample_id)
      where clean.run = :run and other.run = :other and clean.correct = 1 and other.correct = 0
      order by other.confidence desc, clean.position
      """
    let isMade = try [info, other].map { run in
      try run.perturbation != "none"
        && ReportReader.rows(
          connection, "select exists (select 1 from run_thumbnail where run_id = ?)",
          .integer(run.id)
        ) { $0.int(0) } == [1]
    }
    let isPaired = isMade.contains(true)
    let (rows, count) = try ask(
      connection, sql: sql, ["run": .text(info.name), "other": .text(other.name)], most: 8)
    guard count > 0 else { return nil }
    let samples = try rows.map { row in
      var own = try sample(connection, row, [sure(row)])
      if isPaired {
        let asTheyAre = own.pictures
        let made = try zip([info, other], isMade).map { run, isMade in
          try isMade
            ? [
              pictures.made(
                connection, run: run.id, dataSet: run.datasetID, key: text(row["sample"]) ?? "")
            ] : asTheyAre
        }
        own.pictures = made.flatMap(\.self)
      }
      own.lines.append(
        "then \(text(row["then_predicted"]) ?? "–"), \(NumberText.percent(number(row["then_confidence"]))) sure"
      )
      return own
    }
    func place(_ run: RunInfo, _ side: String) -> String {
      let notes = [run.perturbation == "none" ? nil : run.perturbation, isPaired ? side : nil]
        .compactMap(\.self)
      return "run '\(run.name)'" + (notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")
    }
    var gallery = Gallery(
      title: title ?? "Before and after: \(other.name)",
      caption:
        "Taken rightly in \(place(info, "left")), and for another class in \(place(other, "right")), the surest first. "
        + Self.shown(samples.count, of: count, "such samples")
        + (other.perturbation == "none" || isPaired
          ? ""
          : " What became of the images is not in the file: the run's ingest with --thumbnails 48 brings it.")
    )
    gallery.rows = [GalleryRow(samples: samples)]
    gallery.questions = [
      question(sql: sql + " limit 8", ["run": info.name, "other": other.name])
    ]
    return gallery
  }
}

extension ReportReader {
  /// Perturbed runs that have a gallery.
  private static let mostPerturbed = 6

  /// Of the newest of the runs that have pictures: a clean one of a trained network before others.
  static func galleries(
    _ connection: borrowing Connection, _ runs: [RunInfo], focus: Int?
  ) throws -> Galleries {
    var galleries = Galleries()
    var pictured: [RunInfo] = []
    for run in runs {
      var found = try connection.prepare(
        """
        select exists (select 1 from thumbnail join sample using (sample_id) where dataset_id = ?)
        """)
      try found.bind(run.datasetID, at: 1)
      if try found.step(), found.int(0) == 1 { pictured.append(run) }
    }
    let clean = pictured.filter { $0.perturbation == "none" }
    let newest = { (runs: [RunInfo]) in runs.max { $0.id < $1.id } }
    let choices = [
      ("the run in focus", pictured.first { $0.id == focus }),
      (
        "the newest clean run of a trained network that has pictures",
        newest(clean.filter { $0.state != "untrained" })
      ),
      ("the newest clean run that has pictures", newest(clean)),
      ("the newest run that has pictures", newest(pictured)),
    ]
    guard let (why, chosen) = choices.first(where: { $0.1 != nil }), let run = chosen else {
      return galleries
    }
    galleries.why = why
    let pictures = GalleryPictures()
    let file = connection.path.split(separator: "/").last.map(String.init) ?? "w.db"
    let layers = try rows(
      connection, "select layer, position from layers where run_id = ? order by position",
      .integer(run.id)
    ) { (name: $0.text(0), position: $0.int(1)) }
    guard let last = layers.last else { return galleries }
    // The network's last layer says its outputs; what it saw of a sample stands in the one before.
    let hidden = layers.last { $0.position != run.lastPosition } ?? last
    let reader = GalleryReader(
      info: run, file: file, pictures: pictures, lastCaptured: last.name, hidden: hidden.name)
    (galleries.run, galleries.layer) = (run.name, last.name)
    galleries.all = try reader.all(connection)
    let perturbed = runs.filter {
      $0.perturbation != "none" && $0.weightsHash == run.weightsHash
        && $0.datasetID == run.datasetID && $0.preprocessing == run.preprocessing
    }
    for other in perturbed.prefix(mostPerturbed) {
      if let gallery = try reader.beside(connection, other) { galleries.all.append(gallery) }
    }
    if perturbed.count > mostPerturbed {
      galleries.notes.append(
        "\(mostPerturbed) of \(perturbed.count) attacked and shifted runs stand beside the clean one; --runs chooses others."
      )
    }
    if pictures.omitted > 0 {
      galleries.notes.append(
        "\(pictures.omitted) pictures are left out, for the page holds \(GalleryPictures.mostBytes >> 20) MB of them; smaller ones "
          + "(--thumbnails 48) all fit.")
    }
    galleries.all.removeAll { $0.rows.allSatisfy(\.samples.isEmpty) }
    return galleries
  }
}
