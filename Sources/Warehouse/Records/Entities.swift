// Finding or inserting what a run stands on: the model with its layers, the data set with its
// classes. Each is the same one when its content is, whatever its name.

internal import Basics
internal import SQLiteKit

extension Warehouse {
  /// By the hash of the weights. `layers` are all fully connected layers of the model, captured or
  /// not: the highest position is the network's last. `training` is kept where it is a JSON object,
  /// for weight files come from anywhere. Layers are added to those the model already has; a layer of the
  /// same name and another shape is a conflict.
  package func ensure(
    _ model: ModelRecord, layers: [LayerRecord]
  ) throws -> (model: Stored<ModelRecord>, layers: [Stored<LayerRecord>]) {
    try told {
      try connection.transaction {
        let id: Int
        if let found = try connection.integer(
          "select model_id from model where weights_sha256 = ?", .text(model.weightsSHA256))
        {
          id = found
          try add(state: model.state, toModel: found)
          try add(outputs: model, toModel: found)
        } else {
          try connection.run(
            """
            insert into model (name, architecture, weights_sha256, parameters, state, training, class_list)
            values (?1, ?2, ?3, ?4, ?5,
              iif(json_valid(?6), iif(json_type(?6) = 'object', ?6, null), null), ?7)
            """,
            .text(try freeName(model.name, in: "model")), .text(model.architecture),
            .text(model.weightsSHA256), .integer(model.parameters), Value(model.state),
            Value(model.training), Value(model.classList))
          id = connection.lastInsertRowID
          try insert(model.outputs, of: "model_id", id)
        }
        let known = try self.layers(model: id)
        let stored = try layers.map { layer in
          if let same = known.first(where: { $0.name.hasBytes(of: layer.name) }) {
            var expected = layer
            // Written before it was recorded.
            if same.rectifies == nil { expected.rectifies = nil }
            guard same.record == expected else {
              throw WarehouseError.conflict(
                path: path, what: "layer \(layer.name)", stored: "\(same.record)", given: "\(layer)"
              )
            }
            if same.rectifies == nil, let source = layer.rectifies {
              try connection.run(
                """
                update layer set relu_of =
                  (select layer_id from layer where model_id = ? and name = ?)
                where layer_id = ?
                """, .integer(id), .text(source), .integer(same.id))
            }
            return Stored(id: same.id, record: layer)
          }
          try connection.run(
            """
            insert into layer (model_id, position, name, n_in, n_out, has_bias, relu_of)
            values (?1, ?2, ?3, ?4, ?5, ?6,
              (select layer_id from layer where model_id = ?1 and name = ?7))
            """,
            .integer(id), .integer(layer.position), .text(layer.name), .integer(layer.inputs),
            .integer(layer.outputs), Value(layer.hasBias), Value(layer.rectifies))
          return Stored(id: connection.lastInsertRowID, record: layer)
        }
        return (try self.model(id), stored)
      }
    }
  }

  /// Weight files of others do not say what they are: a state told later is added, another one is a conflict.
  private func add(state: String?, toModel id: Int) throws {
    guard let state else { return }
    let stored = try model(id).record
    if let known = stored.state, known != state {
      throw WarehouseError.conflict(
        path: path, what: "model \(stored.name)", stored: "state \(known)", given: "state \(state)")
    }
    try connection.run(
      "update model set state = ? where model_id = ?", .text(state), .integer(id))
  }

  /// By the fingerprint; other classes under it are a conflict.
  package func ensure(_ dataSet: DataSetRecord) throws -> Stored<DataSetRecord> {
    try told {
      try connection.transaction {
        if let id = try connection.integer(
          "select dataset_id from dataset where fingerprint = ?", .text(dataSet.fingerprint))
        {
          let stored = try self.dataSet(id)
          guard stored.classes == dataSet.classes else {
            func told(_ set: DataSetRecord) -> String {
              "classes " + set.classes.map(\.key).joined(separator: ", ")
            }
            throw WarehouseError.conflict(
              path: path, what: "data set \(stored.name)", stored: told(stored.record),
              given: told(dataSet))
          }
          return stored
        }
        try connection.run(
          "insert into dataset (name, fingerprint, n_samples) values (?, ?, ?)",
          .text(dataSet.name), .text(dataSet.fingerprint), .integer(dataSet.sampleCount))
        let id = connection.lastInsertRowID
        try insert(dataSet.classes, of: "dataset_id", id)
        return Stored(id: id, record: dataSet)
      }
    }
  }

  /// Throws where there is no model of that id.
  package func model(_ id: Int) throws -> Stored<ModelRecord> {
    try told {
      var row = try connection.prepare(
        """
        select name, architecture, weights_sha256, parameters, state, training, class_list
        from model where model_id = ?
        """)
      try row.bind(id, at: 1)
      guard try row.step() else { throw WarehouseError.unknown(path: path, what: "model \(id)") }
      return Stored(
        id: id,
        record: ModelRecord(
          name: row.text(0), architecture: row.text(1), weightsSHA256: row.text(2),
          parameters: row.int(3), state: row.isNull(4) ? nil : row.text(4),
          training: row.isNull(5) ? nil : row.text(5),
          outputs: try outputs(model: id).map(\.record),
          classList: row.isNull(6) ? nil : row.text(6)))
    }
  }

  /// Throws where there is no data set of that id.
  package func dataSet(_ id: Int) throws -> Stored<DataSetRecord> {
    try told {
      var row = try connection.prepare(
        "select name, fingerprint, n_samples from dataset where dataset_id = ?")
      try row.bind(id, at: 1)
      guard try row.step() else { throw WarehouseError.unknown(path: path, what: "data set \(id)") }
      return Stored(
        id: id,
        record: DataSetRecord(
          name: row.text(0), fingerprint: row.text(1),
          sampleCount: try whole(row, 2, in: Limits.samples, "data set \(row.text(0)): n_samples"),
          classes: try classes(dataSet: id).map(\.record)))
    }
  }

  /// By position.
  package func classes(dataSet id: Int) throws -> [Stored<ClassRecord>] {
    try classes(of: "dataset_id", id, "data set \(id)")
  }

  /// What a model says, by position.
  package func outputs(model id: Int) throws -> [Stored<ClassRecord>] {
    try classes(of: "model_id", id, "model \(id)")
  }

  /// The values of a labelling, by position.
  func classes(labelling id: Int) throws -> [Stored<ClassRecord>] {
    try classes(of: "labelling_id", id, "labelling \(id)")
  }

  /// - Parameter column: Which says whose they are.
  private func classes(
    of column: String, _ id: Int, _ owner: String
  ) throws -> [Stored<ClassRecord>] {
    try told {
      var rows = try connection.prepare(
        "select class_id, key, name, position from class where \(column) = ? order by position")
      try rows.bind(id, at: 1)
      var classes: [Stored<ClassRecord>] = []
      var keys: Set<ByteText> = []
      while try rows.step() {
        let record = ClassRecord(key: rows.text(1), name: rows.text(2))
        let place = "class_id \(rows.int(0)) of \(owner)"
        // The position is the label, and classes pair by key.
        let (position, label) = (
          try whole(rows, 3, in: Limits.positions, "\(place): position"), classes.count
        )
        guard position == label else {
          throw WarehouseError.corrupt(
            path: path, message: "\(place): position is \(position), expected \(label)")
        }
        guard rows.type(1) == .text, keys.insert(ByteText(record.key)).inserted else {
          throw WarehouseError.corrupt(
            path: path,
            message: "\(place): key \"\(record.key)\" is another class's, or no text")
        }
        classes.append(Stored(id: rows.int(0), record: record))
      }
      return classes
    }
  }

  /// By position.
  package func layers(model id: Int) throws -> [Stored<LayerRecord>] {
    try layers("select layer_id from layer where model_id = ?", id)
  }

  /// The layers a run captured, by position.
  package func layers(run id: Int) throws -> [Stored<LayerRecord>] {
    try layers("select layer_id from run_layer where run_id = ?", id)
  }

  private func layers(_ which: String, _ id: Int) throws -> [Stored<LayerRecord>] {
    try told {
      var rows = try connection.prepare(
        """
        select layer_id, position, name, n_in, n_out, has_bias,
          (select source.name from layer as source where source.layer_id = layer.relu_of)
        from layer where layer_id in (\(which)) order by position
        """)
      try rows.bind(id, at: 1)
      var layers: [Stored<LayerRecord>] = []
      while try rows.step() {
        let record = LayerRecord(
          position: try whole(rows, 1, in: Limits.positions, "layer \(rows.text(2)): position"),
          name: rows.text(2), inputs: rows.int(3), outputs: rows.int(4),
          hasBias: rows.int(5) != 0, rectifies: rows.isNull(6) ? nil : rows.text(6))
        let sizes = 1...Int(Int32.max)
        guard sizes.contains(record.inputs), sizes.contains(record.outputs) else {
          throw WarehouseError.corrupt(
            path: path,
            message: "layer \(record.name) has \(record.inputs) inputs, \(record.outputs) outputs")
        }
        layers.append(Stored(id: rows.int(0), record: record))
      }
      return layers
    }
  }

  /// `name`, or the first of "name (2)", "name (3)", … that no row of `table` has.
  func freeName(_ name: String, in table: String) throws -> String {
    var candidate = name
    var number = 2
    while try connection.integer("select 1 from \(table) where name = ?", .text(candidate)) != nil {
      candidate = "\(name) (\(number))"
      number += 1
    }
    return candidate
  }
}
