// The counters of a layer slab by slab, of several sources at once: for what needs whole rows. Measures of classes go tile by
// tile (TileGrid).

extension Warehouse {
  /// The slabs of a source that are read in one go.
  private func windows(_ source: CounterSource, classes: Int) -> [[Range<Int>]] {
    let slabs = CounterSource.slabs(rows: source.rows, columns: source.columns, classes: classes)
    guard source.isStreamed else { return slabs.map { [$0] } }
    // A pass over all samples is dear: as many slabs as fit.
    let rows = CounterSource.mostCounters / (source.columns * max(1, classes))
    var windows: [[Range<Int>]] = []
    for slab in slabs {
      if let last = windows.last, slab.upperBound - last[0].lowerBound <= rows {
        windows[windows.count - 1].append(slab)
      } else {
        windows.append([slab])
      }
    }
    return windows
  }

  /// Calls `body` with the counters of every slab: of each source, grouping and class.
  func forEachSlab(
    _ sources: [CounterSource], _ body: ([[[[UInt32]]]]) throws -> Void
  ) throws {
    let classes = sources.reduce(0) { $0 + $1.classes.reduce(0) { $0 + $1.count } }
    guard let widest = sources.first(where: \.isStreamed) ?? sources.first else { return }
    for window in windows(widest, classes: classes) {
      let rows = window[0].lowerBound..<window[window.count - 1].upperBound
      let streams = try sources.map { try $0.isStreamed ? streamed($0, rows) : [] }
      for slab in window {
        try body(
          zip(sources, streams).map { source, stream in
            guard source.isStreamed else { return try source.kept(slab, in: connection) }
            if window.count == 1 { return stream }
            let first = (slab.lowerBound - rows.lowerBound) * source.columns
            let end = (slab.upperBound - rows.lowerBound) * source.columns
            return stream.map { $0.map { Array($0[first..<end]) } }
          })
      }
    }
  }
}
