// What a saved query takes where no run and no layer is named, in a line for standard error.

import Basics
import CommandLineTool
import Queries
import SQLiteKit
import Warehouse

struct ChosenDefaults {
  private let run: DefaultRun?
  /// The layer and how many the run has.
  private let layer: (name: String, count: Int)?

  /// How heads call the two defaults that are told before a row is there.
  private static let lastLayer = "the run's last layer"

  /// - Parameter isSet: Whether a parameter was given.
  init(
    of query: SavedQuery, in warehouse: borrowing Connection, run given: String?,
    isSet: (String) -> Bool
  ) throws {
    func isDefault(_ name: String, _ text: String) -> Bool {
      query.parameter(name)?.defaultText == text && !isSet(name)
    }
    run = isDefault("run", DefaultRun.rule) ? try DefaultRun.first(in: warehouse) : nil
    guard isDefault("layer", Self.lastLayer), let name = run?.name ?? given else {
      layer = nil
      return
    }
    var rows = try warehouse.prepare(
      "select layer, count(*) over () from layers where run = ? order by position desc limit 1")
    try rows.bind(name, at: 1)
    layer = try rows.step() ? (rows.text(0), rows.int(1)) : nil
  }

  /// Whether there was anything else to take.
  var isChoice: Bool { (run?.runs ?? 0) > 1 || (layer?.count ?? 0) > 1 }

  /// "run best, layer fc3 of 17 runs; --run and --layer choose"; nil where nothing was left open.
  var line: String? {
    let shown =
      (run.map { ["run \($0.name.shown(200))"] } ?? [])
      + (layer.map { ["layer \($0.name.shown(200))"] } ?? [])
    guard !shown.isEmpty else { return nil }
    let among = run?.explanation ?? layer.map { "of \($0.count) layer\($0.count == 1 ? "" : "s")" }
    let options = (run == nil ? [] : ["--run"]) + (layer == nil ? [] : ["--layer"])
    return shown.joined(separator: ", ") + " " + (among ?? "") + "; " + Self.choosing(options)
  }

  /// "--run chooses", "--run and --layer choose".
  private static func choosing(_ options: [String]) -> String {
    options.joined(separator: " and ") + (options.count == 1 ? " chooses" : " choose")
  }

  /// What else the SQL took, as the first row has it: runs that only the query knows how to choose.
  static func line(
    of query: SavedQuery, row: borrowing Statement, isSet: (String) -> Bool
  ) -> String? {
    var (shown, options): ([String], [String]) = ([], [])
    for parameter in query.parameters
    where parameter.domain?.table == "run" && parameter.kind == .text && !isSet(parameter.name) {
      let isTold = parameter.defaultText == DefaultRun.rule
      guard !isTold, !["all ", "no "].contains(where: parameter.defaultText.hasPrefix) else {
        continue
      }
      let column = parameter.name == "reference" ? "reference_run" : parameter.name
      for index in 0..<row.columnCount
      where row.columnName(index) == column && !row.isNull(index) {
        shown.append("\(parameter.name) \(row.text(index).shown(200))")
        options.append("--" + parameter.name)
      }
    }
    return shown.isEmpty ? nil : shown.joined(separator: ", ") + "; " + choosing(options)
  }
}
