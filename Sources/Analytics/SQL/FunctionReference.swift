// What is said of every function, from the tables that register them: for engram_functions, and as a page.

package struct FunctionReference: Sendable {
  package let name: String
  package let parameters: String
  /// "scalar", "aggregate", "window" or "table".
  package let kind: String
  package let summary: String
  package let example: (sql: String, answer: String)

  package static let entries: [FunctionReference] =
    SQLFunction.all.map { function in
      let kind =
        switch function.call {
        case .scalar, .reader: "scalar"
        case .aggregate: "aggregate"
        case .window: "window"
        }
      return FunctionReference(
        name: function.name, parameters: function.parameters, kind: kind,
        summary: function.summary, example: (function.example.sql, function.example.answer))
    }
    + SQLTable.all.map { table in
      FunctionReference(
        name: table.name, parameters: table.parameters, kind: "table",
        summary: table.summary + ": `" + table.columns.joined(separator: "`, `") + "`",
        example: (table.example.sql, table.example.answer))
    }

  /// The page, in Markdown.
  package static var page: String {
    var lines = [
      """
      # SQL functions

      `engram-query` has them built in; `libengram0` brings them to any SQLite. `bits` is a bitset as `significance.bits`
      has it, `counts` a block of class counts as `class_profile.counts`, a *vector* the plain Float32 of `activation.z` and of
      the table `vector`, `x` the sparse one of `activation.x` or a plain one: [README.md](README.md) tells their bytes. `n` is
      the number of elements. Parameters in brackets may be left out. What `engram_normalized` and `engram_mean(…, 'float64')`
      give is a vector of Float64: functions over vectors and logits, and their aggregates, take it as they take plain ones.

      - Any argument NULL: the answer is NULL; an aggregate leaves that row out, a table has no rows.
      - An aggregate of no rows is NULL (`engram_rank`: 0). Those marked *window* take `over (…)` as well.
      - A wrong argument is an error that names the function and the argument. Nothing is converted silently: a bitset, counts
        or a matrix is no vector, and a vector of Float64 none of Float32. A sparse vector does not say what it is: take x from `vector`, or give `n` with it.
      - All but the tables are deterministic and innocuous: views and indexes may call them.
      """
    ]
    for (kind, title) in [
      ("scalar", "Functions"), ("window", "Aggregates, also window functions"),
      ("aggregate", "Aggregates"), ("table", "Tables"),
    ] {
      lines += ["", "## \(title)"]
      for entry in entries where entry.kind == kind {
        lines += [
          "", "### `\(entry.name)(\(entry.parameters))`", "", sentence(entry.summary), "", "```sql",
          entry.example.sql + ";",
          "-- " + entry.example.answer.split(separator: "\n").joined(separator: "\n-- "),
          "```",
        ]
      }
    }
    lines += [
      "", "## A warehouse's samples", "",
      "Tables that are there wherever the functions are. Where several warehouses are attached, `vector('other')` is that of one.",
      "",
    ]
    for table in SampleTable.all {
      let columns = table.columns.map { "`\($0.name)`" }.joined(separator: ", ")
      lines.append("- `\(table.name)`: \(table.summary): \(columns).")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func sentence(_ text: String) -> String {
    (text.first.map { String($0).uppercased() } ?? "") + text.dropFirst() + "."
  }
}
