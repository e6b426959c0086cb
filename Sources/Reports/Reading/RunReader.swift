// Which runs a report is about, and what is known of each.

internal import Basics
internal import SQLiteKit

extension ReportReader {
  static func selected(_ connection: borrowing Connection, _ names: [String]) throws -> [RunInfo] {
    let complete = try completeRuns(connection)
    guard !names.isEmpty else {
      guard !complete.isEmpty else {
        throw ReportError(
          "\(connection.path): no complete run to report on; run engram-ingest first")
      }
      return complete.sorted { $0.order < $1.order }
    }
    var selected: [RunInfo] = []
    for name in names where !selected.contains(where: { $0.name.hasBytes(of: name) }) {
      guard let run = complete.first(where: { $0.name.hasBytes(of: name) }) else {
        let started = try connection.integer(
          "select count(*) from runs where run = ?", .text(name))
        let known = complete.map { "'\($0.name)'" }.joined(separator: ", ")
        throw ReportError(
          started == 0
            ? "\(connection.path): no run '\(name)'; complete runs: \(known.isEmpty ? "none" : known)"
            : "\(connection.path): run '\(name)' is not complete; engram-ingest continues it")
      }
      selected.append(run)
    }
    return selected
  }

  private static func completeRuns(_ connection: borrowing Connection) throws -> [RunInfo] {
    try rows(
      connection,
      """
      select run.run_id, runs.run, runs.model, runs.architecture, model.parameters, runs.state,
        model.weights_sha256, runs.dataset, run.dataset_id, runs.perturbation, runs.preprocessing,
        run.selection, runs.bitsets, runs.n_samples, runs.accuracy, runs.mean_loss,
        run.permutation_seed, runs.engram_version, runs.cpu_level, runs.completed_at,
        last.position, last.name, runs.n_foreign, runs.n_unlabelled, runs.activations
      from runs join run using (run_id) join model using (model_id)
      left join layer as last on last.model_id = run.model_id and last.position =
        (select max(position) from layer where layer.model_id = run.model_id)
      where runs.completed_at is not null
      order by run.run_id
      """
    ) { row in
      var info = RunInfo()
      info.id = row.int(0)
      info.name = row.text(1)
      info.model = row.text(2)
      info.architecture = row.text(3)
      info.parameters = row.int(4)
      info.state = row.isNull(5) ? nil : row.text(5)
      info.weightsHash = row.text(6)
      info.dataset = row.text(7)
      info.datasetID = row.int(8)
      info.perturbation = row.text(9)
      info.preprocessing = row.text(10)
      info.selection = row.text(11)
      info.bitsets = row.text(12)
      info.samples = row.int(13)
      info.accuracy = real(row, 14)
      info.loss = real(row, 15)
      info.permutationSeed = row.int(16)
      info.version = row.text(17)
      info.cpu = row.text(18)
      info.completed = row.text(19)
      info.lastPosition = row.isNull(20) ? nil : row.int(20)
      info.lastLayer = row.isNull(21) ? nil : row.text(21)
      info.foreign = row.int(22)
      info.unlabelled = row.int(23)
      info.activations = row.text(24)
      info.training = try training(connection, info.id)
      return info
    }
  }

  /// The training record in words, a line for each entry; of a list, its length and last entry.
  private static func training(_ connection: borrowing Connection, _ run: Int) throws -> [String] {
    var lines: [String] = []
    try each(
      connection,
      """
      select entry.key, case entry.type when 'array' then json_array_length(entry.value) end,
        part.key, part.type, part.value
      from run join model using (model_id)
      join json_each(iif(json_valid(model.training), model.training, '{}')) as entry
      join json_each(case entry.type
        when 'array' then case coalesce(json_type(entry.value, '$[#-1]'), 'none')
          when 'none' then '{}'
          when 'object' then entry.value -> '$[#-1]'
          when 'array' then entry.value -> '$[#-1]'
          else json_object('', json(entry.value -> '$[#-1]')) end
        when 'object' then entry.value
        else json_object('', entry.value) end) as part
      where run.run_id = ? and part.type <> 'null'
      order by entry.id, part.id
      """, .integer(run)
    ) { row in
      let entry = row.text(0)
      let list = row.isNull(1) ? "" : "\(row.int(1)), the last "
      let key = row.text(2)
      let value =
        switch row.text(3) {
        case "true": "yes"
        case "false": "no"
        case "real": NumberText.trimmedShort(row.double(4))
        case _ where key == "fingerprint": String(row.text(4).prefix(12))
        default: cut(row.text(4))
        }
      let part = key.isEmpty ? value : "\(key) \(value)"
      if let last = lines.indices.last, lines[last].hasPrefix(entry + ": ") {
        lines[last] += ", " + part
      } else {
        lines.append("\(entry): \(list)\(part)")
      }
    }
    return lines
  }

  private static func cut(_ text: String) -> String {
    text.count <= 200 ? text : text.prefix(200) + "…"
  }
}

extension RunInfo {
  /// Runs that compare stand together, states in the order of training.
  fileprivate var order: (String, String, String, Int, Int) {
    let known = StudyState.allCases.firstIndex { $0.rawValue == state }
    return (architecture, perturbation == "none" ? "" : perturbation, dataset, known ?? 99, id)
  }
}
