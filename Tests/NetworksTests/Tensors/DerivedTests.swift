// Values that are computed of parameters alone, and how maps are cut into windows.

import NetworkTestSupport
import Networks
import Testing
import WeightFiles

struct DerivedTests {
  /// x times a value that is derived of a parameter.
  private func scaled(_ derived: Derived, parameter shape: [Int]) -> Network {
    let output = derived.output
    let count = shape.reduce(1, *)
    return Network(
      Architecture(
        name: "derived", input: output,
        nodes: [
          Node("input", .input, inputs: []),
          Node(
            "own", .constant(Constant(shape: shape, output: MapShape(vector: count))),
            inputs: [0]),
          Node("derived", .derived(derived), inputs: [1]),
          Node(
            "product",
            .broadcast(
              Broadcast(.multiply, [output.count], [output.count], output: output)),
            inputs: [0, 2]),
        ]), seed: 1)
  }

  private func values(_ network: Network, _ parameter: Tensor) throws -> [Float] {
    try network.load(["own.value": parameter], path: "x")
    let count = network.architecture.input.count
    let ones = [Float](repeating: 1, count: 2 * count)
    let found = network.pullback(ones, count: 2, cotangent: ones, parameters: false)
    #expect(found.output == found.inputs)
    #expect(found.output == network.forward(ones, count: 2).logits)
    #expect(found.output.prefix(count) == found.output.suffix(count))
    return Array(found.output.prefix(count))
  }

  /// Computed anew of what is loaded; logarithms count as ln 100 at most.
  @Test func factorsOfCosinesAreBounded() throws {
    let network = scaled(
      Derived(.headScales(heads: 2), output: MapShape(vector: 6)), parameter: [2, 1, 1])
    let first = try values(network, Tensor(shape: [2, 1, 1], values: [0, 50]))
    #expect(relativeError(first, [1, 100, 1, 1, 1, 1]) < 1e-7)
    let second = try values(network, Tensor(shape: [2, 1, 1], values: [1, -1]))
    #expect(relativeError(second, [2.718281828, 0.36787944, 1, 1, 1, 1]) < 1e-7)
  }

  @Test func keysHaveNoBias() throws {
    let network = scaled(
      Derived(.biasWithoutKeys, output: MapShape(vector: 6)), parameter: [6])
    let found = try values(network, Tensor(shape: [6], values: [1, 2, 3, 4, 5, 6]))
    #expect(found == [1, 2, 0, 0, 5, 6])
  }

  /// Of a window of 2 × 2 the table's rows are distances of −1, 0, 1 rows, each of as many columns.
  @Test func positionsAreRelative() throws {
    let positions = Derived(
      .relativePositions(window: 2, heads: 1),
      output: MapShape(channels: 4, height: 4, width: 1))
    let network = scaled(positions, parameter: [9, 1])
    let found = try values(network, Tensor(shape: [9, 1], values: (0..<9).map(Float.init)))
    // Outside, positions are innermost.
    let byQuery = (0..<16).map { found[$0 % 4 * 4 + $0 / 4] }
    #expect(byQuery == [4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4])
  }

  /// What is cut and put together again is the map, where windows fill it and where they do not.
  @Test(arguments: [(8, 4, 0), (8, 4, 2), (6, 4, 2), (5, 7, 3), (9, 7, 3)])
  func windowsAreParted(side: Int, window: Int, shift: Int) throws {
    let map = MapShape(channels: 3, height: side, width: side)
    let windows = ShiftedWindows(map, window: window, shift: shift)
    let along = (side + window - 1) / window
    #expect(windows.count == along * along)
    let there = windows.partition.table.indices(count: windows.shape.count)
    let back = windows.reversal.table.indices(count: map.count)
    #expect(back.map { there[Int($0)] } == (0..<Int32(map.count)).map { $0 })
    #expect(there.count { $0 < 0 } == windows.shape.count - map.count)
    // One window is the whole map: nothing is moved.
    if side <= window { #expect(there[0] == 0) }
    if side > window, shift > 0 { #expect(there[0] == Int32((shift * side + shift) * 3)) }
  }
}
