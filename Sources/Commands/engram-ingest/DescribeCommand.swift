// The model card: what a network is made of, what a warehouse of it takes, and how fast it runs here.

import Basics
import Capture
import CommandLineTool
import Networks
import WeightFiles

let describeCommand = Command(
  name: "engram-ingest describe",
  purpose: "Prints a network's layers, shapes, parameters, multiply-adds and interactions.",
  usage: [
    "engram-ingest describe MODEL [--weights FILE] [--format FORMAT]",
    "engram-ingest describe MODEL --time N [--weights FILE] [--threads N] [--format FORMAT]",
  ],
  options: [
    Option(
      "weights", "FILE",
      "describe the network of this weight file, with its number of classes"),
    Option("time", "N", "time a forward pass of N random images instead"),
    Option("threads", "N", "of the timing (default: \(Parallel.processors))"),
    Option("format", "FORMAT", "of the table: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    ("what a network is made of", "engram-ingest describe resnet50"),
    ("what a model file is made of", "engram-ingest describe net.pt2"),
    ("how long an image takes here", "engram-ingest describe vgg16 --time 1"),
    (
      "the network of a weight file",
      "engram-ingest describe alexnet-cifar --weights nets/best.safetensors"
    ),
  ],
  run: describe
)

/// A row a layer with the sum below, and the sizes in sentences on stderr.
@Sendable private func describe(_ arguments: Arguments) throws {
  let model = try arguments.positionals(named: "MODEL")[0]
  let format = try outputFormat(arguments)
  let batch = try arguments.int("time", in: 1...4096)
  let threads = try arguments.int("threads", in: 1...1024)
  guard batch != nil || threads == nil else {
    throw UsageError("--threads needs --time: they are the timing's")
  }
  let architecture: Architecture
  if isModelFile(model) {
    guard !arguments.isGiven("weights") else {
      throw UsageError("--weights: \(model) is a model file and brings its own; leave it out")
    }
    let file = try ImportedModel(path: model)
    for line in file.notes { note(line) }
    architecture = file.architecture
  } else if !Architecture.known.contains(model) {
    throw UsageError(unknown("architecture", model, known: Architecture.known))
  } else if let path = arguments.string("weights") {
    let found = try Architecture.weights(model, at: path)
    for line in found.notes { note(line) }
    architecture = try .named(model, for: found.file)
    // The card is of this file's network: one of another architecture is refused.
    _ = try Network(found.file, path: found.label, architecture: architecture)
  } else {
    architecture = try .named(model)
  }
  if let batch {
    return try time(
      architecture, batch: batch, threads: threads ?? Parallel.processors, format: format)
  }
  let summary = ArchitectureSummary(architecture)
  let layers = summary.layers.map { layer -> [Cell] in
    [
      .text(layer.name), .text(layer.kind), .text("\(layer.output)"), .integer(layer.parameters),
      .integer(layer.multiplyAdds),
      layer.interactions > 0 ? .integer(layer.interactions) : .null,
    ]
  }
  let interactions = summary.layers.reduce(0) { $0 + $1.interactions }
  let total: [Cell] = [
    .text("total"), .text("\(summary.layers.count) layers"), .null, .integer(summary.parameters),
    .integer(summary.multiplyAdds), .integer(interactions),
  ]
  try printRows(
    ["layer", "kind", "output", "parameters", "multiply_adds", "interactions"],
    layers + [total], format: format)
  for line in sizes(summary) { note(line) }
}

/// What 1,000 samples take in a warehouse, as long as nothing is known of how many inputs are active.
private func sizes(_ summary: ArchitectureSummary) -> [String] {
  let weights = "\(byteSize(4 * summary.parameters)) of weights"
  guard !summary.fullyConnected.isEmpty else {
    return [
      weights,
      "no fully connected layer: it predicts and is attacked, but there is nothing to ingest",
    ]
  }
  let shares = [0.25, 1.0].map { share in
    let estimate = SizeEstimate(summary, samples: 1000, activeShare: share)
    return "1,000 samples with \(Int(100 * share)) % of the inputs active: "
      + "\(byteSize(estimate.derived)) with derived bitsets, "
      + "\(byteSize(estimate.stored)) with stored ones"
  }
  return [weights] + shares
}

/// `--time N`: a forward pass of N random images, untrained.
private func time(
  _ architecture: Architecture, batch: Int, threads: Int, format: OutputFormat
) throws {
  let measured = ForwardTiming(architecture, batch: batch, threads: threads)
  try printRows(
    ["model", "batch", "threads", "ms_per_image", "memory_bytes"],
    [
      [
        .text(architecture.name), .integer(batch), .integer(threads),
        .real(measured.secondsPerImage * 1e3), .integer(measured.peakMemory),
      ]
    ], format: format)
}
