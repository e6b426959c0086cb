// Operations that take elements to other places and repeat them.

import ModelFiles
import Networks
import Testing
import WeightFiles

extension LoweringTests {
  /// x[:, :, [[0], [-1]], [1, 3]]: rows 0 and 3 of columns 1 and 3.
  @Test func severalAxesAreIndexed() throws {
    func indices(_ name: String, _ shape: [Int], _ values: [UInt8]) -> ModelConstant {
      ModelConstant(name: name, type: .int8, shape: shape) { values }
    }
    let parts = [indices("i", [2, 1], [0, 255]), indices("j", [2], [1, 3])]
    func indexed(_ list: [Argument]) throws -> [Float] {
      try run(applied(.index, ["indices": .list(list)], parts), image)
    }
    let y = try indexed([.list([]), .list([]), .value("i"), .value("j")])
    let expected = (0..<12).map { (at: Int) -> Float in
      let (channel, row, column) = (at / 4, at / 2 % 2 * 3, at % 2 * 2 + 1)
      return image[channel * 16 + row * 4 + column]
    }
    #expect(y == expected)
    let error = #expect(throws: NetworkError.self) {
      try indexed([.list([]), .value("j"), .list([]), .value("j")])
    }
    #expect(
      error?.description.contains("axes that follow each other, found those of [1, 3]") == true)
  }

  @Test func valuesAreRepeated() throws {
    let y = try run(
      graph([
        Operation(
          .tile, origin: "Tile", ["input": .value("x"), "repeats": .ints([1, 2, 1, 3])],
          outputs: ["t"]),
        Operation(
          .flatten, origin: "flatten", ["input": .value("t"), "start": .int(1)], outputs: ["y"]),
      ]), image)
    let expected = (0..<6 * 4 * 12).map { (place: Int) -> Float in
      let (channel, row, column) = (place / 48 % 3, place / 12 % 4, place % 12 % 4)
      return image[channel * 16 + row * 4 + column]
    }
    #expect(y == expected)
  }

  /// x[:, :, 1:3, ::] = −x[:, :, :2, :1] broadcast over the columns.
  @Test func partsAreReplaced() throws {
    let y = try run(
      graph([
        Operation(
          .slice, origin: "Slice",
          [
            "input": .value("x"), "axes": .ints([2, 3]), "starts": .ints([0, 0]),
            "ends": .ints([2, 1]),
          ], outputs: ["s"]),
        Operation(.negation, origin: "Neg", ["input": .value("s")], outputs: ["n"]),
        Operation(
          .replaceSlice, origin: "slice_scatter",
          [
            "input": .value("x"), "source": .value("n"), "axes": .ints([2, 3]),
            "starts": .ints([1, 0]), "ends": .ints([3, 3]),
          ], outputs: ["r"]),
        Operation(
          .flatten, origin: "flatten", ["input": .value("r"), "start": .int(1)], outputs: ["y"]),
      ]), image)
    let expected = image.indices.map { (place: Int) -> Float in
      let (row, column) = (place / 4 % 4, place % 4)
      return (1...2).contains(row) && column < 3
        ? -image[place / 16 * 16 + (row - 1) * 4] : image[place]
    }
    #expect(y == expected)
  }

  /// Windows of three rows, one apart, of two columns, two apart.
  @Test func windowsAreTakenOut() throws {
    let unfolded = Operation(
      .unfold, origin: "unfold",
      ["input": .value("x"), "axis": .int(2), "size": .int(3), "step": .int(1)], outputs: ["u"])
    let y = try run(
      graph([
        unfolded,
        Operation(
          .unfold, origin: "unfold",
          ["input": .value("u"), "axis": .int(3), "size": .int(2), "step": .int(2)],
          outputs: ["r"]),
        Operation(
          .flatten, origin: "flatten", ["input": .value("r"), "start": .int(1)], outputs: ["y"]),
      ]), image)
    let expected = (0..<72).map { (place: Int) -> Float in
      let (channel, top, left) = (place / 24, place / 12 % 2, place / 6 % 2 * 2)
      let (row, column) = (top + place / 2 % 3, left + place % 2)
      return image[channel * 16 + row * 4 + column]
    }
    #expect(y == expected)
  }

  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func elementsAreSummedUp(excludes: Bool, isReversed: Bool) throws {
    let settings: [String: Argument] = [
      "axis": .int(2), "excludes": .bool(excludes), "reversed": .bool(isReversed),
    ]
    let y = try run(applied(.cumulativeSum, settings), image)
    for (place, found) in y.enumerated() {
      let row = place / 4 % 4
      let others = (0..<4).filter { (other: Int) -> Bool in
        other == row ? !excludes : isReversed ? other > row : other < row
      }
      let sum = others.reduce(0.0) { (sum: Double, row: Int) -> Double in
        sum + Double(image[place / 16 * 16 + row * 4 + place % 4])
      }
      #expect(abs(Double(found) - sum) < 1e-5)
    }
    // The same of a constant, which is added to nothing.
    let constants = [constant("c", [1, 3, 4, 4], image)]
    let folded = try run(
      graph(
        [
          Operation(
            .cumulativeSum, origin: "CumSum", settings.merging(["input": .value("c")]) { $1 },
            outputs: ["s"]),
          Operation(.multiply, origin: "Mul", ["a": .value("x"), "b": .float(0)], outputs: ["z"]),
          Operation(.add, origin: "Add", ["a": .value("z"), "b": .value("s")], outputs: ["r"]),
          Operation(
            .flatten, origin: "flatten", ["input": .value("r"), "start": .int(1)], outputs: ["y"]),
        ], constants), image)
    #expect(zip(y, folded).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
