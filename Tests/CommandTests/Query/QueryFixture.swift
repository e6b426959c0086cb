// A warehouse small enough to answer every saved query by hand: one network of two layers, three
// classes of two samples, a clean run, its attacked twin, and a run that never finished.

import SQLiteKit
import Schema
import TestSupport
import Warehouse

enum QueryFixture {
  /// Measures are decimal codes of their keys, so that an expected number can be read off:
  /// run.layer(class)(class), with + 10 for neurons, + 20 for activations of the clean run, + 100 for permuted, + 200 for predicted and + 300 for assigned
  /// labels, which only the clean run has.
  /// Layer ids run against positions (fc1 is 2, fc2 is 1) and divergences fall where class ids rise.
  /// - Parameter version: Of the schema: the newest, or 7.
  static func make(
    at path: String = ":memory:", version: Int = SchemaSQL.migrations.count
  ) throws -> Connection {
    // The migrations fill in checksums.
    try registerEngramFunctions()
    let warehouse = try Connection.open(path, mode: .create)
    try fill(warehouse, version)
    return warehouse
  }

  private static func fill(_ warehouse: borrowing Connection, _ version: Int) throws {
    // Numbers that are easy to work out by hand need not lie in a measure's range.
    try warehouse.execute(
      "pragma synchronous = off; pragma journal_mode = memory; pragma ignore_check_constraints = on"
    )
    for migration in SchemaSQL.migrations[..<version] { try warehouse.execute(migration) }
    let old = packageDirectory() + "/Tests/WarehouseTests/Fixtures/views7.sql"
    try warehouse.execute(
      version == 7
        ? String(decoding: try bytes(of: old), as: UTF8.self) : SchemaSQL.views)
    try warehouse.execute(
      """
      pragma application_id = 0x456E6772; pragma user_version = \(version)
      """)
    try warehouse.transaction {
      try warehouse.execute(entities)
      try warehouse.execute(measures)
      try warehouse.execute(version < 12 ? "insert into detector " + wideScores : scores)
      if version >= 10 { try warehouse.execute(outputs) }
      if version >= 11 { try warehouse.execute(ownLabels) }
      if version >= 13 { try warehouse.execute(control) }
      for (sample, columns) in fc2Bits.enumerated() {
        let blob = bits(outputs: 3, columns: columns)
        let count = columns.reduce(0) { $0 + $1.nonzeroBitCount }
        try warehouse.run(
          "insert into significance values (null, 1, 1, ?, ?, ?, 0)", .integer(sample + 1),
          .integer(count), .blob(blob))
        let bias = UInt8([0b11, 0b01, 0b00, 0b11, 0b01, 0b10][sample])
        try warehouse.run(
          "insert into significance values (null, 1, 2, ?, ?, ?, 0)", .integer(sample + 1),
          .integer(bias.nonzeroBitCount), .blob(bits(outputs: 2, columns: [0, 0, 0, bias])))
      }
    }
  }

  /// For each sample, the significant outputs of each column of fc2, as bits.
  private static let fc2Bits: [[UInt8]] = [
    [0b011, 0, 0b001],
    [0b001, 0, 0b001],
    [0b011, 0, 0b101],
    [0b000, 0, 0b100],
    [0b011, 0, 0b001],
    [0b000, 0, 0b000],
  ]

  /// The stored form: a column is active where it has a bit, and the last, the bias, always.
  private static func bits(outputs: UInt8, columns: [UInt8]) -> [UInt8] {
    let active = columns.indices.filter { columns[$0] != 0 || $0 == columns.count - 1 }
    let mask = active.reduce(UInt8(0)) { $0 | 1 << UInt8($1) }
    return Array("EB".utf8) + [1, 1, outputs, 0, 0, 0, UInt8(columns.count), 0, 0, 0]
      + [UInt8(active.count), 0, 0, 0, mask] + active.map { columns[$0] }
  }

  private static let entities = """
    insert into model (model_id, name, architecture, weights_sha256, parameters, state)
    values (1, 'net', 'mlp', 'w', 17, 'best');
    insert into layer (layer_id, model_id, position, name, n_in, n_out, has_bias)
    values (2, 1, 0, 'fc1', 3, 2, 1), (1, 1, 1, 'fc2', 2, 3, 1);
    insert into dataset values (1, 'tiny', 'f', 6);
    insert into class (class_id, dataset_id, position, key, name)
    values (1, 1, 0, 'k0', 'ant'), (2, 1, 1, 'k1', 'bee'), (3, 1, 2, 'k2', 'cat');
    insert into sample values
      (1, 1, 0, 's0', 1), (2, 1, 1, 's1', 1), (3, 1, 2, 's2', 2), (4, 1, 3, 's3', 2),
      (5, 1, 4, 's4', 3), (6, 1, 5, 's5', 3);
    insert into run (run_id, name, model_id, dataset_id, identity, perturbation, preprocessing, selection,
      bitsets, n_samples, permutation_seed, engram_version, cpu_level, started_at, completed_at) values
      (1, 'clean', 1, 1, 'a', 'none', 'none', '{}', 'stored', 6, 7, '0.1', 'v3', 'then', 'noon'),
      (2, 'attacked', 1, 1, 'b', 'pgd', 'none', '{}', 'derived', 6, 7, '0.1', 'v3', 'then', 'one'),
      (3, 'unfinished', 1, 1, 'c', 'none', 'none', '{}', 'derived', 6, 7, '0.1', 'v3', 'then', null);
    insert into run_layer select run_id, layer_id from run, layer;
    insert into prediction (run_id, sample_id, class_id, confidence, loss, correct) values
      (1, 1, 1, 0.9, 0.1, 1), (1, 2, 2, 0.6, 0.2, 0), (1, 3, 2, 0.8, 0.3, 1),
      (1, 4, 2, 0.7, 0.4, 1), (1, 5, 3, 0.5, 0.5, 1), (1, 6, 1, 0.95, 0.6, 0),
      (2, 1, 2, 0.9, 1.0, 0), (2, 2, 2, 0.7, 2.0, 0), (2, 3, 2, 0.6, 3.0, 1),
      (2, 4, 3, 0.8, 4.0, 0), (2, 5, 3, 0.4, 5.0, 1), (2, 6, 1, 0.99, 6.0, 0);
    """

  /// Which are known by position alone; ids behind those of the classes.
  private static let outputs = """
    insert into class (class_id, position, key, name, model_id)
    select class_id + 10, position, 'output ' || position, 'output ' || position, 1 from class;
    insert into class_output select null, class_id - 10, class_id from class where class_id > 10;
    """

  /// The last sample has none. The clean run is measured by them: codes of + 400, those of their floor of + 500.
  private static let ownLabels = """
    insert into labelling values (1, 1, 'scene', 'scenes.csv', 'then');
    insert into class (class_id, position, key, name, labelling_id)
    values (21, 0, 'park', 'park', 1), (22, 1, 'sea', 'sea', 1);
    insert into sample_label select null, 1, sample_id, iif(sample_id < 4, 21, 22) from sample where sample_id < 6;
    create temp table own_label as select 'scene' as grouping, 400 as g union all select 'permuted scene', 500;
    create temp table value as select class_id, class_id - 20 as c from class where labelling_id = 1;

    insert into entropy (entropy_id, run_id, layer_id, kind, grouping, class_id, n_samples, entropy,
      entropy_per_interaction)
    select null, 1, layer_id, kind, grouping, class_id, 2,
      1000 * (g + k + 1 + layer_id / 10.0 + c / 100.0), g + k + 1 + layer_id / 10.0 + c / 100.0
    from layer, kind, own_label, value;

    insert into divergence (divergence_id, layer_id, kind, grouping, from_run_id, from_class_id, to_run_id,
      to_class_id, alpha, kl, kl_per_interaction)
    select null, layer_id, kind, grouping, 1, a.class_id, 1, b.class_id, 0.5,
      1000 * (g + k + 1 + layer_id / 10.0 + a.c / 100.0 + b.c / 1000.0),
      g + k + 1 + layer_id / 10.0 + a.c / 100.0 + b.c / 1000.0
    from layer, kind, own_label, value as a, value as b where a.c <> b.c;
    """

  private static let control = """
    insert into entropy (run_id, layer_id, kind, grouping, class_id, n_samples, entropy, entropy_per_interaction,
      variance_floor, left_out)
    select run_id, layer_id, 'activation', grouping, class_id, n_samples, entropy + 20000, entropy_per_interaction + 20,
      1e-6, 0
    from entropy where run_id = 1 and kind = 'interaction' and grouping in ('true', 'permuted');
    insert into divergence (layer_id, kind, grouping, from_run_id, from_class_id, to_run_id, to_class_id, variance_floor,
      kl, kl_per_interaction)
    select layer_id, 'activation', grouping, 1, from_class_id, 1, to_class_id, 1e-6, kl + 20000, kl_per_interaction + 20
    from divergence where from_run_id = 1 and to_run_id = 1 and kind = 'interaction' and grouping in ('true', 'permuted');
    """

  /// Rows of the table `detector` up to version 11.
  private static let wideScores = """
    select null, run_id, 3, layer_id, sample_id, 0.5,
      -iif(layer_id = 2, sample_id,
        json_extract(iif(run_id = 1, '[1,2,2,3,4,6]', '[2,5,6,7,8,9]'), '$[' || (sample_id - 1) || ']')) / 8.0,
      0.25, iif(layer_id = 1, (sample_id + 3 * run_id - 3) / 16.0, null), iif(layer_id = 1, 10.0 - run_id, null),
      iif(layer_id = 1, iif(run_id = 1, 9.0, sample_id), null), iif(layer_id = 1, 1e-10, null)
    from run, layer, sample where run.completed_at is not null
    """

  /// The same a row each.
  private static let scores = """
    create temp table wide (id, run_id, reference_run_id, layer_id, sample_id, alpha, likelihood, likelihood_ratio,
      hamming, energy, mahalanobis, cutoff);
    insert into wide \(wideScores);
    insert into detector values (1, 'likelihood'), (2, 'likelihood-ratio'), (3, 'pattern-distance'), (4, 'max-softmax'),
      (5, 'energy'), (6, 'mahalanobis');
    insert into score
    select null, wide.run_id, reference_run_id, layer_id, detector_id, sample_id, case detector_id
      when 1 then likelihood when 2 then likelihood_ratio when 3 then -hamming when 4 then confidence
      when 5 then energy else -mahalanobis end
    from wide join prediction using (run_id, sample_id) join detector on detector_id < 4 or layer_id = 1;
    """

  private static let measures = """
    create temp table kind as select 'interaction' as kind, 0 as k union all select 'neuron', 10;
    create temp table label as select 'true' as grouping, 0 as g union all select 'permuted', 100
      union all select 'predicted', 200 union all select 'assigned', 300;
    create temp table done as select run_id as r from run where completed_at is not null;

    insert into sparsity select null, r, layer_id, kind, c, 6,
      r / 10.0 + layer_id / 100.0 + ifnull(c, 0) / 1000.0,
      k + r / 20.0, k + r / 40.0 + layer_id / 100.0 + ifnull(c, 0) / 1000.0,
      '[0.5,0.25,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.25]'
    from done, layer, kind, (select class_id as c from class union all select null);

    insert into entropy (entropy_id, run_id, layer_id, kind, grouping, class_id, n_samples, entropy,
      entropy_per_interaction)
    select null, r, layer_id, kind, grouping, class_id, 2,
      1000 * (g + k + r + layer_id / 10.0 + class_id / 100.0),
      g + k + r + layer_id / 10.0 + class_id / 100.0
    from done, layer, kind, label, class where g < 300 or r = 1;

    insert into divergence (divergence_id, layer_id, kind, grouping, from_run_id, from_class_id, to_run_id,
      to_class_id, alpha, kl, kl_per_interaction)
    select null, layer_id, kind, grouping, r, a.class_id, r, b.class_id, 0.5,
      1000 * (g + k + r + layer_id / 10.0 + (4 - a.class_id) / 100.0 + (4 - b.class_id) / 1000.0),
      g + k + r + layer_id / 10.0 + (4 - a.class_id) / 100.0 + (4 - b.class_id) / 1000.0
    from done, layer, kind, label, class as a, class as b
    where a.class_id <> b.class_id and (g < 300 or r = 1);

    insert into divergence (divergence_id, layer_id, kind, grouping, from_run_id, from_class_id, to_run_id,
      to_class_id, alpha, kl, kl_per_interaction)
    select null, layer_id, kind, 'true', p.r, a.class_id, q.r, b.class_id, 0.5, 0,
      k + p.r + q.r / 10.0 + layer_id / 100.0 + a.class_id / 1000.0 + b.class_id / 10000.0
    from done as p, done as q, layer, kind, class as a, class as b where p.r <> q.r;

    insert into rank select null, r, 1, class_id, rule, 2, 192, 8.0, iif(rule = '1e-2', 0.08, null),
      r + 10 * class_id + iif(rule = '1e-2', 0, 100), class_id = 3, 1.5, 1.25
    from done, class, (select '1e-2' as rule union all select 'energy-99');

    insert into entanglement select null, r, 1, a.class_id, b.class_id, rule, 2, 2, 192, 8.0, 0.08,
      50, 60, 110 - (10 * r + a.class_id + b.class_id), 10 * r + a.class_id + b.class_id, 0, 0.5
    from done, class as a join class as b on a.class_id < b.class_id,
      (select '1e-2' as rule union all select 'energy-99');

    insert into likelihood (likelihood_id, run_id, profile_run_id, layer_id, kind, grouping, sample_id, is_left_out,
      alpha, own, predicted, other, fit_class_id, fit)
    select null, p.run_id, q.run_id, layer_id, kind, 'true', sample_id, 1, 0.5,
      -(k + p.run_id + q.run_id / 10.0 + layer_id / 100.0 + sample.sample_id / 1000.0) * 100,
      -(k + 0.5) * 100, -(k + 0.25 + sample_id / 10000.0) * 100, iif(sample_id = 3, 2, 3),
      -(k + 0.125 + iif(sample_id in (3, 5), 50, 0)) * 100
    from run as p join run as q on q.completed_at is not null, layer, kind, sample
    where p.completed_at is not null and (p.run_id = q.run_id or q.run_id = 1);

    insert into class_profile values (null, 1, 1, 'interaction', 'true', 1, 0, 2,
      x'4543010102000000000000000300000003000000010002000000000000', 0);
    """
}
