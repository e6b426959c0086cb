// Maps of a run: its samples in a plane, by their inputs of a layer.

package import Analytics
internal import Basics
import Bits
import SQLiteKit

/// How samples are laid out.
package enum MapMethod: String, CaseIterable, Sendable {
  case pca, tsne
}

/// What decides how the maps of a run come out.
package struct MapSettings: Sendable {
  package var methods = MapMethod.allCases
  package var neighbours = NeighbourMap.Settings()
  /// Samples in a map; of more as many are drawn by `seed`.
  package var mostSamples = 10_000
  package var seed: UInt64 = 0

  package init() {}
}

extension Warehouse {
  /// Principal components that t-SNE sees, as its authors advise: more is mostly noise, and slow.
  private static var mostComponents: Int { 50 }

  /// Writes the maps of the layer's inputs of one run, or of several in one plane, in place of what there was of the same
  /// methods, all or none.
  /// - Parameter runs: Each with its layer; the layers have as many inputs.
  /// - Throws: `MeasureError` for a part of a run and where an input is not finite; `WarehouseError`, `SQLiteError`.
  package func makeMaps(
    of runs: [(run: Int, layer: Stored<LayerRecord>)], settings: MapSettings
  ) throws -> MeasureSummary {
    guard let columns = runs.first?.layer.inputs else { return MeasureSummary() }
    for (id, layer) in runs {
      let run = try self.run(id)
      try checkWhole(run)
      guard run.shard == nil else {
        throw MeasureError(
          description: "\(path): run \"\(run.name)\" is a part of a run: merge its parts first")
      }
      guard layer.inputs == columns else {
        throw MeasureError(
          description:
            "\(path): run \"\(run.name)\", layer \(layer.name): expected \(columns) inputs, as the first run's has, found \(layer.inputs)"
        )
      }
    }
    LinearAlgebraThreads.useOne()
    return try told {
      try connection.transaction {
        var summary = MeasureSummary()
        var most = settings
        most.mostSamples = max(1, settings.mostSamples / runs.count)
        var (parts, inputs): ([[Int]], [Float]) = ([], [])
        for (id, layer) in runs {
          let samples = try mapped(run: id, most, &summary)
          inputs += try self.inputs(of: samples, run: id, layer: layer)
          parts.append(samples)
        }
        let count = parts.reduce(0) { $0 + $1.count }
        let components: PrincipalComponents
        do {
          components = try PrincipalComponents(
            inputs, rows: count, columns: columns, most: Self.mostComponents)
        } catch {
          let names = try runs.map { "\"\(try run($0.run).name)\"" }.joined(separator: ", ")
          throw MeasureError(
            description:
              "\(path): run \(names), layer \(runs[0].layer.name): \(error)")
        }
        let plane = (0..<count).flatMap { row in
          (0..<2).map { $0 < components.count ? components.places[row * components.count + $0] : 0 }
        }
        for method in settings.methods {
          let (places, details): ([Double], [Value])
          switch method {
          case .pca:
            let shares = components.shares + [0]
            places = plane
            details = [.real(shares[0]), .real(shares[1]), .null, .null, .null, .null]
          case .tsne:
            let map = NeighbourMap(
              components.places, count: count, dimensions: components.count, start: plane,
              settings: settings.neighbours, isCancelled: isStopped)
            guard !isStopped() else { throw WarehouseError.interrupted(path: path) }
            places = map.places
            details = [
              .null, .null, .real(map.perplexity), .integer(settings.neighbours.iterations),
              .integer(Int(bitPattern: UInt(settings.seed))), .real(map.divergence),
            ]
          }
          let shared: Value =
            runs.count == 1 ? .null : .text(Self.mark(of: places))
          var start = 0
          for (samples, (id, layer)) in zip(parts, runs) {
            try write(
              method, Array(places[2 * start..<2 * (start + samples.count)]), of: samples, run: id,
              layer: layer, details + [shared], &summary)
            start += samples.count
          }
        }
        return summary
      }
    }
  }

  /// What no other plane has.
  private static func mark(of places: [Double]) -> String {
    let bytes = places.span.bytes
    return String(UInt(bitPattern: Checksum.of(bytes)), radix: 16)
  }

  /// How many samples of a run are in a map.
  package func mappedSamples(
    run: Int, layer: Stored<LayerRecord>, by method: MapMethod
  ) throws -> Int {
    try told {
      try connection.integer(
        "select n_samples from embedding_method where run_id = ? and layer_id = ? and method = ?",
        .integer(run), .integer(layer.id), .text(method.rawValue)) ?? 0
    }
  }

  /// The ids of the samples to lay out, in the order of the data set.
  private func mapped(
    run: Int, _ settings: MapSettings, _ summary: inout MeasureSummary
  ) throws -> [Int] {
    let samples = try samples(run: run).map(\.id)
    guard samples.count > settings.mostSamples else { return samples }
    summary.notes.append(
      "\(try self.run(run).name): \(settings.mostSamples) of \(samples.count) samples are in the map, drawn by seed \(settings.seed)"
    )
    var random = SplitMix64(seed: settings.seed)
    let drawn = Set(random.permutation(samples.count).prefix(settings.mostSamples))
    return samples.indices.filter(drawn.contains).map { samples[$0] }
  }

  /// Row-major, in the order of `samples`.
  private func inputs(of samples: [Int], run: Int, layer: Stored<LayerRecord>) throws -> [Float] {
    let wanted = Dictionary(uniqueKeysWithValues: zip(samples, samples.indices))
    var inputs = [Float](repeating: 0, count: samples.count * layer.inputs)
    var seen = 0
    let isWanted = { (sample: SampleRow) in wanted[sample.id] != nil }
    try forEachActivation(run: run, layer: layer.id, where: isWanted) { sample, x, _ in
      guard let row = wanted[sample.id] else { return }
      do {
        inputs.replaceSubrange(
          row * layer.inputs..<(row + 1) * layer.inputs,
          with: try SparseVector.decode(x, count: layer.inputs))
      } catch {
        throw WarehouseError.corrupt(
          path: path,
          message: "input of layer \(layer.name), sample \(sample.position): \(error)")
      }
      seen += 1
    }
    guard seen == samples.count else {
      throw WarehouseError.corrupt(
        path: path,
        message:
          "layer \(layer.name): expected the inputs of \(samples.count) samples, found \(seen)")
    }
    return inputs
  }

  /// - Parameter details: of embedding_method, from x_share on.
  private func write(
    _ method: MapMethod, _ places: [Double], of samples: [Int], run: Int,
    layer: Stored<LayerRecord>, _ details: [Value], _ summary: inout MeasureSummary
  ) throws {
    for table in ["embedding", "embedding_method"] {
      try connection.run(
        "delete from \(table) where run_id = ? and layer_id = ? and method = ?", .integer(run),
        .integer(layer.id), .text(method.rawValue))
    }
    var head = try connection.prepare(
      """
      insert into embedding_method (run_id, layer_id, method, vector, n_samples, x_share, y_share,
        perplexity, iterations, seed, divergence, plane)
      values (?, ?, ?, 'x', ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    try head.bind(
      [.integer(run), .integer(layer.id), .text(method.rawValue), .integer(samples.count)] + details
    )
    _ = try head.step()
    for (index, sample) in samples.enumerated() {
      try connection.run(
        "insert into embedding (run_id, layer_id, method, sample_id, x, y) values (?, ?, ?, ?, ?, ?)",
        .integer(run), .integer(layer.id), .text(method.rawValue), .integer(sample),
        .real(places[2 * index]), .real(places[2 * index + 1]))
    }
    summary.count("embedding", samples.count)
    summary.count("embedding_method")
  }
}
