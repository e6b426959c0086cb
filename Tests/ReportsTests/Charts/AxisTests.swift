// Positions, ticks, and the colours laid along an axis.

import Reports
import Testing

@Suite struct AxisTests {
  @Test(arguments: [
    (0.0, 1.0, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (0, 100, 5, ["0", "20", "40", "60", "80", "100"]), (0, 192, 4, ["0", "50", "100", "150"]),
    (-12, 90, 4, ["0", "50"]), (0, 0.004, 4, ["0.000", "0.001", "0.002", "0.003", "0.004"]),
    (0.3, 0.7, 4, ["0.3", "0.4", "0.5", "0.6", "0.7"]),
  ])
  func linearTicksAreRound(_ low: Double, _ high: Double, _ count: Int, _ labels: [String]) {
    #expect(Axis(low: low, high: high).ticks(count).map(\.label) == labels)
  }

  @Test(arguments: [1e-300, 1e-9, 0.003, 1, 7.77, 1e6, 1e12])
  func linearTicksLieWithinAndAreFew(_ high: Double) {
    let ticks = Axis(low: 0, high: high).ticks(5)
    #expect((2...11).contains(ticks.count))
    #expect(ticks.allSatisfy { $0.value >= 0 && $0.value <= high * 1.000_001 })
    #expect(Set(ticks.map(\.label)).count == ticks.count)
  }

  @Test func logarithmicTicksAscendWithinAndApart() {
    let axis = Axis(low: 2e-4, high: 3, transform: .logarithmic)
    let ticks = axis.ticks(5)
    #expect(ticks.map(\.label) == ["0.001", "0.01", "0.1", "3"])
    for (a, b) in zip(ticks, ticks.dropFirst()) {
      #expect(axis.position(b.value) - axis.position(a.value) >= 0.1)
    }
  }

  @Test func squareRootTicksStartAtZero() {
    let axis = Axis(low: 0, high: 0.6, transform: .squareRoot)
    let ticks = axis.ticks(7)
    #expect(ticks.first?.label == "0")
    #expect(ticks.last?.label == "0.6")
    #expect(axis.position(0.15) == 0.5)
    for (a, b) in zip(ticks, ticks.dropFirst()) {
      #expect(axis.position(b.value) - axis.position(a.value) >= 0.09)
    }
  }

  @Test func positionsAreClampedAndNeverNaN() {
    let axis = Axis(low: 0, high: 2)
    #expect(axis.position(1) == 0.5)
    #expect(axis.position(-5) == 0)
    #expect(axis.position(9) == 1)
    #expect(axis.position(.nan) == 0)
    #expect(Axis(low: 3, high: 3).position(3) == 0)
    #expect(Axis(low: 0, high: .nan).position(0.5).isFinite)
    let logarithmic = Axis(low: 0.01, high: 1, transform: .logarithmic)
    #expect(abs(logarithmic.position(0.1) - 0.5) < 1e-12)
    #expect(logarithmic.position(0) == 0)
  }

  @Test func rounding() {
    #expect(Axis.roundedUp(0.38) == 0.4)
    #expect(abs(Axis.roundedUp(0.3) - 0.3) < 1e-12)
    #expect(Axis.roundedUp(96) == 100)
    #expect(abs(Axis.roundedDown(0.0038) - 0.003) < 1e-12)
  }
}

@Suite struct ColorRampTests {
  @Test(arguments: [ColorRamp.divergence, .entropy])
  func sequentialRampsDarkenSteadily(_ ramp: ColorRamp) {
    let lightness = stride(from: 0.0, through: 1, by: 0.01).map { place in
      let (red, green, blue) = ramp.rgb(place)
      return 0.299 * red + 0.587 * green + 0.114 * blue
    }
    for (a, b) in zip(lightness, lightness.dropFirst()) { #expect(b < a) }
  }

  @Test func endsAndBeyond() {
    #expect(ColorRamp.divergence.hex(0) == "#ffffd9")
    #expect(ColorRamp.divergence.hex(1) == "#081d58")
    #expect(ColorRamp.divergence.hex(-3) == "#ffffd9")
    #expect(ColorRamp.divergence.hex(.nan) == "#ffffd9")
    #expect(ColorRamp([0x000000, 0x0A_141E]).hex(0.5) == "#050a0f")
  }

  @Test func aSignedScaleKeepsZeroNeutral() {
    let scale = ColorScale(signed: .signed, low: -10, high: 90)
    #expect(scale.hex(0) == "#f7f7f7")
    #expect(scale.hex(90) == ColorRamp.signed.hex(1))
    #expect(scale.hex(-10) == ColorRamp.signed.hex(0.5 - 0.5 / 9))
    #expect(ColorScale(signed: .signed, low: 0, high: 0).hex(0) == "#f7f7f7")
    #expect(ColorScale(signed: .signed, low: 3, high: 8).hex(0) == "#f7f7f7")
    #expect(ColorScale(signed: .signed, low: -8, high: -3).hex(-8) == ColorRamp.signed.hex(0))
  }

  @Test func wideRangesAreLogarithmic() {
    #expect(!ColorScale(ramp: .divergence, covering: [0.1, 2]).isLogarithmic)
    #expect(ColorScale(ramp: .divergence, covering: [0.01, 2]).isLogarithmic)
    #expect(!ColorScale(ramp: .divergence, covering: []).isLogarithmic)
    let scale = ColorScale(ramp: .divergence, covering: [1e-12, 2, .nan, 0])
    #expect(scale.axis.low > 1e-5)
  }

  @Test(arguments: [
    [.leastNonzeroMagnitude], [.leastNonzeroMagnitude, .leastNormalMagnitude / 2],
    [.leastNonzeroMagnitude, 2], [1e-300, 1e300], [1.7e308],
  ])
  func extremeValuesHaveAScale(_ values: [Double]) {
    let scale = ColorScale(ramp: .divergence, covering: values)
    #expect(scale.axis.low < scale.axis.high)
    for value in values { #expect((0...1).contains(scale.place(value))) }
  }

  @Test func neighbouringRunsDiffer() {
    let styles = (0..<32).map { RunStyle($0) }
    for i in 0..<31 { #expect(styles[i].color != styles[i + 1].color) }
    for i in 0..<24 { #expect(styles[i] != styles[i + 8]) }
  }
}
