// The run that the first screen is about, and what only its samples tell: which classes it takes for each other, and which
// labels its patterns contradict.

internal import Basics
internal import SQLiteKit
internal import Warehouse

/// Two classes, or a class and an output that is none, and how often the network takes a sample of either for the other.
package struct ConfusedPair: Sendable {
  /// Positions, `a` ≤ `b`.
  package let a: Int
  package let b: Int
  package let aName: String
  package let bName: String
  package let mistaken: Int
  /// Samples of both.
  package let samples: Int
  /// Both are classes of the data set.
  package let isOfData: Bool

  package init(
    a: Int, b: Int, aName: String, bName: String, mistaken: Int, samples: Int, isOfData: Bool
  ) {
    (self.a, self.b, self.aName, self.bName) = (a, b, aName, bName)
    (self.mistaken, self.samples, self.isOfData) = (mistaken, samples, isOfData)
  }
}

/// Samples whose pattern fits another class than their label says, a sample left out of its own class's profile.
package struct Misfits: Sendable {
  package let layer: String
  /// Samples with a label that were compared.
  package let samples: Int
  package let count: Int
  /// Of these, those that the network takes for the class they fit, too.
  package let agreed: Int
  /// The one of these that fits best in comparison.
  package let worst: (sample: String, label: String, fits: String)?

  package init(
    layer: String, samples: Int, count: Int, agreed: Int,
    worst: (sample: String, label: String, fits: String)?
  ) {
    (self.layer, self.samples, self.count) = (layer, samples, count)
    (self.agreed, self.worst) = (agreed, worst)
  }
}

/// What the first screen tells of one run beside its measures.
package struct FocusReport: Sendable {
  /// Of `run.run_id`.
  package let run: Int
  /// Why it was taken, where nobody asked for it.
  package let reason: String?
  /// Most often confused first.
  package let confused: [ConfusedPair]
  package let misfits: Misfits?

  package init(run: Int, reason: String?, confused: [ConfusedPair], misfits: Misfits?) {
    (self.run, self.reason, self.confused, self.misfits) = (run, reason, confused, misfits)
  }
}

/// A run that is not in the report.
package struct UnfinishedRun: Sendable {
  package let name: String
  package let ingested: Int
  package let samples: Int

  package init(name: String, ingested: Int, samples: Int) {
    (self.name, self.ingested, self.samples) = (name, ingested, samples)
  }
}

extension ReportReader {
  /// The run that the first screen is about; nil without one.
  /// - Parameter name: of one of `runs`; nil takes `leading`.
  /// - Throws: `ReportError` where none of `runs` is called `name`.
  static func leader(
    _ connection: borrowing Connection, _ runs: [RunInfo], name: String?, leading: DefaultRun?
  ) throws -> RunInfo? {
    guard let name else { return runs.first { $0.id == leading?.id } }
    let found = runs.first { $0.name.hasBytes(of: name) }
    guard found != nil else {
      throw ReportError(
        "\(connection.path): \(unknown("run", name, known: runs.map(\.name))) among the report's runs"
      )
    }
    return found
  }

  /// - Parameter reason: Why it was chosen for the user; nil where it was not.
  static func focus(
    _ connection: borrowing Connection, on info: RunInfo, reason: String?
  ) throws -> FocusReport {
    FocusReport(
      run: info.id, reason: reason, confused: try confused(connection, info.id),
      misfits: try misfits(connection, info))
  }

  private static func confused(
    _ connection: borrowing Connection, _ run: Int
  ) throws -> [ConfusedPair] {
    try rows(
      connection,
      """
      with taken as (
        select sample.class_id as own_id, prediction.class_id as taken_id, prediction.correct
        from prediction join sample using (sample_id)
        where prediction.run_id = ?1 and sample.class_id is not null),
      size as (select own_id, count(*) as n from taken group by own_id),
      cell as (
        select min(own_id, taken_id) as a_id, max(own_id, taken_id) as b_id, count(*) as n
        from taken where correct = 0 group by 1, 2)
      select a.position, b.position, a.name, b.name, cell.n, coalesce(a_size.n, 0) + coalesce(b_size.n, 0),
        a.model_id is null and b.model_id is null
      from cell join class as a on a.class_id = a_id join class as b on b.class_id = b_id
      left join size as a_size on a_size.own_id = a_id left join size as b_size on b_size.own_id = b_id
      order by cell.n desc, a.position, b.position limit 5
      """, .integer(run)
    ) { row in
      let isOrdered = row.int(0) < row.int(1)
      return ConfusedPair(
        a: row.int(isOrdered ? 0 : 1), b: row.int(isOrdered ? 1 : 0),
        aName: row.text(isOrdered ? 2 : 3), bName: row.text(isOrdered ? 3 : 2),
        mistaken: row.int(4), samples: row.int(5), isOfData: row.int(6) != 0)
    }
  }

  /// Of the last layer that has likelihoods of the run's own profiles.
  private static func misfits(
    _ connection: borrowing Connection, _ info: RunInfo
  ) throws -> Misfits? {
    let measured = try rows(
      connection,
      """
      select layer.layer_id, layer.name from run_layer join layer using (layer_id)
      where run_layer.run_id = ?1 and exists (select 1 from likelihood where likelihood.run_id = ?1
        and likelihood.profile_run_id = ?1 and likelihood.layer_id = layer.layer_id
        and likelihood.kind = 'interaction' and likelihood.grouping = 'true')
      order by layer.position desc limit 1
      """, .integer(info.id)
    ) { (id: $0.int(0), name: $0.text(1)) }
    guard let layer = measured.first else { return nil }
    let counts = try rows(
      connection,
      """
      select count(*), sum(fits_own_class = 0), sum(fits_own_class = 0 and predicted = fits)
      from likelihoods where run_id = ?1 and profile_run_id = ?1 and layer_id = ?2 and kind = 'interaction'
        and class is not null
      """, .integer(info.id), .integer(layer.id)
    ) { ($0.int(0), $0.int(1), $0.int(2)) }
    guard let (samples, count, agreed) = counts.first, samples > 0 else { return nil }
    let worst = try rows(
      connection,
      """
      select sample, class, fits from likelihoods
      where run_id = ?1 and profile_run_id = ?1 and layer_id = ?2 and kind = 'interaction'
        and class is not null and fits_own_class = 0 and (predicted = fits or ?3 = 0)
      order by log_likelihood_fit - log_likelihood desc, position limit 1
      """, .integer(info.id), .integer(layer.id), .integer(agreed)
    ) { (sample: $0.text(0), label: $0.text(1), fits: $0.text(2)) }
    return Misfits(
      layer: layer.name, samples: samples, count: count, agreed: agreed, worst: worst.first)
  }

  /// Runs that the warehouse holds the beginning of.
  static func unfinished(_ connection: borrowing Connection) throws -> [UnfinishedRun] {
    try rows(
      connection,
      "select run, n_ingested, n_samples from runs where completed_at is null order by run_id"
    ) { UnfinishedRun(name: $0.text(0), ingested: $0.int(1), samples: $0.int(2)) }
  }

  /// Samples of each run that could not be read.
  static func unreadable(_ connection: borrowing Connection) throws -> [Int: Int] {
    let counts = try rows(
      connection, "select run_id, count(*) from unreadable group by run_id"
    ) { ($0.int(0), $0.int(1)) }
    return Dictionary(uniqueKeysWithValues: counts)
  }
}
