// The samples of a run that come first by some neurons of a layer, as rows.
//
// engram_top_samples(run, layer, neurons, k) → rank, sample_id, score
//   S1  The k samples whose mean pre-activation z of the neurons is largest, largest first.
// engram_nearest_samples(run, layer, sample_id, neurons, k) → rank, sample_id, distance, cosine
//   S2  The k other samples whose z of the neurons are nearest to a sample's, √Σ (z − z')², nearest first; cosine is of the
//       same numbers, NULL where one is all zeros.
//   S3  neurons: an output of the layer, a JSON array of them, or 'all'. A k below 0: all samples.
//   S4  Of equal ones that come first which come first in the data set. Samples where a z is not finite come last, without
//       score or distance.
//   S5  With an index of the layer (engram-ingest index) only those samples are read which its bounds cannot rule out; the
//       rows are the same.
//   S6  A run and a layer are named or given by their id. One that is not there, a sample that the run has no z of, or a neuron
//       that the layer has not is an error; a run without activations has no rows.

import Basics

extension SQLTable {
  static let sampleSearchTables: [SQLTable] = [
    SQLTable(
      name: "engram_top_samples", parameters: "run, layer, neurons, k",
      columns: ["rank", "sample_id", "score"],
      summary:
        "the k samples of a run that excite neurons of a layer most, by the mean of their pre-activations; neurons are "
        + "an output, a JSON array of them or 'all'; run and layer by name or id",
      example: SQLExample("select count(*) from engram_top_samples('best', 'fc3', 0, null)", "0"),
      reading: top),
    SQLTable(
      name: "engram_nearest_samples", parameters: "run, layer, sample_id, neurons, k",
      columns: ["rank", "sample_id", "distance", "cosine"],
      summary:
        "the k samples of a run nearest to one of them by the pre-activations of neurons of a layer: an output, a JSON "
        + "array of them or 'all'; run and layer by name or id",
      example: SQLExample(
        "select count(*) from engram_nearest_samples('best', 'fc3', 1, 'all', null)", "0"),
      reading: nearest),
  ]

  @Sendable private static func top(
    _ arguments: SQLArguments, _ memory: SQLTableMemory
  ) throws(SQLFunctionError) -> SQLTableRows {
    let (run, layer) = try memory.runAndLayer(arguments)
    let neurons = try arguments.neurons(2, of: layer, memory)
    let search = SampleSearch(
      memory: memory, run: run, layer: layer, neurons: neurons, order: .largest,
      count: try arguments.sampleCount(3))
    let found = try search.found()
    return RankedRows(found.map(\.sample)) { place, _ in
      SQLResult(found[place].cost.map { -$0 / Double(neurons.count) })
    }
  }

  @Sendable private static func nearest(
    _ arguments: SQLArguments, _ memory: SQLTableMemory
  ) throws(SQLFunctionError) -> SQLTableRows {
    let (run, layer) = try memory.runAndLayer(arguments)
    let sample = try arguments.integer(2)
    let neurons = try arguments.neurons(3, of: layer, memory)
    let count = try arguments.sampleCount(4)
    var given: [Float]?
    try memory.forEachRow(
      "select z from activation where run_id = ?1 and layer_id = ?2 and sample_id = ?3",
      [.integer(run), .integer(layer), .integer(sample)]
    ) { row throws(SQLFunctionError) in
      given = try SampleSearch.values(row.blob(0), at: neurons, of: sample)
    }
    guard let given else {
      guard try memory.hasActivations(run, layer) else { return RankedRows([]) { _, _ in .null } }
      throw SQLFunctionError(argument: 2, "is \(sample), of which the run has no z in the layer")
    }
    let search = SampleSearch(
      memory: memory, run: run, layer: layer, neurons: neurons,
      order: .nearest(to: given, of: sample), count: count)
    let found = try search.found()
    return RankedRows(found.map(\.sample)) { place, column in
      column == 2
        ? SQLResult(found[place].cost?.squareRoot())
        : SQLResult(
          SQLFunction.cosine(found[place].values.map(Double.init), given.map(Double.init)))
    }
  }
}

extension SQLArguments {
  fileprivate func sampleCount(_ index: Int) throws(SQLFunctionError) -> Int {
    let count = try integer(index)
    // As many as samples can be, and far from the largest number.
    let all = Int(Int32.max)
    return count < 0 ? all : min(count, all)
  }

  /// Outputs of a layer; an error where it has none of that number.
  fileprivate func neurons(
    _ index: Int, of layer: Int, _ memory: SQLTableMemory
  ) throws(SQLFunctionError) -> [Int] {
    var outputs = 0
    try memory.forEachRow("select n_out from layer where layer_id = ?1", [.integer(layer)]) {
      row throws(SQLFunctionError) in outputs = row.integer(0)
    }
    // A damaged file has any number.
    guard (0...1 << 24).contains(outputs) else {
      throw SQLFunctionError(argument: index, "is of a layer with \(outputs) neurons")
    }
    var neurons: [Int] = []
    switch try label(index) {
    case .integer(let neuron): neurons = [neuron]
    case .text(let list) where list.text == "all": neurons = Array(0..<outputs)
    case .text(let list):
      var isList = false
      // Not of a text that is no JSON: SQLite would say so in words of its own.
      try memory.forEachRow(
        """
        select value, type from json_each(iif(json_valid(?1), ?1, '[null]'))
        """, [.text(list.text)]
      ) { row throws(SQLFunctionError) in
        isList = row.text(1) == "integer"
        guard isList else {
          throw SQLFunctionError(
            argument: index,
            "is '\(list.text)', not a neuron, a JSON array of neurons or 'all'")
        }
        neurons.append(row.integer(0))
      }
    }
    guard !neurons.isEmpty else {
      throw SQLFunctionError(argument: index, "names no neuron")
    }
    for neuron in neurons where neuron < 0 || neuron >= outputs {
      throw SQLFunctionError(
        argument: index, "is neuron \(neuron), not one of the layer (0 to \(outputs - 1))")
    }
    return neurons
  }
}

extension SQLTableMemory {
  fileprivate func hasActivations(_ run: Int, _ layer: Int) throws(SQLFunctionError) -> Bool {
    var found = false
    try forEachRow(
      "select 1 from activation where run_id = ?1 and layer_id = ?2 limit 1",
      [.integer(run), .integer(layer)]
    ) { _ in found = true }
    return found
  }

  /// Arguments 0 and 1, by name or id.
  func runAndLayer(_ arguments: SQLArguments) throws(SQLFunctionError) -> (run: Int, layer: Int) {
    try runAndLayer(try arguments.label(0), try arguments.label(1))
  }

  func runAndLayer(
    _ run: SQLArguments.ClassLabel, _ layer: SQLArguments.ClassLabel
  ) throws(SQLFunctionError) -> (run: Int, layer: Int) {
    let run = try id(
      0, run, "a run", byID: "select run_id from run where run_id = ?1",
      byName: "select run_id from run where name = ?1")
    let layer = try id(
      1, layer, "a layer of the run", [.integer(run)],
      byID:
        "select layer_id from layer join run using (model_id) where layer_id = ?1 and run_id = ?2",
      byName:
        "select layer_id from layer join run using (model_id) where layer.name = ?1 and run_id = ?2"
    )
    return (run, layer)
  }

  /// The row that argument `index` names; `what` is said where there is none.
  private func id(
    _ index: Int, _ label: SQLArguments.ClassLabel, _ what: String, _ others: [SQLResult] = [],
    byID: String, byName: String
  ) throws(SQLFunctionError) -> Int {
    var found: Int?
    let shown: String
    switch label {
    case .integer(let id):
      shown = "\(id)"
      try forEachRow(byID, [.integer(id)] + others) { row throws(SQLFunctionError) in
        found = row.integer(0)
      }
    case .text(let name):
      shown = "'\(name)'"
      try forEachRow(byName, [.text(name.text)] + others) { row throws(SQLFunctionError) in
        found = row.integer(0)
      }
    }
    guard let found else { throw SQLFunctionError(argument: index, "is \(shown), not \(what)") }
    return found
  }
}
