// How many rows of samples and measures a run has, and whether they go together: with its layers, samples and classes.

internal import SQLiteKit

extension Warehouse {
  /// Own labels that are not of the data set, or the labelling, that they stand in.
  func strayLabels() throws -> [String] {
    let strays = try connection.integer(
      """
      select count(*) from sample_label
      left join labelling using (labelling_id)
      left join sample on sample.sample_id = sample_label.sample_id
      left join class on class.class_id = sample_label.class_id
      where sample.dataset_id is not labelling.dataset_id
        or class.labelling_id is not sample_label.labelling_id
      """)
    guard let strays, strays > 0 else { return [] }
    return ["\(strays) rows of sample_label with a sample or class of another labelling"]
  }

  /// A condition for rows `r` of a grouped table whose `class` is none of their grouping over `run`.
  /// - Parameter isForeign: A condition for a class that is none of the run's data set.
  private static func isStray(where isForeign: String) -> String {
    let builtIn = ProfileGrouping.builtIn.map { "'\($0.name)'" }.joined(separator: ", ")
    return """
      case when r.grouping in (\(builtIn))
        then \(isForeign) and not (r.grouping = 'predicted' and class.model_id is run.model_id)
        else not exists (
          select 1 from labelling
          where labelling.labelling_id = class.labelling_id and labelling.dataset_id = run.dataset_id
            and r.grouping in (labelling.name, 'permuted ' || labelling.name)) end
      """
  }

  /// Rows that say to be the run's and are of something that it has not.
  private func checkStrays(
    of run: Stored<RunRecord>, _ count: (String, Value...) throws -> Int,
    _ expect: (Int, Int, String) -> Void
  ) throws {
    let id = Value.integer(run.id)
    for table in RunTable.all {
      var strays: [String] = []
      if table.key.contains("layer_id") {
        strays.append("layer_id not in (select layer_id from run_layer where run_id = ?1)")
      }
      if table.key.contains("sample_id"), table.name != "prediction" {
        strays.append(
          "not exists (select 1 from prediction as p where p.run_id = ?1 and p.sample_id = r.sample_id)"
        )
      }
      if !strays.isEmpty {
        expect(
          try count(
            "\(table.name) as r where r.\(table.run) = ?1 and (\(strays.joined(separator: " or ")))",
            id),
          0, "\(table.name) of a layer or sample that the run has not")
      }
      for column in table.key where column.hasSuffix("class_id") {
        // The other run's classes are of its own data set.
        let owner = column.hasPrefix("to_") ? table.otherRun ?? table.run : table.run
        let isForeign = "class.dataset_id is not run.dataset_id"
        let isStray = table.isGrouped ? Self.isStray(where: isForeign) : isForeign
        expect(
          try count(
            """
            \(table.name) as r join class on class.class_id = r.\(column) join run on run.run_id = r.\(owner)
            where r.\(table.run) = ?1 and \(isStray)
            """, id), 0,
          "\(table.name) with a class of another data set\(table.isGrouped ? " or grouping" : "")")
      }
    }
  }

  /// How many rows of samples and measures there are, and whether they go together.
  func checkRows(of run: Stored<RunRecord>, _ problems: inout Problems) throws -> String {
    let samples = try predictions(run: run.id)
    let unreadable = try unreadableSamples(run: run.id)
    let expected = run.range.count - unreadable
    let isComplete = run.completedAt != nil
    if samples > expected || isComplete && samples != expected {
      problems.add("prediction: \(samples) rows, expected \(expected)")
    }
    func count(_ sql: String, _ values: Value...) throws -> Int {
      var row = try connection.prepare("select count(*) from " + sql)
      try row.bind(values)
      _ = try row.step()
      return row.int(0)
    }
    func expect(_ found: Int, _ expected: Int, _ what: String) {
      if found != expected { problems.add("\(what): \(found) rows, expected \(expected)") }
    }
    let id = Value.integer(run.id)
    expect(
      try count(
        "prediction join sample using (sample_id) where run_id = ? and dataset_id <> ?", id,
        .integer(run.dataSetID)), 0, "prediction of samples of another data set")
    expect(
      try count(
        """
        prediction as p join class on class.class_id in (p.permuted_class_id, p.assigned_class_id)
        where p.run_id = ? and class.dataset_id is not ?
        """, id, .integer(run.dataSetID)), 0, "prediction with a class of another data set")
    expect(
      try count(
        """
        prediction as p where p.run_id = ?1 and p.class_id not in (
          select coalesce((select own.class_id from class_output join class as own using (class_id)
            where class_output.output_id = output.class_id and own.dataset_id = ?2), output.class_id)
          from class as output where output.model_id = ?3)
        """, id, .integer(run.dataSetID), .integer(run.modelID)), 0,
      "prediction of what is no output of the run's model over its data set")
    expect(
      try count(
        """
        unreadable as u where run_id = ?1 and exists (select 1 from prediction join sample using (sample_id)
          where prediction.run_id = ?1 and sample.position = u.position)
        """, id), 0, "unreadable images of samples with a prediction")
    let layers = try self.layers(run: run.id)
    for (table, expected) in [
      ("activation", run.activations == .stored ? samples : 0), ("significance", samples),
    ] {
      for layer in layers {
        expect(
          try count("\(table) where run_id = ? and layer_id = ?", id, .integer(layer.id)), expected,
          "\(table) of layer \(layer.name)")
      }
    }
    try checkStrays(of: run, count, expect)
    expect(
      try count(
        "significance where run_id = ? and (bits is null) <> ?", id, Value(run.bitsets == .derived)),
      0, "significance that does not keep bits as the run does (\(run.bitsets.rawValue))")
    expect(
      try count(
        """
        activation join layer using (layer_id) where run_id = ?1 and x is null and not exists
          (select 1 from run_layer where run_id = ?1 and run_layer.layer_id = layer.relu_of)
        """, id), 0, "activation without x whose source the run has not")
    expect(
      try count(
        "run join model using (model_id) where run_id = ? and not (json_valid(selection) and json_valid(ifnull(training, '{}')))",
        id), 0, "run with a selection or a training record that is no JSON")
    expect(
      try count(
        """
        sparsity where run_id = ? and case when json_valid(histogram) then json_array_length(histogram) = 20
          and (select min(value) >= 0 and sum(value) between 1 - 1e-6 and 1 + 1e-6 from json_each(histogram)) end is not 1
        """, id), 0, "sparsity with a histogram that is no array of 20 shares")
    if isComplete, run.shard == nil {
      try checkMeasures(of: run, layers.count, count, expect)
      return "\(samples) samples" + (unreadable == 0 ? "" : ", \(unreadable) unreadable images")
    }
    return "\(samples) of \(expected) samples, the ingest is not finished"
  }
}
