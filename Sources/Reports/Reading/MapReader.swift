// The map of a run's samples, as engram-ingest map laid it out, and of those that were laid out together with it, with the
// pictures that the page has room for.

internal import SQLiteKit
package import Warehouse

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
  /// By name.
  package var run = ""
  /// By labels of the user's own, in the order of the map's labellings; nil for a sample without one.
  package var ownLabels: [String?] = []
  package var picture: Picture?

  package init(
    key: String, x: Double, y: Double, label: String?, predicted: String, isCorrect: Bool?,
    confidence: Double, picture: Picture? = nil
  ) {
    (self.key, self.x, self.y) = (key, x, y)
    (self.label, self.predicted, self.isCorrect) = (label, predicted, isCorrect)
    (self.confidence, self.picture) = (confidence, picture)
  }
}

/// One map.
package struct SampleMap: Sendable {
  /// By name, the one in focus first.
  package let runs: [String]
  package let layer: String
  /// `pca` or `tsne`.
  package let method: String
  /// How it was made, in a few words.
  package let details: String
  /// Of the runs: more than the map may have.
  package let runSamples: Int
  /// Names of the user's own labels that samples have.
  package var labellings: [String] = []
  package var samples: [MappedSample]

  package init(
    runs: [String], layer: String, method: String, details: String, runSamples: Int,
    samples: [MappedSample]
  ) {
    (self.runs, self.layer, self.method) = (runs, layer, method)
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
        select layer_id, layer.name, method, x_share, y_share, perplexity, iterations, plane
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
          details: details, plane: row.isNull(7) ? nil : row.text(7)
        )
      }
      guard let first = heads.first else { continue }
      // Both methods of one layer.
      var maps: [SampleMap] = []
      for head in heads where head.name == first.name {
        let shared = try head.plane.map { plane in
          try order.filter { try $0.id == info.id || isLaidOut(connection, $0.id, in: plane) }
        }
        let own = shared ?? [info]
        var map = SampleMap(
          runs: own.map(\.name), layer: head.name, method: head.method, details: head.details,
          runSamples: own.reduce(0) { $0 + $1.samples }, samples: [])
        map.samples = try own.flatMap {
          try mapped(connection, $0, layer: head.name, method: head.method)
        }
        try addOwnLabels(connection, own, to: &map)
        maps.append(map)
      }
      try addPictures(connection, runs, to: &maps)
      return maps
    }
    return []
  }

  private static func isLaidOut(
    _ connection: borrowing Connection, _ run: Int, in plane: String
  ) throws -> Bool {
    try rows(
      connection, "select exists (select 1 from embedding_method where run_id = ? and plane = ?)",
      .integer(run), .text(plane)
    ) { $0.int(0) } == [1]
  }

  private static func mapped(
    _ connection: borrowing Connection, _ run: RunInfo, layer: String, method: String
  ) throws -> [MappedSample] {
    try rows(
      connection,
      """
      select sample, x, y, class, predicted, correct, confidence from embeddings
      where run_id = ? and ifnull(layer, 'pixels') = ? and method = ? order by position
      """, .integer(run.id), .text(layer), .text(method)
    ) { row in
      var sample = MappedSample(
        key: row.text(0), x: row.double(1), y: row.double(2),
        label: row.isNull(3) ? nil : row.text(3), predicted: row.text(4),
        isCorrect: row.isNull(5) ? nil : row.int(5) != 0, confidence: row.double(6))
      sample.run = run.name
      return sample
    }
  }

  /// Labellings that a map offers.
  private static var mostLabellings: Int { 3 }

  /// The labels of the samples' data sets, the first labellings by name.
  private static func addOwnLabels(
    _ connection: borrowing Connection, _ runs: [RunInfo], to map: inout SampleMap
  ) throws {
    let sets = Set(runs.map(\.datasetID)).sorted()
    let names = try sets.flatMap { set in
      try rows(
        connection, "select name from labelling where dataset_id = ? and name <> 'sample'",
        .integer(set)
      ) { $0.text(0) }
    }
    map.labellings = Array(Set(names).sorted().prefix(mostLabellings))
    guard !map.labellings.isEmpty else { return }
    for info in runs {
      let found = try map.labellings.map { name in
        let labels = try rows(
          connection,
          """
          select sample.key, class.name from labelling join sample_label using (labelling_id)
          join sample on sample.sample_id = sample_label.sample_id join class on class.class_id = sample_label.class_id
          where labelling.dataset_id = ? and labelling.name = ?
          """, .integer(info.datasetID), .text(name)
        ) { ($0.text(0), $0.text(1)) }
        return Dictionary(labels, uniquingKeysWith: { first, _ in first })
      }
      for index in map.samples.indices where map.samples[index].run == info.name {
        map.samples[index].ownLabels = found.map { $0[map.samples[index].key] }
      }
    }
  }

  /// To the first map: mistakes before others, each spread over the data set.
  private static func addPictures(
    _ connection: borrowing Connection, _ runs: [RunInfo], to maps: inout [SampleMap]
  ) throws {
    guard !maps.isEmpty else { return }
    let infos = Dictionary(runs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
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
      guard let info = infos[samples[index].run] else { continue }
      picture.reset()
      try picture.bind([
        .integer(info.datasetID), .integer(info.id), .text(samples[index].key),
      ])
      guard try picture.step(), case .blob(let file) = picture.value(3),
        ["image/png", "image/jpeg"].contains(picture.text(0))
      else { continue }
      left -= (file.count + 2) / 3 * 4 + 30
      guard left > 0 else { break }
      maps[0].samples[index].picture = Picture(
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
