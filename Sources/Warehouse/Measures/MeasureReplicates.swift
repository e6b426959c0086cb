// Replicates of a run's measures over resampled samples, which say how far a measure depends on the samples at hand.

import Analytics
internal import Basics
import Bits
import SQLiteKit
import Synchronization

extension Warehouse {
  /// Block counts that are in memory at once: 256 MiB while they are counted, half of it then.
  private static var mostBlockCounts: Int { 1 << 26 }

  /// Blocks × neurons whose moments are in memory at once: 256 MiB.
  private static var mostBlockMoments: Int { 1 << 24 }

  /// Writes `replicates` rows of every measure of every captured layer, in place of the run's earlier ones, all or
  /// none: a grouped bootstrap of what is counted, and halves without replacement for ranks and overlaps.
  package func bootstrap(
    run id: Int, replicates: Int, seed: UInt64
  ) throws -> MeasureSummary {
    precondition(replicates > 1, "One replicate says nothing")
    let run = try self.run(id)
    try checkWhole(run)
    guard run.shard == nil else {
      throw MeasureError(
        description: "\(path): run \"\(run.name)\" is a part of a run: merge its parts first")
    }
    let layers = try self.layers(run: id)
    LinearAlgebraThreads.useOne()
    return try told {
      try connection.transaction {
        try connection.takeOut(from: .replicate, run: id)
        let samples = try samples(run: id)
        let unlabelled = samples.count { $0.label == nil }
        guard unlabelled == 0 else {
          throw MeasureError(
            description:
              "\(path): run \"\(run.name)\" has \(unlabelled) samples without a label: replicates are drawn class "
              + "by class")
        }
        let resampled = ResampledRun(run, samples, replicates: replicates, seed: seed)
        guard resampled.classes.allSatisfy({ $0.blocks.allSatisfy { $0 <= UInt16.max } }) else {
          throw MeasureError(
            description: "\(path): run \"\(run.name)\" has a class of more than "
              + "\(Resampling.blocks * Int(UInt16.max)) samples, too many for replicates")
        }
        var summary = MeasureSummary()
        var rows = try ReplicateRows(resampled, in: connection)
        for layer in layers {
          if let measures = try interactionReplicates(resampled, layer, &summary) {
            try rows.write(measures, layer, .interaction, &summary)
          }
          try rows.write(try neuronReplicates(resampled, layer), layer, .neuron, &summary)
          try rows.write(try activationReplicates(resampled, layer), layer, &summary)
        }
        if let last = try self.layers(model: run.modelID).last, layers.contains(last) {
          let ranks = try rankReplicates(resampled, last, &summary)
          try rows.write(ranks, last, &summary)
        }
        return summary
      }
    }
  }

  /// nil where the layer's block counts would not fit.
  private func interactionReplicates(
    _ resampled: ResampledRun, _ layer: Stored<LayerRecord>, _ summary: inout MeasureSummary
  ) throws -> [ReplicateMeasures]? {
    if try isDerivable(resampled.run, layer) { return try tileReplicates(resampled, layer) }
    var counts = resampled.counts
    let width = layer.columns * resampled.groupCount
    // Slabs begin with whole bytes of bits.
    guard 8 * width <= 4 * Self.mostBlockCounts else {
      summary.notes.append(
        "no replicates of the interactions of layer \(layer.name): \(resampled.groupCount) blocks of "
          + "\(layer.columns) columns do not fit memory; ingest fewer classes")
      return nil
    }
    let fitting = Self.mostBlockCounts / max(1, width)
    let step = fitting >= 32 ? fitting / 32 * 32 : max(8, fitting / 8 * 8)
    for first in stride(from: 0, to: layer.outputs, by: step) {
      let rows = first..<min(first + step, layer.outputs)
      let parts = try counted(
        resampled.run, layer, rows, groups: [resampled.groupCount]
      ) { _, sample in resampled.groups[sample.id] }
      try check(parts.first?.samples(grouping: 0) ?? [], resampled, layer)
      counts.add(
        resampled.blockCounts(length: rows.count * layer.columns) { group, counters in
          for part in parts {
            part.take(
              grouping: 0, label: group, into: &counters, first: first, columns: layer.columns)
          }
        })
    }
    return counts.measures
  }

  /// The same where bits are derived, tile by tile.
  private func tileReplicates(
    _ resampled: ResampledRun, _ layer: Stored<LayerRecord>
  ) throws -> [ReplicateMeasures] {
    let rows = try samples(run: resampled.run.id)
    let groups = rows.compactMap { resampled.groups[$0.id] }
    guard groups.count == rows.count else {
      throw try disagreement(run: resampled.run.id, layer: layer.id)
    }
    let samples = TileSamples(rows, [groups])
    try check(samples.count(0, classes: resampled.groupCount), resampled, layer)
    let grid = TileGrid(
      rows: layer.outputs, columns: layer.columns, samples: rows.count,
      classes: resampled.groupCount, sums: resampled.replicates)
    var counts = resampled.counts
    let workers = (0..<Parallel.processors).map { _ in
      (
        sums: counts.worker(),
        counters: TileCounters(grid, samples: rows.count, groups: resampled.groupCount)
      )
    }
    try forEachRegion(
      grid, samples, of: resampled.run, layer
    ) { _, segments, vectors in
      guard let vectors else { preconditionFailure("Bits are derived from vectors") }
      let products = Mutex([[Double]](repeating: [], count: segments.count))
      Parallel.run(segments.count, threads: workers.count) { worker, index in
        let (sums, counters) = workers[worker]
        for columns in grid.tiles(segments[index].columns) {
          let cells = counters.count(
            vectors, segments[index].rows, columns, samples.groups[0])
          sums.add(counters.values, cells: cells)
        }
        let own = sums.takeProducts()
        products.withLock { $0[index] = own }
      }
      for own in products.withLock({ $0 }) { counts.add(products: own) }
    }
    for (index, worker) in workers.enumerated() {
      counts.add(worker.sums, interactions: index == 0 ? layer.interactions : 0)
    }
    return counts.measures
  }

  private func neuronReplicates(
    _ resampled: ResampledRun, _ layer: Stored<LayerRecord>
  ) throws -> [ReplicateMeasures] {
    let neurons = NeuronCounts(outputs: layer.outputs, classes: resampled.groupCount)
    try forEachVectors(run: resampled.run.id, layer: layer, count: 256) { samples, _, z in
      let groups = samples.compactMap { resampled.groups[$0.id] }
      guard groups.count == samples.count else {
        throw try disagreement(run: resampled.run.id, layer: layer.id)
      }
      neurons.add(z: z.span, classes: groups)
    }
    try check(neurons.samples, resampled, layer)
    var counts = resampled.counts
    counts.add(
      resampled.blockCounts(length: layer.outputs) { group, counters in
        neurons.take(group, into: &counters, at: 0)
      })
    return counts.measures
  }

  /// nil where some replicate has no neuron that differs between samples.
  private func activationReplicates(
    _ resampled: ResampledRun, _ layer: Stored<LayerRecord>
  ) throws -> [ResampledMoments.Measures]? {
    var sums = ResampledMoments(draws: resampled.draws)
    let step = max(1, Self.mostBlockMoments / max(1, resampled.groupCount))
    for first in stride(from: 0, to: layer.outputs, by: step) {
      let neurons = first..<min(first + step, layer.outputs)
      var groups = [NeuronMoments](
        repeating: NeuronMoments(neurons: neurons.count), count: resampled.groupCount)
      try forEachPreactivation(run: resampled.run.id, layer: layer) { sample, z in
        guard let group = resampled.groups[sample.id] else {
          throw try disagreement(run: resampled.run.id, layer: layer.id)
        }
        groups[group].add(z.span.extracting(neurons))
      }
      try check(groups.map(\.samples), resampled, layer)
      var start = 0
      sums.add(
        resampled.classes.map { label in
          defer { start += label.blocks.count }
          return Array(groups[start..<start + label.blocks.count])
        })
    }
    return sums.measures
  }

  /// Throws unless the samples that were counted are those that are resampled.
  private func check(
    _ samples: [Int], _ resampled: ResampledRun, _ layer: Stored<LayerRecord>
  ) throws {
    guard samples == resampled.classes.flatMap(\.blocks) else {
      throw try disagreement(run: resampled.run.id, layer: layer.id)
    }
  }

  /// Empty, with a note, where half of a class are fewer samples than dimensions: ranks would count samples.
  private func rankReplicates(
    _ resampled: ResampledRun, _ layer: Stored<LayerRecord>, _ summary: inout MeasureSummary
  ) throws -> [RankReplicate] {
    let least = resampled.classes.map(\.samples.count).min() ?? 0
    guard least / 2 >= layer.inputs else {
      summary.notes.append(
        "no replicates of ranks and overlaps: they are of half of every class, and half of \(least) samples are "
          + "fewer than the \(layer.inputs) inputs of layer \(layer.name)")
      return []
    }
    let indices = Dictionary(
      uniqueKeysWithValues: resampled.classes.enumerated().map { ($1.position, $0) })
    var inputs = resampled.classes.map { _ in [Float]() }
    try forEachVectors(run: resampled.run.id, layer: layer, count: 256) { samples, x, _ in
      for (index, sample) in samples.enumerated() {
        guard let label = sample.label.flatMap({ indices[$0.position] }) else {
          throw try disagreement(run: resampled.run.id, layer: layer.id)
        }
        inputs[label] += x[index * layer.inputs..<(index + 1) * layer.inputs]
      }
    }
    let columns = layer.inputs
    guard zip(inputs, resampled.classes).allSatisfy({ $0.count == $1.samples.count * columns })
    else { throw try disagreement(run: resampled.run.id, layer: layer.id) }
    let results = Parallel.map(resampled.replicates) {
      [inputs, classes = resampled.classes, resampling = resampled.resampling] range in
      Result { () throws(AnalyticsError) in
        let halves = zip(inputs, classes).map { input, label in
          resampling.half(of: label.samples, replicate: range.lowerBound).flatMap {
            input[$0 * columns..<($0 + 1) * columns]
          }
        }
        return try RankReplicate(halves, columns: columns)
      }
    }
    do {
      return try results.map { try $0.get() }
    } catch {
      summary.notes.append("no replicates of ranks and overlaps: \(error)")
      return []
    }
  }
}
