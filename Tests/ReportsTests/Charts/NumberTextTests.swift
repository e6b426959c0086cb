// Numbers as text.

import Reports
import Testing

@Suite struct NumberTextTests {
  @Test(
    arguments: [
      (0, "0"), (1, "1.00"), (0.012_34, "0.0123"), (0.000_123_4, "0.000123"),
      (0.000_012_34, "1.23e-5"), (4.567, "4.57"), (45.67, "45.7"), (456.7, "457"),
      (12_345, "12345"), (9_876_543, "9876543"), (12_345_678, "1.23e7"), (9.996, "10.0"),
      (0.099_96, "0.100"), (-0.5, "-0.500"), (.nan, "–"), (.infinity, "∞"), (-.infinity, "−∞"),
    ] as [(Double, String)])
  func threeSignificantDigits(_ value: Double, _ text: String) {
    #expect(NumberText.short(value) == text)
  }

  @Test func shares() {
    #expect(NumberText.percent(0.760_7) == "76.1 %")
    #expect(NumberText.percent(0.0) == "0 %")
    #expect(NumberText.percent(Double?.none) == "–")
  }

  @Test(arguments: [
    (1.0, 2, "1"), (1.5, 2, "1.5"), (-0.004, 2, "0"), (99.999, 2, "100"), (100, 0, "100"),
    (0.05, 3, "0.05"), (0, 2, "0"), (-12.5, 1, "-12.5"), (1e17, 2, "1e+17"), (7, 12, "7"),
    (1_234_567.891, 2, "1234567.89"), (0.1, 1, "0.1"), (.infinity, 2, "0"),
  ])
  func trailingZerosGo(_ value: Double, _ decimals: Int, _ text: String) {
    #expect(NumberText.trimmed(value, decimals: decimals) == text)
  }

  @Test func theLargestNumbersDoNotTrap() {
    for value in [Double.greatestFiniteMagnitude, -1e300, 1e-300, Double.leastNonzeroMagnitude] {
      #expect(!NumberText.short(value).isEmpty)
      #expect(!NumberText.fixed(value, decimals: 3).isEmpty)
    }
  }
}
