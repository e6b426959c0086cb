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

  /// Writes the maps of the layer's inputs, in place of what there was of the same method, all or none.
  /// - Throws: `MeasureError` for a part of a run and where an input is not finite; `WarehouseError`, `SQLiteError`.
  package func makeMaps(
    run id: Int, layer: Stored<LayerRecord>, settings: MapSettings
  ) throws -> MeasureSummary {
    let run = try self.run(id)
    try checkWhole(run)
    guard run.shard == nil else {
      throw MeasureError(
        description: "\(path): run \"\(run.name)\" is a part of a run: merge its parts first")
    }
    LinearAlgebraThreads.useOne()
    return try told {
      try connection.transaction {
        var summary = MeasureSummary()
        let samples = try mapped(run: id, settings, &summary)
        let inputs = try inputs(of: samples, run: id, layer: layer)
        let components: PrincipalComponents
        do {
          components = try PrincipalComponents(
            inputs, rows: samples.count, columns: layer.inputs, most: Self.mostComponents)
        } catch {
          throw MeasureError(
            description: "\(path): run \"\(run.name)\", layer \(layer.name): \(error)")
        }
        let plane = (0..<samples.count).flatMap { row in
          (0..<2).map { $0 < components.count ? components.places[row * components.count + $0] : 0 }
        }
        for method in settings.methods {
          switch method {
          case .pca:
            let shares = components.shares + [0]
            try write(
              .pca, plane, of: samples, run: id, layer: layer,
              [.real(shares[0]), .real(shares[1]), .null, .null, .null, .null], &summary)
          case .tsne:
            let map = NeighbourMap(
              components.places, count: samples.count, dimensions: components.count, start: plane,
              settings: settings.neighbours, isCancelled: isStopped)
            guard !isStopped() else { throw WarehouseError.interrupted(path: path) }
            try write(
              .tsne, map.places, of: samples, run: id, layer: layer,
              [
                .null, .null, .real(map.perplexity), .integer(settings.neighbours.iterations),
                .integer(Int(bitPattern: UInt(settings.seed))), .real(map.divergence),
              ], &summary)
          }
        }
        return summary
      }
    }
  }

  /// The ids of the samples to lay out, in the order of the data set.
  private func mapped(
    run: Int, _ settings: MapSettings, _ summary: inout MeasureSummary
  ) throws -> [Int] {
    let samples = try samples(run: run).map(\.id)
    guard samples.count > settings.mostSamples else { return samples }
    summary.notes.append(
      "\(settings.mostSamples) of \(samples.count) samples are in the map, drawn by seed \(settings.seed)"
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
        perplexity, iterations, seed, divergence)
      values (?, ?, ?, 'x', ?, ?, ?, ?, ?, ?, ?)
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
