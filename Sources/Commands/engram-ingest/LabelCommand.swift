// The label command: labels of the user's own for samples, from a table or from SQL, or out of the warehouse again.

import Basics
import CommandLineTool
import Warehouse

let labelCommand = Command(
  name: "engram-ingest label",
  purpose:
    "Attaches labels of your own to samples, by key, to measure and slice runs by: a scene, an annotator, a hypothesis.",
  usage: [
    "engram-ingest label WAREHOUSE --name NAME --from FILE.csv [options]",
    "engram-ingest label WAREHOUSE --name NAME --sql SELECT [options]",
    "engram-ingest label WAREHOUSE --name NAME --remove [--run NAME]",
  ],
  options: [
    Option("name", "NAME", "what the labels are called: a column of FILE, what measure --by takes"),
    Option(
      "from", "FILE",
      "a table with a heading, its columns key (or sample) and NAME; of two columns the other one. A sample without a row, or with an empty label, has none"
    ),
    Option(
      "sql", "SELECT",
      "a query of two columns: the sample (its key; its id where the column is called sample_id) and the label, null for none"
    ),
    Option("run", "NAME", "samples of this run's data set (default: the only data set)"),
    Option("replace", nil, "put them in place of other labels of that name"),
    Option("remove", nil, "take the labels out, and what was measured by them"),
    Option("format", "FORMAT", "of the summary: table, csv, json, jsonl", default: "table"),
  ],
  examples: [
    ("a column of a table", "engram-ingest label w.db --from labels.csv --name scene"),
    (
      "what a network is sure of",
      "engram-ingest label w.db --run best --name sure --sql \"select sample, case when confidence > 0.9 then 'sure' else 'unsure' end from predictions where run = 'best'\""
    ),
    (
      "then: what a run separates by them, and how it does on each",
      "engram-ingest measure w.db --run best --by scene && engram-query w.db hypotheses --run best && engram-query w.db slices --run best"
    ),
  ],
  run: label
)

@Sendable private func label(_ arguments: Arguments) throws {
  let path = try arguments.positionals(named: "WAREHOUSE")[0]
  let format = try outputFormat(arguments)
  let name = try arguments.required("name")
  guard Warehouse.isLabellingName(name) else {
    throw UsageError(
      "--name '\(name.shown(80))' is a grouping that every warehouse knows; choose another name")
  }
  let sources = ["from", "sql", "remove"].filter(arguments.isGiven)
  guard sources.count == 1 else {
    throw UsageError(
      sources.isEmpty
        ? "one of --from, --sql and --remove is required"
        : "--\(sources[0]) and --\(sources[1]) exclude each other")
  }
  guard sources[0] != "remove" || !arguments.flag("replace") else {
    throw UsageError("--remove and --replace exclude each other")
  }
  var row: [Cell] = []
  try changing(path) { warehouse in
    let set = try dataSet(arguments.string("run"), in: warehouse)
    if sources[0] == "remove" {
      row = try remove(name, of: set, in: warehouse)
    } else {
      row = try label(set, name, arguments, in: warehouse)
    }
    try warehouse.settle()
  }
  try printRows(
    ["status", "labels", "data", "values", "samples", "unlabelled", "unknown"], [row],
    format: format)
}

/// Of the run that is named, else the only one.
private func dataSet(
  _ name: String?, in warehouse: borrowing Warehouse
) throws -> Stored<DataSetRecord> {
  if let name { return try warehouse.dataSet(try run(named: name, in: warehouse).dataSetID) }
  let runs = try warehouse.runs()
  let ids = Set(runs.map(\.dataSetID)).sorted()
  guard let id = ids.first else {
    throw WarehouseError.unknown(
      path: warehouse.path, what: "run whose samples could be labelled; engram-ingest makes one")
  }
  guard ids.count == 1 else {
    let told = try ids.map { id in
      "\(try warehouse.dataSet(id).name) (\(runs.first { $0.dataSetID == id }?.name ?? ""))"
    }
    throw LabelError(
      description:
        "\(warehouse.path): expected one data set, found \(ids.count): \(listed(told, most: 10)); name a run of the one "
        + "that is meant with --run")
  }
  return try warehouse.dataSet(id)
}

private func remove(
  _ name: String, of set: Stored<DataSetRecord>, in warehouse: borrowing Warehouse
) throws -> [Cell] {
  guard let change = try warehouse.removeLabelling(named: name, dataSet: set.id) else {
    let known = try warehouse.labellings(dataSet: set.id).map(\.name)
    throw LabelError(
      description:
        "\(warehouse.path): data set \(set.name): \(unknown("labels", name, known: known))")
  }
  tell(change, name, in: warehouse.path)
  return [.text(change.status.rawValue), .text(name), .text(set.name), .null, .null, .null, .null]
}

private func label(
  _ set: Stored<DataSetRecord>, _ name: String, _ arguments: Arguments,
  in warehouse: borrowing Warehouse
) throws -> [Cell] {
  let given =
    try arguments.string("from").map { try GivenLabels(table: $0, column: name) }
    ?? GivenLabels(sql: arguments.required("sql"), of: warehouse.path)
  let ids = try warehouse.sampleIDs(dataSet: set.id)
  let matched = try given.matched(ids, in: set.name)
  let labelling = LabellingRecord(name: name, source: given.source, labels: matched.labels)
  let change = try warehouse.label(
    dataSet: set.id, labelling, replacing: arguments.flag("replace"))
  if let first = matched.unknown.first {
    note(
      "\(given.source): \(matched.unknown.count) of its samples are not in the data set \(set.name), "
        + "the first: '\(first.shown(80))'")
  }
  tell(change, name, in: warehouse.path)
  let values = labelling.values.count
  if values == 1 { note("\(name): one value alone, which nothing is separated from") }
  if values > 1, values * 2 > matched.labels.count {
    note("\(name): \(values) values for \(matched.labels.count) samples; is it a grouping?")
  }
  return [
    .text(change.status.rawValue), .text(name), .text(set.name), .integer(values),
    .integer(matched.labels.count), .integer(ids.count - matched.labels.count),
    .integer(matched.unknown.count),
  ]
}

private func tell(_ change: LabellingChange, _ name: String, in path: String) {
  guard !change.runs.isEmpty else { return }
  let again =
    change.status == .removed
    ? "" : "; engram-ingest measure \(path) --run RUN --by \(name) makes it anew"
  note(
    "what \(listed(change.runs, most: 10)) measured by the earlier labels is taken out\(again)")
}
