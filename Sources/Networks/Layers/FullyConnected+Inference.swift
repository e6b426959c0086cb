// The fully connected layer as inference computes it: few rows, in tiles that may run concurrently.

internal import CKernels

extension FullyConnected {
  /// Outputs of a tile: enough that reading their weights takes longer than starting a tile.
  static let tile = 96

  /// Tiles that a call of `forward` is made for.
  package var tileCount: Int { (outputs + Self.tile - 1) / Self.tile }

  /// Computes one tile of z, rows × outputs. A row's values do not depend on how many rows there
  /// are.
  package func forward(
    tile: Int, x: Floats, rows: Int, inputs: Int, weight: Floats, bias: Floats?, z: Floats
  ) {
    let first = tile * Self.tile
    let part = unsafe bias.map { unsafe $0 + first }
    unsafe engram_row_products(
      x, rows, inputs, weight + first * inputs, min(Self.tile, outputs - first), part,
      z + first, outputs)
  }
}
