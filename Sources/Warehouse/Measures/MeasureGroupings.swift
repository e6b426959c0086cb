// The measures of a run whose samples are grouped by other labels than the true ones: by what the network predicts, or
// by the labels it was trained on. Leaves out sparsity, rank and entanglement, which are by true labels alone.

import Analytics
import Bits
import SQLiteKit

extension Warehouse {
  /// Counts the profiles of a whole run under a grouping and writes their entropies and divergences, in place of what
  /// was there, all or none. Classes that the grouping gives no sample are left out, as are samples it gives no class.
  package func measure(run id: Int, by grouping: ProfileGrouping) throws -> MeasureSummary {
    precondition(
      !ProfileGrouping.measuredAlways.contains(grouping), "Runs have these profiles already")
    let groupings = grouping.measuredTogether
    let run = try run(id)
    guard run.completedAt != nil, run.shard == nil else {
      throw MeasureError(
        description:
          "\(path): run \"\(run.name)\" is not whole: complete its ingest, or merge its parts")
    }
    LinearAlgebraThreads.useOne()
    return try told {
      try connection.transaction {
        var summary = MeasureSummary()
        try checkLabels(of: run, grouping, &summary)
        try deleteMeasures(of: id, by: groupings)
        let classIDs = try classes(of: run, under: groupings).map(\.id)
        var writer = try ProfileWriter(
          connection, run: id, classIDs: classIDs, groupings: groupings)
        for layer in try layers(run: id) {
          try writeNeurons(of: run, layer, classIDs, groupings, &writer)
          if run.profiles == .stored {
            try writeInteractions(of: run, layer, classIDs, groupings, &writer)
          }
          for kind in ProfileKind.allCases {
            try measureClasses(
              try counters(run: run, layer: layer, kind: kind, groupings: groupings), &summary)
          }
          try measureActivations(of: run, layer, groupings, &summary)
        }
        return summary
      }
    }
  }

  /// Takes out what was measured within the run under some groupings.
  func deleteMeasures(of run: Int, by groupings: [ProfileGrouping]) throws {
    for table in RunTable.measured where table.replacement == .ofGroupings {
      for grouping in groupings {
        try connection.takeOut(from: table, run: run, where: ["grouping": .text(grouping.name)])
      }
    }
  }

  /// Throws where no sample has a class under the grouping, and notes how many have none.
  private func checkLabels(
    of run: Stored<RunRecord>, _ grouping: ProfileGrouping, _ summary: inout MeasureSummary
  ) throws {
    let samples = try samples(run: run.id)
    let known = samples.count { $0.classID(under: grouping) != nil }
    guard known > 0 else {
      let reason =
        grouping == .assigned
        ? "its network is not known to have been trained on its samples; older runs tell once they are ingested again"
        : "none of its samples has one"
      throw MeasureError(
        description:
          "\(path): run \"\(run.name)\" has no \(grouping.name) labels: \(reason)")
    }
    if known < samples.count {
      summary.notes.append(
        "\(samples.count - known) of \(samples.count) samples have no \(grouping.name) label "
          + "and are left out")
    }
  }

  private func writeInteractions(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ classIDs: [Int],
    _ groupings: [ProfileGrouping], _ writer: inout ProfileWriter
  ) throws {
    let positions = Dictionary(uniqueKeysWithValues: classIDs.enumerated().map { ($1, $0) })
    try forEachInteractionCounts(of: run, layer, groupings) { classes, counts in
      for (grouping, counts) in zip(groupings, counts) {
        for block in 0..<ClassCounts.blockCount(counts.shape) {
          for (label, samples) in counts.samples.enumerated() where samples > 0 {
            guard let position = positions[classes[label].id] else {
              preconditionFailure("Samples are counted under the classes that there are.")
            }
            try writer.write(
              ClassProfile(
                layerID: layer.id, kind: .interaction, grouping: grouping, classPosition: position,
                block: block, samples: samples, counts: counts.block(block, of: label)))
          }
        }
      }
    }
  }
}
