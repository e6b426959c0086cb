// A warehouse in memory with the real schema and a few rows of every measure.

import SQLiteKit
import Schema
import Warehouse

enum SmallWarehouse {
  static let hostile = "<script>alert(\"1\")</script>"

  static func empty() throws -> Connection {
    // The migrations fill in checksums.
    try registerEngramFunctions()
    let connection = try Connection.open(":memory:", mode: .create)
    for migration in SchemaSQL.migrations { try connection.execute(migration) }
    try connection.execute(SchemaSQL.views)
    // Numbers that are easy to follow need not lie in a measure's range.
    try connection.execute("pragma ignore_check_constraints = on")
    return connection
  }

  /// Runs 1 (untrained) and 2 (best) complete, 3 of model 2 shifted and complete, 4 incomplete; classes "a", hostile
  /// and "c"; two layers.
  static func filled() throws -> Connection {
    let connection = try empty()
    try connection.execute("insert into dataset values (1, 'shapes:test', 'f', 6)")
    for (index, name) in ["a", hostile, "c"].enumerated() {
      try connection.run(
        "insert into class values (?, 1, ?, ?, ?, null, null)", .integer(index + 1),
        .integer(index),
        .text("key \(index)"), .text(name))
      for copy in 0..<2 {
        try connection.run(
          "insert into sample values (?1, 1, ?1, ?1, ?2)", .integer(2 * index + copy),
          .integer(index + 1))
      }
    }
    let training = #"{"epochs": 3, "learning_rate": 0.01, "log": [{"loss": 2}, {"loss": 1.5}]}"#
    for (model, state) in [(1, "untrained"), (2, "best")] {
      try connection.run(
        "insert into model values (?, ?, 'net', ?, 77, ?, ?, null)", .integer(model), .text(state),
        .text("hash\(model)"), .text(state), model == 1 ? .null : .text(training))
      for layer in 0..<2 {
        try connection.run(
          """
          insert into layer (layer_id, model_id, position, name, n_in, n_out, has_bias)
          values (?, ?, ?, ?, 4, 3, 1)
          """, .integer(10 * model + layer), .integer(model), .integer(layer),
          .text("fc\(layer + 1)"))
      }
    }
    for (run, model, name) in [
      (1, 1, "first"), (2, 2, "second <&>"), (3, 2, "shifted"), (4, 2, "unfinished"),
    ] {
      try connection.run(
        """
        insert into run (run_id, name, model_id, dataset_id, identity, perturbation, preprocessing,
          selection, bitsets, n_samples, permutation_seed, engram_version, cpu_level, started_at,
          completed_at)
        values (?1, ?2, ?3, 1, ?1, ?4, 'crop', '{}', 'derived', 6, 42, '0.1.0',
          'x86-64-v3', '2025', ?5)
        """, .integer(run), .text(name), .integer(model), .text(run == 3 ? "blur" : "none"),
        run == 4 ? .null : .text("2026"))
      try measure(connection, run: run, model: model)
    }
    try between(connection)
    return connection
  }

  static func measure(
    _ connection: borrowing Connection, run: Int, model: Int
  ) throws {
    try connection.run(
      """
      insert into prediction (run_id, sample_id, class_id, confidence, loss, correct)
      select ?1, sample_id, 1, 0.5, 1.25, class_id = 1 from sample
      """, .integer(run))
    for layer in 0..<2 {
      let id = Value.integer(10 * model + layer)
      try connection.run("insert into run_layer values (?, ?)", .integer(run), id)
      for kind in ["interaction", "neuron"] {
        try connection.run(
          """
          insert into sparsity (run_id, layer_id, kind, n_samples, mean_proportion, never_share,
            always_share, histogram)
          values (?, ?, ?, 6, 0.25, 0.5, 0.125, '[0.5' || replace(hex(zeroblob(18)), '00', ',0')
            || ',0.5]')
          """, .integer(run), id, .text(kind))
        for grouping in ["true", "permuted"] {
          try connection.run(
            """
            insert into entropy (run_id, layer_id, kind, grouping, class_id, n_samples, entropy,
              entropy_per_interaction)
            select ?, ?, ?, ?, class_id, 2, 1.5, 0.1 * class_id from class
            """, .integer(run), id, .text(kind), .text(grouping))
          try connection.run(
            """
            insert into divergence (layer_id, kind, grouping, from_run_id, from_class_id,
              to_run_id, to_class_id, alpha, kl, kl_per_interaction)
            select ?2, ?3, ?4, ?1, a.class_id, ?1, b.class_id, 0.5, 15,
              iif(?4 = 'true', a.class_id + 0.1 * b.class_id, 0.01)
            from class as a join class as b on a.class_id <> b.class_id
            """, .integer(run), id, .text(kind), .text(grouping))
        }
      }
    }
    for (rule, rank) in [("numpy", 4), ("1e-2", 3), ("energy-99", 2)] {
      try connection.run(
        """
        insert into rank (run_id, layer_id, class_id, rule, n_samples, dimension, sigma_max,
          tolerance, rank, limited_by_samples, participation_ratio)
        select ?, ?, class_id, ?, 2, 4, 9.5, null, ?, 1, 1.5 from class
        """, .integer(run), .integer(10 * model + 1), .text(rule), .integer(rank))
      try connection.run(
        """
        insert into entanglement (run_id, layer_id, a_class_id, b_class_id, rule, n_samples_a,
          n_samples_b, dimension, sigma_max, rank_a, rank_b, rank_union, entanglement,
          limited_by_samples, mean_squared_cosine)
        select ?1, ?2, a.class_id, b.class_id, ?3, 2, 2, 4, 9.5, 3, 3, 7, -1, 1, 0.25
        from class as a join class as b on a.class_id < b.class_id
        """, .integer(run), .integer(10 * model + 1), .text(rule))
    }
  }

  private static func between(_ connection: borrowing Connection) throws {
    try connection.execute(
      """
      insert into divergence (layer_id, kind, grouping, from_run_id, from_class_id, to_run_id,
        to_class_id, alpha, kl, kl_per_interaction)
      select 21, 'interaction', 'true', 2, a.class_id, 3, b.class_id, 0.5, 15, 0.75
      from class as a join class as b
      """)
  }
}
