// Every blob of weights, activations and bitsets: its checksum, whether it can be decoded to the layer's shape, and
// what else the row says of it.

internal import Bits
internal import SQLiteKit

extension Warehouse {
  /// - Returns: Whether the layer's weights are here and intact.
  func checkWeights(
    of layer: Stored<LayerRecord>, of model: String, _ all: inout Verification
  ) -> Bool {
    var isKept = false
    let isIntact = all.check("weights", layer: layer) { problems, _ in
      let hash = try connection.first(
        "select weights_sha256 from layer where layer_id = ?", .integer(layer.id))
      var rows = try connection.prepare(
        "select block, weight, bias, checksum from layer_weight where layer_id = ? order by block")
      try rows.bind(layer.id, at: 1)
      while try rows.step() {
        isKept = true
        if Checksum.of(rows.blob(1), rows.blob(2)) != rows.int(3) {
          problems.add("model \(model), block \(rows.int(0)): its bytes do not have its checksum")
        }
      }
      guard case .text(let expected)? = hash else {
        if isKept { problems.add("model \(model): blocks without weights_sha256") }
        let derived = try connection.integer(
          """
          select count(*) from run join run_layer using (run_id)
          where layer_id = ? and run.bitsets = 'derived' and run.activations = 'stored' and exists
            (select 1 from prediction where prediction.run_id = run.run_id)
          """, .integer(layer.id))
        if derived != 0 {
          problems.add("model \(model): missing, while bitsets are to be derived with them")
        }
        return "model \(model): not in the file"
      }
      guard problems.count == 0 else { return "" }
      let weights = try weights(of: layer)
      if weights.contentHash != expected {
        problems.add("model \(model): they do not have weights_sha256")
      }
      return "model \(model): \(layer.outputs) × \(layer.columns)"
    }
    return isIntact && isKept
  }

  func checkActivations(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ problems: inout Problems,
    _ all: inout Verification
  ) throws -> String {
    var rows = try connection.prepare(
      """
      select sample.key, x is null, x, z, checksum from activation join sample using (sample_id)
      where run_id = ? and layer_id = ?
      """)
    try rows.bind([.integer(run.id), .integer(layer.id)])
    var count = 0
    while try rows.step() {
      count += 1
      all.advance()
      let place = "sample \(rows.text(0))"
      if Checksum.of(rows.blob(2), rows.blob(3)) != rows.int(4) {
        problems.add("\(place): its bytes do not have its checksum")
        continue
      }
      do throws(BitsError) {
        if rows.int(1) == 0 { _ = try SparseVector.decode(rows.blob(2), count: layer.inputs) }
        _ = try FloatVector.decode(rows.blob(3), count: layer.outputs)
      } catch {
        problems.add("\(place): \(error)")
      }
    }
    return "\(count) samples"
  }

  func checkBitsets(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ problems: inout Problems,
    _ all: inout Verification
  ) throws -> String {
    let shape = try layer.record.shape
    var rows = try connection.prepare(
      """
      select sample.key, bits is null, bits, checksum, n_significant
      from significance join sample using (sample_id) where run_id = ? and layer_id = ?
      """)
    try rows.bind([.integer(run.id), .integer(layer.id)])
    var count = 0
    while try rows.step() {
      count += 1
      all.advance()
      let place = "sample \(rows.text(0))"
      guard rows.int(1) == 0 else {
        if !(0...shape.interactions).contains(rows.int(4)) {
          problems.add("\(place): n_significant is \(rows.int(4)) of \(shape.interactions)")
        }
        continue
      }
      let bits = rows.blob(2)
      if Checksum.of(bits) != rows.int(3) {
        problems.add("\(place): its bytes do not have its checksum")
        continue
      }
      do throws(BitsError) {
        let found = try Significance.header(bits).shape
        guard found == shape else {
          problems.add("\(place): a bitset of \(found), expected \(shape)")
          continue
        }
        let significant = try Significance.popcount(bits)
        if significant != rows.int(4) {
          problems.add("\(place): n_significant is \(rows.int(4)), its bits are \(significant)")
        }
      } catch {
        problems.add("\(place): \(error)")
      }
    }
    return "\(count) \(run.hasBits ? run.bitsets.rawValue : ActivationPolicy.omitted.rawValue)"
  }
}
