// Sparsity and entropy of one set of class profiles.

import Analytics
import SQLiteKit

extension ProfileSet {
  /// Writes an entropy row per class and, for true labels, a sparsity row per class and one for the run.
  func measureDisorder(
    in connection: borrowing Connection, _ summary: inout MeasureSummary
  ) throws {
    var reader = try reader(in: connection)
    let total = classes.reduce(0) { $0 + $1.samples }
    // Counters are at most their class's samples, so their sums fit as well.
    guard total <= UInt32.max else {
      throw damaged("the classes have \(total) samples together, more than can be counted")
    }
    var frequencies = classes.map { CountFrequencies(samples: $0.samples) }
    var whole = CountFrequencies(samples: total)
    for block in 0..<blocks {
      var sums: [UInt32] = []
      for (index, label) in classes.enumerated() {
        let counters = try reader.counters(block: block, of: label)
        frequencies[index].add(counters)
        guard grouping == .true else { continue }
        if sums.isEmpty { sums = [UInt32](repeating: 0, count: counters.count) }
        guard sums.count == counters.count else {
          throw damaged("block \(block) has another size for class \"\(label.key)\"")
        }
        for position in sums.indices { sums[position] += counters[position] }
      }
      whole.add(sums)
    }
    for (label, frequencies) in zip(classes, frequencies) {
      try write(entropy: frequencies, of: label, in: connection)
      summary.count("entropy")
    }
    guard grouping == .true else { return }
    for (label, frequencies) in zip(classes, frequencies) {
      try write(frequencies.sparsity, of: label, in: connection)
      summary.count("sparsity")
    }
    try write(whole.sparsity, of: nil, in: connection)
    summary.count("sparsity")
  }

  private func write(
    entropy frequencies: CountFrequencies, of label: Class, in connection: borrowing Connection
  ) throws {
    let entropy = frequencies.entropy
    try connection.run(
      """
      insert into entropy (run_id, layer_id, kind, grouping, class_id, n_samples, entropy,
        entropy_per_interaction)
      values (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      .integer(run), .integer(layer), .text(kind.rawValue), .text(grouping.rawValue),
      .integer(label.id), .integer(label.samples), .real(entropy),
      .real(entropy / Double(max(frequencies.interactions, 1))))
  }

  private func write(
    _ sparsity: Sparsity, of label: Class?, in connection: borrowing Connection
  ) throws {
    try connection.run(
      """
      insert into sparsity (run_id, layer_id, kind, class_id, n_samples, mean_proportion,
        never_share, always_share, histogram)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      .integer(run), .integer(layer), .text(kind.rawValue), Value(label?.id),
      .integer(sparsity.samples), .real(sparsity.meanProportion), .real(sparsity.neverShare),
      .real(sparsity.alwaysShare), .text(sparsity.histogramJSON))
  }
}
