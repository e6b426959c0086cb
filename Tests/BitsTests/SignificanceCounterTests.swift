import Bits
import Testing

/// Compares the counter with the definition written out in `Example`.
struct SignificanceCounterTests {
  private func count(_ example: Example) -> [Int] {
    SignificanceCounter(shape: example.shape, weight: example.weight, bias: example.bias)
      .count(x: example.x.span, z: example.z.span, count: example.count)
  }

  private func expected(_ example: Example) -> [Int] {
    (0..<example.count).map { sample in example.bits(sample).count { $0 } }
  }

  @Test(arguments: edgeShapes)
  func agreesWithTheDefinitionAtEverySize(shape: LayerShape) {
    let example = Example(shape, count: 7)
    #expect(count(example) == expected(example))
  }

  @Test(arguments: [0, 1, 3, 4, 5, 31, 32, 33])
  func samplesDoNotDependOnTheirNeighbours(samples: Int) {
    let example = Example(LayerShape(outputs: 19, inputs: 21, hasBias: true), count: samples)
    #expect(count(example) == expected(example))
  }

  @Test func longRowsAreCountedWhole() {
    let example = Example(LayerShape(outputs: 5, inputs: 4099, hasBias: true), count: 6)
    #expect(count(example) == expected(example))
  }

  @Test func sumsThatAreNoneOrTinyAreToldApart() {
    var example = Example(LayerShape(outputs: 9, inputs: 35, hasBias: true), count: 1)
    let tiny = Float.leastNonzeroMagnitude
    example.z = [0, -0.0, .nan, .infinity, -.infinity, 1e-30, -1e-30, tiny, -tiny]
    #expect(count(example) == expected(example))
    #expect(count(example)[0] > 0)
  }
}
