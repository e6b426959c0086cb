import Bits
import TestSupport
import Testing

/// Compares the encoder with the definition written out in `Example`.
struct SignificanceEncoderTests {
  @Test(arguments: edgeShapes)
  func agreesWithTheDefinitionAtEverySize(shape: LayerShape) {
    let example = Example(shape, count: 3)
    #expect(difference(example.encode(), (0..<3).map(example.stored)) == nil)
  }

  @Test(arguments: [1, 15, 16, 17, 33])
  func samplesDoNotDependOnTheirNeighbours(count: Int) {
    let example = Example(LayerShape(outputs: 19, inputs: 21, hasBias: true), count: count)
    #expect(difference(example.encode(), (0..<count).map(example.stored)) == nil)
  }

  @Test func noSamplesGiveNoBlobs() {
    #expect(Example(LayerShape(outputs: 2, inputs: 2, hasBias: true), count: 0).encode().isEmpty)
  }

  @Test func rowsWithoutAFinitePositiveOrNegativeSumHaveNone() throws {
    let shape = LayerShape(outputs: 7, inputs: 9, hasBias: true)
    var example = Example(shape, count: 1, zeros: 0)
    example.z = [0, -0.0, .nan, .infinity, -.infinity, 1e-30, -1e-30]
    let blob = try #require(example.encode().first)
    #expect(difference(blob, example.stored(0)) == nil)
    let densities = try Significance.rowDensities(blob.span.bytes)
    #expect(densities.prefix(5).allSatisfy { $0 == 0 })
    #expect(densities.suffix(2).allSatisfy { $0 > 0 })
  }

  /// τ rounds to zero here, and a term of the right sign is still more than it.
  @Test func aThresholdThatUnderflowsKeepsItsSign() throws {
    let shape = LayerShape(outputs: 4, inputs: 8, hasBias: false)
    var example = Example(shape, count: 1, zeros: 0.3)
    let tiny = Float.leastNonzeroMagnitude
    example.z = [tiny, -tiny, 3 * tiny, -3 * tiny]
    #expect(example.z[0] / 8 == 0)
    #expect(difference(example.encode(), [example.stored(0)]) == nil)
    let blob = example.stored(0)
    #expect(try Significance.popcount(blob.span.bytes) > 0)
  }

  @Test func tiesAreNotSignificant() throws {
    let shape = LayerShape(outputs: 2, inputs: 4, hasBias: true)
    let encoder = SignificanceEncoder(
      shape: shape, weight: [1, 2, 0.5, 1.5, -1, -2, -0.5, -1.5], bias: [1, -1])
    // τ = 4 / 4 and −4 / 4: terms of exactly ±1 must not count.
    let blob = encoder.encode(x: [1, 1, 1, 1].span, z: [4, -4].span, count: 1)[0]
    #expect(
      try Significance.dense(blob.span.bytes)
        == packed([false, true, false, true, false, false, true, false, true, false]))
  }

  @Test func zeroInputsHaveNoRows() throws {
    let shape = LayerShape(outputs: 9, inputs: 10, hasBias: true)
    let example = Example(shape, count: 2, zeros: 1)
    for blob in example.encode() {
      #expect(try Significance.activeColumns(blob.span.bytes) == [10])
    }
    let bare = Example(LayerShape(outputs: 9, inputs: 10, hasBias: false), count: 1, zeros: 1)
    let blob = bare.encode()[0]
    #expect(blob.count == 16 + 2)
    #expect(try Significance.popcount(blob.span.bytes) == 0)
  }

  @Test func inputsThatAreNotFiniteFollowTheDefinition() {
    var example = Example(LayerShape(outputs: 17, inputs: 6, hasBias: true), count: 1, zeros: 0)
    example.x = [.nan, .infinity, -.infinity, 0.5, -0.0, .leastNonzeroMagnitude]
    example.weight[0] = 0
    example.weight[1] = 0
    example.z = (0..<17).map { $0 % 2 == 0 ? 0.25 : -0.25 }
    #expect(difference(example.encode(), [example.stored(0)]) == nil)
  }

  /// One rounding for the product, then the comparison: a fused operation would differ.
  @Test func termsAreRoundedToFloat32() throws {
    var random = TestGenerator(state: 7)
    let shape = LayerShape(outputs: 64, inputs: 1, hasBias: false)
    var example = Example(shape, count: 1, zeros: 0, seed: 3)
    example.x = [Float.random(in: 1...2, using: &random)]
    // Every row's sum is its only term: a == τ after rounding, never before it.
    example.z = (0..<64).map { example.term(0, $0, 0) }
    let blob = try #require(example.encode().first)
    #expect(try Significance.popcount(blob.span.bytes) == 0)
    example.z = example.z.map { $0 > 0 ? $0.nextDown : $0.nextUp }
    let exceeded = example.encode()[0]
    #expect(try Significance.popcount(exceeded.span.bytes) == 64)
  }

  @Test func severalThreadsMayEncodeAtOnce() async {
    let example = Example(LayerShape(outputs: 65, inputs: 130, hasBias: true), count: 20)
    let encoder = SignificanceEncoder(
      shape: example.shape, weight: example.weight, bias: example.bias)
    let expected = example.encode()
    await withTaskGroup(of: [[UInt8]].self) { group in
      for _ in 0..<4 {
        group.addTask { encoder.encode(x: example.x.span, z: example.z.span, count: 20) }
      }
      for await blobs in group { #expect(blobs == expected) }
    }
  }
}
