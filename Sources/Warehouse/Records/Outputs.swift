// What models say and data sets call it: the outputs of a model, and which of them stands for which class. How they are
// paired is not told here: an ingest says it, by key or name where the outputs have any (Capture's ClassPairing).

internal import Basics
internal import SQLiteKit

extension Warehouse {
  func insert(_ classes: [ClassRecord], of column: String, _ id: Int) throws {
    for (position, entry) in classes.enumerated() {
      try connection.run(
        "insert into class (\(column), position, key, name) values (?, ?, ?, ?)",
        .integer(id), .integer(position), .text(entry.key), .text(entry.name))
    }
  }

  /// Outputs of weights that are there already: names are added where only positions were known, others are a conflict.
  func add(outputs model: ModelRecord, toModel id: Int) throws {
    let stored = try self.model(id).record
    let own = try outputs(model: id)
    // Written before models had outputs, and never run.
    if own.isEmpty { return try insert(model.outputs, of: "model_id", id) }
    guard own.count == model.outputs.count else {
      throw WarehouseError.conflict(
        path: path, what: "model \(stored.name)", stored: "\(own.count) outputs",
        given: "\(model.outputs.count)")
    }
    guard let list = model.classList else { return }
    if stored.classList == nil {
      for (output, record) in zip(own, model.outputs) {
        // Two keys may change places.
        try connection.run(
          "update class set key = ?, name = ? where class_id = ?",
          .text("output \(output.id) of \(id)"), .text(record.name), .integer(output.id))
      }
      for (output, record) in zip(own, model.outputs) {
        try connection.run(
          "update class set key = ? where class_id = ?", .text(record.key), .integer(output.id))
      }
      return try connection.run(
        "update model set class_list = ? where model_id = ?", .text(list), .integer(id))
    }
    if let (position, pair) = zip(own.map(\.record), model.outputs).enumerated().first(where: {
      $1.0 != $1.1
    }) {
      throw WarehouseError.conflict(
        path: path, what: "model \(stored.name): output \(position)", stored: pair.0.told,
        given: "\(pair.1.told), of \(list)")
    }
  }

  /// Which class of a data set each of its outputs says, by positions; nil where it says none of them.
  package func pairing(model: Int, dataSet: Int) throws -> [Int?] {
    let positions = Dictionary(
      uniqueKeysWithValues: try classes(dataSet: dataSet).enumerated().map { ($1.id, $0) })
    let pairs = try paired(model: model, dataSet: dataSet)
    return try outputs(model: model).map { output in
      try pairs[output.id].map { classID in
        guard let position = positions[classID] else {
          throw WarehouseError.corrupt(
            path: path, message: "class_output: class_id \(classID) is of no data set")
        }
        return position
      }
    }
  }

  /// Class ids by output ids.
  func paired(model: Int, dataSet: Int) throws -> [Int: Int] {
    try told {
      var rows = try connection.prepare(
        """
        select output_id, class_output.class_id from class as output
        cross join class_output on output_id = output.class_id
        cross join class as own on own.class_id = class_output.class_id and own.dataset_id = ?2
        where output.model_id = ?1
        """)
      try rows.bind([.integer(model), .integer(dataSet)])
      var pairs: [Int: Int] = [:]
      var classes: Set<Int> = []
      while try rows.step() {
        guard pairs.updateValue(rows.int(1), forKey: rows.int(0)) == nil,
          classes.insert(rows.int(1)).inserted
        else {
          throw WarehouseError.corrupt(
            path: path,
            message: "class_output: output_id \(rows.int(0)) or class_id \(rows.int(1)) twice")
        }
      }
      return pairs
    }
  }

  /// Stores which class each output says, where the model was never run over the data set.
  /// - Parameter pairing: A class's position for every output.
  /// - Throws: `WarehouseError.conflict` where they are paired in another way already.
  package func ensure(pairing: [Int?], model: Stored<ModelRecord>, dataSet: Stored<DataSetRecord>)
    throws
  {
    precondition(pairing.count == model.outputs.count, "A class for every output, or none.")
    try told {
      try connection.transaction {
        let runs = try connection.integer(
          "select count(*) from run where model_id = ? and dataset_id = ?", .integer(model.id),
          .integer(dataSet.id))
        if runs != 0 {
          let known = try self.pairing(model: model.id, dataSet: dataSet.id)
          guard let output = known.indices.first(where: { known[$0] != pairing[$0] }) else {
            return
          }
          func told(_ position: Int?) -> String {
            position.map { "class \(dataSet.classes[$0].told)" } ?? "no class"
          }
          throw WarehouseError.conflict(
            path: path,
            what: "model \(model.name): output \(model.outputs[output].told) over \(dataSet.name)",
            stored: told(known[output]),
            given: told(pairing[output])
              + "; give the class list of the earlier runs, delete them, or take another warehouse")
        }
        let (outputs, classes) = (
          try outputs(model: model.id), try self.classes(dataSet: dataSet.id)
        )
        // Of runs that were deleted.
        try connection.run(
          """
          delete from class_output where output_id in (select class_id from class where model_id = ?)
            and class_id in (select class_id from class where dataset_id = ?)
          """, .integer(model.id), .integer(dataSet.id))
        for case (let output, let position?) in zip(outputs, pairing) {
          try connection.run(
            "insert into class_output (class_id, output_id) values (?, ?)",
            .integer(classes[position].id), .integer(output.id))
        }
      }
    }
  }

  /// The classes that a run's samples can have under some groupings: those of its data set, for what is predicted the
  /// outputs that are none of them as well, and for own labels those.
  package func classes(
    of run: Stored<RunRecord>, under groupings: [ProfileGrouping]
  ) throws -> [Stored<ClassRecord>] {
    var (classes, own): ([Stored<ClassRecord>], [Stored<ClassRecord>]) = ([], [])
    for case .own(let labels) in groupings where !own.contains(labels.classes) {
      own += labels.classes
    }
    if groupings.contains(where: ProfileGrouping.builtIn.contains) {
      classes = try self.classes(dataSet: run.dataSetID)
    }
    if groupings.contains(.predicted) {
      let pairs = try paired(model: run.modelID, dataSet: run.dataSetID)
      classes += try outputs(model: run.modelID).filter { pairs[$0.id] == nil }
    }
    return classes + own
  }

  /// What the network said, as rows of `prediction` have it, by output: the paired class, else the output itself.
  package func predictedIDs(of run: Stored<RunRecord>) throws -> [Int] {
    let pairs = try paired(model: run.modelID, dataSet: run.dataSetID)
    return try outputs(model: run.modelID).map { pairs[$0.id] ?? $0.id }
  }
}

extension ClassRecord {
  /// For a message.
  var told: String { key.hasBytes(of: name) ? "\"\(key)\"" : "\"\(key)\" (\(name))" }
}
