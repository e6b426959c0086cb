// Table-valued functions: what a blob holds, as rows.
//
// engram_bits(bits) → output, column
//   R1  The significant interactions of a bitset, column by column and within a column by output.
// engram_elements(vector [, n]) → position, value
//   R2  The elements of a plain vector; with n those of a sparse vector of n elements that are not zero. A value that
//       is not finite is NULL.
// engram_histogram_bins(counts) → bin, low, high, share
//   R3  The 20 bins of engram_histogram; no rows for a profile of no samples.
// engram_counts_rows(counts) → output, column, count, proportion
//   R4  The counters of a block, row-major; proportion is NULL for a profile of no samples.
// engram_functions() → name, parameters, kind, summary, example
//   R5  Every function of Engram.

import Bits

extension SQLTable {
  static let tables: [SQLTable] = [
    SQLTable(
      name: "engram_bits", parameters: "bits", columns: ["output", "column"],
      summary: "the significant interactions of a bitset, a row each",
      example: SQLExample(
        "select group_concat(output || '-' || \"column\", ' ') from engram_bits(engram_bitset(x'2D', 2, 3, 0))",
        "0-0 1-0 0-2 1-2")
    ) { arguments throws(SQLFunctionError) in
      let header = try arguments.significance(0, Significance.header)
      let columns = try arguments.significance(0, Significance.activeColumns)
      let bits = try arguments.blob(0)
      return BitRows(
        header, columns, unsafe bits.withUnsafeBytes { unsafe Array($0) })
    },
    SQLTable(
      name: "engram_elements", parameters: "vector [, n]", columns: ["position", "value"],
      summary:
        "the elements of a plain vector, or those of a sparse one of n elements that are not zero",
      example: SQLExample(
        "select group_concat(position || ':' || value, ' ') from engram_elements(engram_vector('[1, 0, 2]'))",
        "0:1.0 1:0.0 2:2.0")
    ) { arguments throws(SQLFunctionError) in
      let isSparse = arguments.count > 1
      let vector =
        isSparse
        ? try arguments.sparseVector(0, count: 1).map(Double.init) : try arguments.wideVector(0)
      return ComputedRows(
        isSparse ? vector.indices.filter { vector[$0] != 0 } : Array(vector.indices)
      ) {
        $1 == 0 ? .integer($0) : SQLResult(vector[$0])
      }
    },
    SQLTable(
      name: "engram_histogram_bins", parameters: "counts",
      columns: ["bin", "low", "high", "share"],
      summary: "the 20 bins of `engram_histogram`",
      example: SQLExample(
        "select bin, low, high, share from engram_histogram_bins((select engram_counts(engram_bitset(x'01', 1, 2, 0)))) where share > 0",
        "0|0.0|0.05|0.5\n19|0.95|1.0|0.5")
    ) { arguments throws(SQLFunctionError) in
      let block = try arguments.counts(0)
      let shares = block.samples == 0 ? [] : block.frequencies.sparsity.histogram
      return ComputedRows(Array(shares.indices)) { bin, column in
        switch column {
        case 0: .integer(bin)
        case 1: .real(Double(bin) / Double(shares.count))
        case 2: .real(Double(bin + 1) / Double(shares.count))
        default: .real(shares[bin])
        }
      }
    },
    SQLTable(
      name: "engram_counts_rows", parameters: "counts",
      columns: ["output", "column", "count", "proportion"],
      summary: "the counters of a block of class counts, a row each",
      example: SQLExample(
        "select output, \"column\", count, proportion from engram_counts_rows((select engram_counts(engram_bitset(x'01', 1, 2, 0))))",
        "0|0|1|1.0\n0|1|0|0.0")
    ) { arguments throws(SQLFunctionError) in CounterRows(try arguments.counts(0)) },
    SQLTable(
      name: "engram_functions", parameters: "",
      columns: ["name", "parameters", "kind", "summary", "example"],
      summary: "every function of Engram",
      example: SQLExample("select count(*) from engram_functions where name = 'engram_kl'", "1")
    ) { _ in
      let entries = FunctionReference.entries
      return ComputedRows(Array(entries.indices)) { index, column in
        let entry = entries[index]
        return .text(
          [entry.name, entry.parameters, entry.kind, entry.summary, entry.example.sql][column])
      }
    },
  ]
}

/// Rows that are a number each, computed when asked for.
private final class ComputedRows: SQLTableRows {
  private let items: [Int]
  private var position = -1
  private let compute: (_ item: Int, _ column: Int) -> SQLResult

  init(_ items: [Int], _ compute: @escaping (Int, Int) -> SQLResult) {
    self.items = items
    self.compute = compute
  }

  override func next() -> Bool {
    position += 1
    return position < items.count
  }

  override func value(_ column: Int) -> SQLResult {
    column < 5 && items.indices.contains(position) ? compute(items[position], column) : .null
  }
}

private final class CounterRows: SQLTableRows {
  private let block: CountsBlock
  private var position = -1

  init(_ block: CountsBlock) { self.block = block }

  override func next() -> Bool {
    position += 1
    return position < block.counters.count
  }

  override func value(_ column: Int) -> SQLResult {
    switch column {
    case 0: return .integer(block.firstRow + position / block.columns)
    case 1: return .integer(position % block.columns)
    case 2: return .integer(Int(block.counters[position]))
    case 3:
      let samples = Double(block.samples)
      return SQLResult(samples > 0 ? Double(block.counters[position]) / samples : nil)
    default: return .null
    }
  }
}

private final class BitRows: SQLTableRows {
  private let header: Significance.Header
  private let columns: [Int]
  private let bits: [UInt8]
  private var row = 0
  private var output = -1

  init(_ header: Significance.Header, _ columns: [Int], _ bits: [UInt8]) {
    self.header = header
    self.columns = columns
    self.bits = bits
  }

  override func next() -> Bool {
    output += 1
    while row < columns.count {
      let start = header.rowsOffset + row * header.rowBytes
      while output < header.shape.outputs {
        let byte = bits[start + output / 8] >> UInt8(output % 8)
        if byte & 1 == 1 { return true }
        // What is left of a byte without bits is passed over at once.
        output += byte == 0 ? 8 - output % 8 : 1
      }
      row += 1
      output = 0
    }
    return false
  }

  override func value(_ column: Int) -> SQLResult {
    guard row < columns.count else { return .null }
    return column == 0 ? .integer(output) : column == 1 ? .integer(columns[row]) : .null
  }
}
