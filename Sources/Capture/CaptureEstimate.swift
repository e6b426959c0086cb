// What is told of a job before it is carried out: how large its run will be, judged from some of its images.

internal import DataSets
internal import Networks
internal import Warehouse

extension CaptureJob {
  /// Judged from a few samples spread over the selection, as the data set has them.
  static func estimate(
    _ engine: CaptureEngine, _ probe: [Int], _ images: BatchImages, tokens: [Int]?,
    positions: [Int], classes: Int, profiles: ProfilePolicy?
  ) -> SizeEstimate {
    let count = probe.count
    var (active, rows) = ([Int](repeating: 0, count: engine.layers.count), [Int]())
    // All tokens of many images would not fit in memory.
    for first in stride(from: 0, to: count, by: tokens == nil ? count : 1) {
      let own = first..<(tokens == nil ? count : first + 1)
      let result = engine.forward(images.taking(own))
      for (index, layer) in result.layers.enumerated() {
        active[index] += layer.x.count { $0 != 0 }
      }
      rows = result.layers.map { count * ($0.tokens ?? 1) }
    }
    let layers = engine.layers.indices.map { index in
      SizeEstimate.Layer(
        shape: engine.layers[index].shape,
        activeInputs: Double(active[index]) / Double(rows[index]),
        isChained: engine.isChained[index])
    }
    let keyBytes = probe.reduce(0) { $0 + engine.data.keys[$1].utf8.count } / max(1, count)
    let mark = tokens.map { "#\($0.last ?? 0)".utf8.count } ?? 0
    return SizeEstimate(
      layers: layers, samples: positions.count, classes: classes, profiles: profiles,
      keyBytes: keyBytes + mark)
  }
}
