// Which runs and layers a command works on that needs their activations: those that are named, or all that have some and the last
// layer captured.

import Basics
import CommandLineTool
import Warehouse

/// The names that --run gives, with commas between.
func listedRuns(of arguments: Arguments) -> [String] {
  arguments.strings("run").flatMap { $0.split(separator: ",").map(String.init) }
}

/// The runs of these names, or every complete one with activations; those without are told.
/// - Parameter purpose: What the activations are there for, "to lay out".
func runsWithActivations(
  _ names: [String], _ purpose: String, in warehouse: borrowing Warehouse
) throws -> [Stored<RunRecord>] {
  var runs: [Stored<RunRecord>] = []
  for name in names { runs.append(try run(named: name, in: warehouse)) }
  guard names.isEmpty else { return runs }
  let complete = try warehouse.runs().filter { $0.completedAt != nil && $0.shard == nil }
  runs = complete.filter { $0.activations == .stored }
  guard !runs.isEmpty else {
    throw WarehouseError.unknown(
      path: warehouse.path,
      what: "complete run with activations \(purpose); engram-ingest makes one")
  }
  for run in complete where run.activations != .stored {
    note("\(run.name): its activations were left out, so that there is nothing \(purpose)")
  }
  return runs
}

/// The layer of this name, or the last one captured.
func capturedLayer(
  _ name: String?, of run: Stored<RunRecord>, in warehouse: borrowing Warehouse
) throws -> Stored<LayerRecord> {
  let layers = try warehouse.layers(run: run.id)
  if let name {
    guard let layer = layers.first(where: { $0.name.hasBytes(of: name) }) else {
      throw UsageError("--layer: " + unknown("layer", name, known: layers.map(\.name)))
    }
    return layer
  }
  guard let last = layers.last else {
    throw WarehouseError.unknown(
      path: warehouse.path, what: "layer that run '\(run.name)' captured")
  }
  return last
}
