// Tables that a warehouse has wherever Engram's functions are: what it stores of each sample, with what it leaves out made
// again. They are eponymous virtual tables, so that no file holds a view that only some clients can read.
//
// vector → run_id, layer_id, sample_id, x, z
//   W1  The input and the pre-activation of every captured layer and sample, both as plain vectors; x is decoded where it
//       is stored, and where the layer's input is another layer's rectified output it is max(z, 0) of that one.
// bitset → run_id, layer_id, sample_id, n_significant, bits
//   W2  Every significance bitset, stored or derived.
//   W3  Rows are of the connection's one database with a warehouse's tables. Where there are several, `vector('other')` is that
//       of the one attached as other, and without an argument, or as other.vector, an error says so: SQLite does not tell
//       which database a statement named.
//   W4  Only columns that a statement uses are made.

struct SampleTable: Sendable {
  let name: String
  /// Name, type and expression, the three ids first.
  let columns: [(name: String, type: String, expression: String)]
  /// A table of the warehouse is `@table`.
  let source: String
  let summary: String

  static let all = [
    SampleTable(
      name: "vector",
      columns: ids("own") + [
        (
          "x", "blob",
          """
          engram_vector(ifnull(own.x, (
            select engram_rectified(source.z) from @activation as source
            where source.run_id = own.run_id and source.layer_id = layer.relu_of
              and source.sample_id = own.sample_id)), layer.n_in)
          """
        ), ("z", "blob", "own.z"),
      ],
      source: "@activation as own join @layer as layer using (layer_id)",
      summary:
        "the input x and the pre-activation z of every sample and captured layer, plain vectors"),
    SampleTable(
      name: "bitset",
      columns: ids("own") + [
        ("n_significant", "integer", "own.n_significant"),
        (
          "bits", "blob",
          """
          ifnull(own.bits, (
            select engram_significance(layer.weights_sha256, ifnull(sample.x, (
              select engram_rectified(source.z) from @activation as source
              where source.run_id = own.run_id and source.layer_id = layer.relu_of
                and source.sample_id = own.sample_id)), sample.z)
            from @activation as sample join @layer as layer using (layer_id)
            where sample.run_id = own.run_id and sample.layer_id = own.layer_id and sample.sample_id = own.sample_id))
          """
        ),
      ],
      source: "@significance as own",
      summary:
        "the significance bitset of every sample and captured layer, whether stored or derived"),
  ]

  private static func ids(
    _ table: String
  ) -> [(name: String, type: String, expression: String)] {
    ["run_id", "layer_id", "sample_id"].map { ($0, "integer", "\(table).\($0)") }
  }

  /// A select of the columns for which `isUsed` says so, the others null, of the rows whose ids are as given: `?1` is
  /// the first of those that `isGiven` names.
  /// - Parameter schema: Of the warehouse; nil: as SQLite finds it.
  func select(
    of schema: String? = nil, _ isUsed: (Int) -> Bool = { _ in true },
    isGiven: (Int) -> Bool = { _ in false }
  ) -> String {
    let chosen = columns.indices.map {
      (isUsed($0) ? columns[$0].expression : "null") + " as " + columns[$0].name
    }
    let given = columns.indices.filter(isGiven).enumerated().map {
      "\(columns[$1].expression) = ?\($0 + 1)"
    }
    let text =
      "select \(chosen.joined(separator: ", ")) from \(source)"
      + (given.isEmpty ? "" : " where " + given.joined(separator: " and "))
    let prefix =
      schema.map {
        "\""
          + $0.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
          + "\"."
      } ?? ""
    return text.split(separator: "@", omittingEmptySubsequences: false).joined(separator: prefix)
  }

  var declaration: String {
    "create table x(" + columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
      + ", argument_schema hidden)"
  }
}

/// Statements that put `vector` and `bitset`, as temporary views, before views of these names that a file of version 7
/// has.
package let derivedSampleViews =
  SampleTable.all.map { "create temp view \($0.name) as \($0.select());" }.joined(separator: "\n")
