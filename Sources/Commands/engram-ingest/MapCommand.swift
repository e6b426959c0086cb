// The map command: the samples of runs laid out in a plane, for the report and for any client's plots.

import Analytics
import Basics
import CommandLineTool
import Warehouse

let mapCommand = Command(
  name: "engram-ingest map",
  purpose:
    "Lays the samples of runs out in a plane by a layer's inputs: principal components and t-SNE.",
  usage: ["engram-ingest map WAREHOUSE [--run NAMES] [options]"],
  options: [
    Option(
      "run", "NAMES",
      "these runs, with commas between (default: every complete run with activations)"),
    Option("layer", "NAME", "by the inputs of this layer (default: the last one captured)"),
    Option(
      "method", "LIST",
      "pca: the plane of the first two principal components; tsne: t-SNE (van der Maaten 2014), from there",
      default: "pca,tsne"),
    Option("perplexity", "X", "about how many neighbours a sample has in t-SNE", default: "30"),
    Option("iterations", "N", "steps of t-SNE", default: "1000"),
    Option("samples", "N", "at most so many of a run, drawn by --seed", default: "10000"),
    Option(
      "seed", "S", "of the samples drawn; t-SNE itself leaves nothing to chance", default: "0"),
    Option(
      "together", nil,
      "lay the runs out in one plane, foreign or attacked ones beside clean ones; --samples is of all together"
    ),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    ("maps of every run, for the report", "engram-ingest map w.db"),
    ("principal components alone, of one run", "engram-ingest map w.db --run best --method pca"),
    (
      "what an attack moves, in one plane",
      "engram-ingest map w.db --run best,best-pgd --together"
    ),
    (
      "wider neighbourhoods, two layers before the last",
      "engram-ingest map w.db --run best --layer fc1 --perplexity 100"
    ),
  ],
  run: map
)

@Sendable private func map(_ arguments: Arguments) throws {
  let path = try arguments.positionals(named: "WAREHOUSE")[0]
  let format = try outputFormat(arguments)
  var settings = MapSettings()
  settings.methods = try methods(try arguments.required("method"))
  settings.neighbours.perplexity = try arguments.double("perplexity", in: 1...1000) ?? 30
  settings.neighbours.iterations = try arguments.int("iterations", in: 1...100_000) ?? 1000
  settings.mostSamples = try arguments.int("samples", in: 1...100_000) ?? 10_000
  settings.seed = UInt64(try arguments.int("seed", in: 0...Int.max) ?? 0)
  let isTogether = arguments.isGiven("together")
  var rows: [[Cell]] = []
  try changing(path) { warehouse in
    var groups: [[(run: Int, layer: Stored<LayerRecord>)]] = []
    var runNames: [Int: String] = [:]
    for run in try runsWithActivations(listedRuns(of: arguments), "to lay out", in: warehouse) {
      let layer = try capturedLayer(arguments.string("layer"), of: run, in: warehouse)
      note("\(run.name): samples by their inputs of \(layer.name)")
      runNames[run.id] = run.name
      if isTogether, !groups.isEmpty {
        groups[0].append((run.id, layer))
      } else {
        groups.append([(run.id, layer)])
      }
    }
    for group in groups {
      let summary = try warehouse.makeMaps(of: group, settings: settings)
      for line in summary.notes { note(line) }
      for (run, layer) in group {
        for method in settings.methods {
          rows.append([
            .text(runNames[run] ?? ""), .text(layer.name), .text(method.rawValue),
            .integer(try warehouse.mappedSamples(run: run, layer: layer, by: method)),
          ])
        }
      }
    }
    try warehouse.settle()
  }
  try printRows(["run", "layer", "method", "samples"], rows, format: format)
}

private func methods(_ list: String) throws -> [MapMethod] {
  let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  let methods = try names.map { name in
    guard let method = MapMethod(rawValue: name) else {
      throw UsageError(
        "--method: " + unknown("method", name, known: MapMethod.allCases.map(\.rawValue)))
    }
    return method
  }
  return MapMethod.allCases.filter(methods.contains)
}
