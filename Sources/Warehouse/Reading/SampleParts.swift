// Samples that a run is measured by and that stay in other files: the parts of a merge that keeps counts and measures
// alone. Readers of samples go through them as if they were here; one of the files is open at a time.

internal import Basics
internal import SQLiteKit

/// The parts of a run, in order of their samples.
struct SampleParts: Sendable {
  struct Part: Sendable {
    let path: String
    /// The run's id there.
    let run: Int
    /// From the first sample's to the last one's, in the data set; nil where none could be read.
    let positions: ClosedRange<Int>?
    /// Ids of the layers there, by those here.
    let layers: [Int: Int]
  }

  /// How the parts keep their bits.
  let bitsets: BitsetPolicy
  let parts: [Part]
}

extension Warehouse {
  /// Opens each part that has some of the wanted samples, in order.
  /// - Parameter body: Takes the part, its samples as this file has them, the positions wanted of it, and its file.
  /// - Throws: what `body` throws; what it finds damaged is the part's, not this file's.
  func forEachPart(
    _ parts: SampleParts, run: Int, layer: Int, in positions: ClosedRange<Int>?,
    _ body: (
      SampleParts.Part, _ samples: [SampleRow], _ wanted: ClosedRange<Int>, borrowing Warehouse
    ) throws -> Void
  ) throws {
    for part in parts.parts {
      guard let all = part.positions, positions?.overlaps(all) ?? true else { continue }
      let wanted = positions.map { all.clamped(to: $0) } ?? all
      let samples = try samples(run: run, in: wanted)
      var file = try Warehouse.open(part.path, mode: .readOnly)
      file.stop(when: isStopped)
      do {
        try body(part, samples, wanted, file)
      } catch WarehouseError.corrupt(let path, let message) where path == self.path {
        throw WarehouseError.corrupt(path: part.path, message: message)
      }
    }
  }

  /// Where the samples of a run stand that this file has the predictions of.
  func parts(_ merged: MergedRun, of run: Stored<RunRecord>) throws -> SampleParts {
    let own = try layers(run: run.id)
    return SampleParts(
      bitsets: merged.first.run.bitsets,
      parts: try merged.sources.map { source in
        let file = try Warehouse.open(source.path, mode: .readOnly)
        let theirs = try file.layers(run: source.run.id)
        let range = try file.told { () throws -> ClosedRange<Int>? in
          var rows = try file.connection.prepare(
            """
            select min(sample.position), max(sample.position)
            from prediction join sample using (sample_id) where run_id = ?
            """)
          try rows.bind(source.run.id, at: 1)
          guard try rows.step(), !rows.isNull(0) else { return nil }
          return rows.int(0)...rows.int(1)
        }
        return SampleParts.Part(
          path: source.path, run: source.run.id, positions: range,
          layers: Dictionary(
            uniqueKeysWithValues: own.compactMap { layer in
              theirs.first { $0.name.hasBytes(of: layer.name) }.map { (layer.id, $0.id) }
            }))
      })
  }
}
