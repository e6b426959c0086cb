// A transformer over twelve small images, and runs of its tokens, for the suites that look at these.

import Bits
import Capture
import DataSets
import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

/// The fixture beside the tests, and a directory of its own.
struct TokenRunSetting {
  let recordings: RecordingSetting
  let folder: String
  var scratch: Scratch { recordings.scratch }
  static let steps = "crop=8,mean=0.5,std=0.25"

  init() throws {
    recordings = try RecordingSetting()
    folder = try #require(
      Bundle.module.url(forResource: "tokens", withExtension: nil, subdirectory: "Fixtures")
    ).path
  }

  /// The transformer of the model files' tests, or a network of this fixture's folder.
  func model(_ name: String = "transformer") -> String {
    name == "transformer"
      ? packageDirectory() + "/Tests/ModelFilesTests/Fixtures/transformer.pt2"
      : "\(folder)/\(name).pt2"
  }

  func job(
    _ tokens: TokenChoice?, model: String = "transformer", data: String? = nil,
    layers: LayerChoice = .all, selection: Selection = Selection(),
    perturbation: Perturbation = .none, thumbnails: ThumbnailChoice = .none, shard: Shard? = nil,
    threads: Int = 2, bitsets: BitsetPolicy? = nil
  ) throws -> CaptureJob {
    let steps = try Preprocessing(parsing: Self.steps)
    let input = try CaptureInput(
      model: self.model(model), weights: nil, modelName: nil, state: nil,
      data: data ?? "npy:\(folder)/images", preprocessing: steps, tokens: tokens, needsLayers: true)
    return try CaptureJob(
      model: input.model, data: input.data, selection: selection, layers: layers, name: "run",
      perturbation: perturbation, permutationSeed: selection.seed, threads: threads,
      bitsets: bitsets, thumbnails: thumbnails, shard: shard, preprocessing: input.preprocessing)
  }

  @discardableResult
  func ingest(_ job: CaptureJob, into name: String = "w.db") throws -> CaptureSummary {
    try job.run(into: scratch.path(name), observer: CaptureObserver())
  }

  func rows(_ sql: String, _ name: String = "w.db") throws -> [[Value]] {
    try recordings.rows(sql, name)
  }

  /// Every number that a run has of its samples.
  func contents(_ name: String = "w.db") throws -> [[Value]] {
    try rows(
      """
      select layer.name, sample.position, hex(x), hex(z)
      from activation join sample using (sample_id) join layer using (layer_id) order by 1, 2
      """, name)
      + rows(
        "select sample, class_position, output_position, confidence, loss from predictions order by position",
        name)
  }

  /// x, or z, of every layer, in the order of the samples.
  func vectors(_ name: String = "w.db", z: Bool) throws -> [String: [[Float]]] {
    let found = try rows(
      """
      select layer.name, \(z ? "z, n_out" : "x, n_in")
      from activation join sample using (sample_id) join layer using (layer_id) order by sample.position
      """, name)
    var vectors: [String: [[Float]]] = [:]
    for row in found {
      guard case .text(let layer) = row[0], case .blob(let blob) = row[1],
        case .integer(let count) = row[2]
      else { continue }
      let bytes = blob.span.bytes
      vectors[layer, default: []].append(
        z
          ? try FloatVector.decode(bytes, count: Int(count))
          : try SparseVector.decode(bytes, count: Int(count)))
    }
    return vectors
  }
}
