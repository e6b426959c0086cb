// The map of one run's samples, as engram-ingest map laid it out, with the pictures that the page has room for.

internal import SQLiteKit

/// A sample on a map.
package struct MappedSample: Sendable {
  package let key: String
  package let x: Double
  package let y: Double
  /// By name; nil for a sample without a label.
  package let label: String?
  package let predicted: String
  /// nil where there is no right answer: the class is no output, or unknown.
  package let isCorrect: Bool?
  package let confidence: Double
  package var picture: GalleryPicture?

  package init(
    key: String, x: Double, y: Double, label: String?, predicted: String, isCorrect: Bool?,
    confidence: Double, picture: GalleryPicture? = nil
  ) {
    (self.key, self.x, self.y) = (key, x, y)
    (self.label, self.predicted, self.isCorrect) = (label, predicted, isCorrect)
    (self.confidence, self.picture) = (confidence, picture)
  }
}

/// One map.
package struct SampleMap: Sendable {
  package let run: String
  package let layer: String
  /// `pca` or `tsne`.
  package let method: String
  /// How it was made, in a few words.
  package let details: String
  /// Of the run: more than the map may have.
  package let runSamples: Int
  package var samples: [MappedSample]

  package init(
    run: String, layer: String, method: String, details: String, runSamples: Int,
    samples: [MappedSample]
  ) {
    (self.run, self.layer, self.method) = (run, layer, method)
    (self.details, self.runSamples, self.samples) = (details, runSamples, samples)
  }
}

extension ReportReader {
  /// Bytes of pictures in the page, of all maps together: the page stays below 8 MB.
  private static var mostPictureBytes: Int { 1_500_000 }

  /// Of the run in focus, or else of the newest of `runs` that has any; t-SNE first.
  static func maps(
    _ connection: borrowing Connection, _ runs: [RunInfo], focus: Int?
  ) throws -> [SampleMap] {
    let order =
      runs.filter { $0.id == focus } + runs.filter { $0.id != focus }.sorted { $0.id > $1.id }
    for info in order {
      let heads = try rows(
        connection,
        """
        select layer_id, layer.name, method, x_share, y_share, perplexity, iterations
        from embedding_method left join layer using (layer_id) where run_id = ?
        order by method = 'pca', layer.position desc
        """, .integer(info.id)
      ) { row in
        let isPCA = row.text(2) == "pca"
        let details =
          isPCA
          ? "the axes hold \(NumberText.percent(row.double(3))) and \(NumberText.percent(row.double(4))) of the variance"
          : "perplexity \(NumberText.short(row.double(5))), \(row.int(6)) iterations"
        return (
          layer: row.value(0), name: row.isNull(1) ? "pixels" : row.text(1), method: row.text(2),
          details: details
        )
      }
      guard let first = heads.first else { continue }
      // Both methods of one layer.
      var maps: [SampleMap] = []
      for head in heads where head.name == first.name {
        maps.append(
          SampleMap(
            run: info.name, layer: head.name, method: head.method, details: head.details,
            runSamples: info.samples,
            samples: try mapped(connection, info.id, layer: head.layer, method: head.method)))
      }
      try addPictures(connection, dataSet: info.datasetID, run: info.id, to: &maps)
      return maps
    }
    return []
  }

  private static func mapped(
    _ connection: borrowing Connection, _ run: Int, layer: Value, method: String
  ) throws -> [MappedSample] {
    try rows(
      connection,
      """
      select sample, x, y, class, predicted, correct, confidence from embeddings
      where run_id = ? and layer_id is ? and method = ? order by position
      """, .integer(run), layer, .text(method)
    ) { row in
      MappedSample(
        key: row.text(0), x: row.double(1), y: row.double(2),
        label: row.isNull(3) ? nil : row.text(3), predicted: row.text(4),
        isCorrect: row.isNull(5) ? nil : row.int(5) != 0, confidence: row.double(6))
    }
  }

  /// To the first map: mistakes before others, each spread over the data set.
  private static func addPictures(
    _ connection: borrowing Connection, dataSet: Int, run: Int, to maps: inout [SampleMap]
  ) throws {
    guard !maps.isEmpty else { return }
    let samples = maps[0].samples
    let mistakes = samples.indices.filter { samples[$0].isCorrect == false }
    let others = samples.indices.filter { samples[$0].isCorrect != false }
    var picture = try connection.prepare(
      """
      select coalesce(made.mime_type, own.mime_type), coalesce(made.width, own.width),
        coalesce(made.height, own.height), coalesce(made.image, own.image)
      from sample left join thumbnail as own using (sample_id)
      left join run_thumbnail as made on made.sample_id = sample.sample_id and made.run_id = ?2
      where dataset_id = ?1 and key = ?3
      """)
    var left = mostPictureBytes
    for index in spread(mistakes) + spread(others) {
      picture.reset()
      try picture.bind([.integer(dataSet), .integer(run), .text(samples[index].key)])
      guard try picture.step(), case .blob(let file) = picture.value(3),
        ["image/png", "image/jpeg"].contains(picture.text(0))
      else { continue }
      left -= (file.count + 2) / 3 * 4 + 30
      guard left > 0 else { break }
      maps[0].samples[index].picture = GalleryPicture(
        mimeType: picture.text(0), width: picture.int(1), height: picture.int(2), file: file)
    }
  }

  /// In an order whose beginnings are spread evenly.
  private static func spread(_ items: [Int]) -> [Int] {
    let step = 61
    return (0..<step).flatMap { start in
      stride(from: start, to: items.count, by: step).map { items[$0] }
    }
  }
}
