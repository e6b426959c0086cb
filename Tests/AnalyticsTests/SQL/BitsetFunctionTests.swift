import Analytics
import Bits
import SQLiteKit
import Testing

struct BitsetFunctionTests {
  static let shapes = [
    LayerShape(outputs: 1, inputs: 1, hasBias: false),
    LayerShape(outputs: 2, inputs: 3, hasBias: true),
    LayerShape(outputs: 13, inputs: 64, hasBias: true),
    LayerShape(outputs: 65, inputs: 127, hasBias: false),
  ]

  /// Some thousand bytes may tell of 2³² interactions, whose dense bits are half a gigabyte.
  @Test func denseBitsAreBounded() throws {
    let host = try FunctionHost()
    let side: [UInt8] = [0, 0, 1, 0]
    let blob = Value.blob(
      [0x45, 0x42, 1, 0] + side + side + [0, 0, 0, 0] + [UInt8](repeating: 0, count: 8192))
    #expect(try host.value("engram_popcount(?)", blob) == .integer(0))
    #expect(try host.value("engram_hamming(?1, ?1)", blob) == .integer(0))
    #expect(
      host.failure("length(engram_counts(?))", blob)?.hasSuffix(
        "at most 134217728 interactions are counted in one value") == true)
    for call in ["not(?1)", "dense(?1)", "and(?1, ?1)", "or(?1, ?1)", "xor(?1, ?1)"] {
      #expect(
        host.failure("length(engram_\(call))", blob)?.hasSuffix(
          "argument 1 is of a layer 65536 × 65536 without bias: dense bits are made of at most 1073741824 interactions"
        ) == true)
    }
  }

  @Test(arguments: shapes)
  func questionsOfOneBitset(shape: LayerShape) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(shape.interactions))
    for density in [0, 0.3, 1] {
      let sample = try RandomBits(shape, density: density, &generator)
      let blob = Value.blob(sample.blob)
      #expect(
        try host.value("engram_popcount(?)", blob) == .integer(sample.bits.count { $0 }))
      #expect(try host.value("engram_dense(?)", blob) == .blob(dense(sample.bits)))
      for _ in 0..<20 {
        let (i, j) = (generator.below(shape.outputs), generator.below(shape.columns))
        let expected = sample.bits[i * shape.columns + j] ? 1 : 0
        #expect(
          try host.value("engram_bit(?, ?, ?)", blob, .integer(i), .integer(j))
            == .integer(expected))
      }
    }
  }

  @Test(arguments: shapes)
  func questionsOfTwoBitsets(shape: LayerShape) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(shape.interactions) + 7)
    for density in [0, 0.4, 1] {
      let a = try RandomBits(shape, density: 0.5, &generator)
      let b = try RandomBits(shape, density: density, &generator)
      let both = zip(a.bits, b.bits).count { $0 && $1 }
      let either = zip(a.bits, b.bits).count { $0 || $1 }
      let (x, y) = (Value.blob(a.blob), Value.blob(b.blob))
      #expect(try host.value("engram_and_popcount(?, ?)", x, y) == .integer(both))
      #expect(try host.value("engram_hamming(?, ?)", x, y) == .integer(either - both))
      let jaccard = either == 0 ? 1 : Double(both) / Double(either)
      #expect(try host.value("engram_jaccard(?, ?)", x, y) == .real(jaccard))
      #expect(try host.value("engram_jaccard(?, ?)", x, x) == .real(1))
    }
  }

  @Test func errorsNameFunctionAndArgument() throws {
    let host = try FunctionHost()
    var generator = TestGenerator(1)
    let small = Value.blob(
      try RandomBits(LayerShape(outputs: 2, inputs: 3, hasBias: true), &generator).blob)
    let large = Value.blob(
      try RandomBits(LayerShape(outputs: 3, inputs: 3, hasBias: true), &generator).blob)
    #expect(
      host.failure("engram_popcount(?)", .blob([1, 2]))?
        .hasPrefix("engram_popcount: argument 1 is not a significance bitset: ") == true)
    #expect(
      host.failure("engram_popcount(?)", .text("x")) == "engram_popcount: argument 1 is not a blob")
    #expect(
      host.failure("engram_bit(?, 2, 0)", small)
        == "engram_bit: argument 2 is 2, not an output of the layer (0 to 1)")
    #expect(
      host.failure("engram_bit(?, 0, -1)", small)
        == "engram_bit: argument 3 is -1, not a column of the layer (0 to 3)")
    #expect(
      host.failure("engram_bit(?, '0', 1)", small) == "engram_bit: argument 2 is not an integer")
    #expect(
      host.failure("engram_jaccard(?, ?)", small, .blob([]))?
        .hasPrefix("engram_jaccard: argument 2 is not a significance bitset: ") == true)
    #expect(
      host.failure("engram_hamming(?, ?)", small, large)
        == "engram_hamming: argument 2 is of a layer 3 × 3 with bias, "
        + "argument 1 of 2 × 3 with bias")
  }
}
