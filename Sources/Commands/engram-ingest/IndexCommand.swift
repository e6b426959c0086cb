// The index command: an index of a layer's activations, with which the samples that come first by some neurons are found
// without reading all.

import CommandLineTool
import Warehouse

let indexCommand = Command(
  name: "engram-ingest index",
  purpose:
    "Indexes a layer's activations: top_samples and nearest_samples then read few samples, for the same answer.",
  usage: ["engram-ingest index WAREHOUSE [--run NAMES] [options]"],
  options: [
    Option(
      "run", "NAMES",
      "these runs, with commas between (default: every complete run with activations)"),
    Option("layer", "NAME", "this layer's (default: the last one captured)"),
    Option("drop", nil, "take the index out of the file instead"),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    ("the last layer of every run", "engram-ingest index w.db"),
    ("one layer of one run", "engram-ingest index w.db --run best --layer fc1"),
    ("without it again", "engram-ingest index w.db --run best --layer fc1 --drop"),
  ],
  run: index
)

@Sendable private func index(_ arguments: Arguments) throws {
  let path = try arguments.positionals(named: "WAREHOUSE")[0]
  let format = try outputFormat(arguments)
  let isDropped = arguments.isGiven("drop")
  var rows: [[Cell]] = []
  try changing(path) { warehouse in
    for run in try runsWithActivations(listedRuns(of: arguments), "to index", in: warehouse) {
      let layer = try capturedLayer(arguments.string("layer"), of: run, in: warehouse)
      if isDropped {
        let neurons = try warehouse.removeIndex(run: run.id, layer: layer)
        note("\(run.name): \(neurons) neurons of \(layer.name) were in the index")
        rows.append([
          .text(neurons > 0 ? "dropped" : "not there"), .text(run.name), .text(layer.name),
          .integer(neurons), .null, .null, .null,
        ])
        continue
      }
      note("\(run.name): the pre-activations of \(layer.name)")
      let summary = try warehouse.makeIndex(run: run.id, layer: layer)
      rows.append([
        .text("indexed"), .text(run.name), .text(layer.name), .integer(summary.neurons),
        .integer(summary.samples), .integer(summary.bytes), .integer(summary.activationBytes),
      ])
    }
    try warehouse.settle()
  }
  try printRows(
    ["status", "run", "layer", "neurons", "samples", "index_bytes", "activation_bytes"], rows,
    format: format)
}
