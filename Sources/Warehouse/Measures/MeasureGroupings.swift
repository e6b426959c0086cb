// The measures of a run whose samples are grouped by other labels than the true ones: by what the network predicts, or
// by the labels it was trained on. Leaves out sparsity, rank and entanglement, which are by true labels alone.

import Analytics
import Bits
import SQLiteKit

extension Warehouse {
  /// Counts the profiles of a whole run under a grouping and writes their entropies and divergences, in place of what
  /// was there, all or none. Classes that the grouping gives no sample are left out, as are samples it gives no class.
  package func measure(run id: Int, by grouping: ProfileGrouping) throws -> MeasureSummary {
    precondition(ProfileGrouping.askedFor.contains(grouping), "Runs have these profiles already")
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
        try deleteMeasures(of: id, by: [grouping])
        let classIDs = try classes(of: run, under: [grouping]).map(\.id)
        var writer = try ProfileWriter(
          connection, run: id, classIDs: classIDs, groupings: [grouping])
        for layer in try layers(run: id) {
          try writeNeurons(of: run, layer, classIDs, [grouping], &writer)
          if run.profiles == .stored {
            try writeInteractions(of: run, layer, classIDs, grouping, &writer)
          }
          for kind in ProfileKind.allCases {
            try measureClasses(
              try counters(run: run, layer: layer, kind: kind, groupings: [grouping]), &summary)
          }
        }
        return summary
      }
    }
  }

  /// Takes out what was measured within the run under some groupings.
  func deleteMeasures(of run: Int, by groupings: [ProfileGrouping]) throws {
    for table in RunTable.measured where table.replacement == .ofGroupings {
      for grouping in groupings {
        try connection.takeOut(from: table, run: run, where: ["grouping": .text(grouping.rawValue)])
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
      throw MeasureError(
        description:
          "\(path): run \"\(run.name)\" has no \(grouping.rawValue) labels: its network is not known "
          + "to have been trained on its samples; older runs tell once they are ingested again")
    }
    if known < samples.count {
      summary.notes.append(
        "\(samples.count - known) of \(samples.count) samples have no \(grouping.rawValue) label "
          + "and are left out")
    }
  }

  private func writeInteractions(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ classIDs: [Int],
    _ grouping: ProfileGrouping, _ writer: inout ProfileWriter
  ) throws {
    try forEachInteractionCounts(of: run, layer, [grouping]) { classes, counts in
      for block in 0..<ClassCounts.blockCount(counts[0].shape) {
        for (label, samples) in counts[0].samples.enumerated() where samples > 0 {
          try writer.write(
            ClassProfile(
              layerID: layer.id, kind: .interaction, grouping: grouping,
              classPosition: classIDs.firstIndex(of: classes[label].id) ?? 0, block: block,
              samples: samples, counts: counts[0].block(block, of: label)))
        }
      }
    }
  }
}
