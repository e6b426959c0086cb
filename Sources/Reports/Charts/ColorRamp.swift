// Colours: ramps whose lightness falls steadily, so that they survive grey printing and colour
// blindness, and the palette of the runs. The ramps are ColorBrewer's (Cynthia Brewer): YlGnBu,
// Oranges without its palest end, PuOr turned round; the palette is Okabe and Ito's.

/// Colours along a line, interpolated between equally spaced stops.
package struct ColorRamp: Sendable {
  private let stops: [UInt32]

  package init(_ stops: [UInt32]) {
    precondition(stops.count >= 2, "a ramp needs two colours")
    self.stops = stops
  }

  package static let divergence = ColorRamp([
    0xFF_FFD9, 0xED_F8B1, 0xC7_E9B4, 0x7F_CDBB, 0x41_B6C4, 0x1D_91C0, 0x22_5EA8, 0x25_3494,
    0x08_1D58,
  ])
  package static let entropy = ColorRamp([
    0xFE_E6CE, 0xFD_D0A2, 0xFD_AE6B, 0xFD_8D3C, 0xF1_6913, 0xD9_4801, 0xA6_3603, 0x7F_2704,
  ])
  /// Orange below the middle, purple above.
  package static let signed = ColorRamp([
    0x7F_3B08, 0xB3_5806, 0xE0_8214, 0xFD_B863, 0xFE_E0B6, 0xF7_F7F7, 0xD8_DAEB, 0xB2_ABD2,
    0x80_73AC, 0x54_2788, 0x2D_004B,
  ])

  /// The colour at `position`, 0 to 1, as red, green, blue from 0 to 255.
  package func rgb(_ position: Double) -> (red: Double, green: Double, blue: Double) {
    let place = min(1, max(0, position.isNaN ? 0 : position)) * Double(stops.count - 1)
    let index = min(stops.count - 2, Int(place))
    let share = place - Double(index)
    func channel(_ shift: UInt32) -> Double {
      let a = Double((stops[index] >> shift) & 0xFF)
      let b = Double((stops[index + 1] >> shift) & 0xFF)
      return a + (b - a) * share
    }
    return (channel(16), channel(8), channel(0))
  }

  /// "#rrggbb".
  package func hex(_ position: Double) -> String {
    let (red, green, blue) = rgb(position)
    return "#"
      + [red, green, blue].map { value in
        let digits = String(Int(value.rounded()), radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }

  /// Whether white text reads better than black on the colour at `position`.
  package func isDark(_ position: Double) -> Bool {
    let (red, green, blue) = rgb(position)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140
  }
}

/// A ramp laid along an axis: what a heat map and its legend share.
package struct ColorScale: Sendable {
  package let ramp: ColorRamp
  package let axis: Axis
  /// The part of the ramp that the axis covers; a signed scale keeps zero in the ramp's middle.
  private let first: Double
  private let last: Double

  package init(ramp: ColorRamp, axis: Axis) {
    (self.ramp, self.axis, first, last) = (ramp, axis, 0, 1)
  }

  /// Zero is the ramp's middle, and equal distances from it are equally strong on either side.
  package init(signed ramp: ColorRamp, low: Double, high: Double) {
    let reach = max(abs(low), abs(high), 1e-12)
    self.ramp = ramp
    axis = Axis(low: min(low, 0), high: max(high, 0, low >= 0 ? reach : 0))
    first = 0.5 + 0.5 * axis.low / reach
    last = 0.5 + 0.5 * min(axis.high, reach) / reach
  }

  /// The scale of all `values` together: linear, or logarithmic where they span more than a factor of 30.
  /// Below 1e-300 everything is zero: subnormal values have no powers of ten to round to.
  package init(ramp: ColorRamp, covering values: [Double]) {
    let known = values.filter { $0.isFinite && $0 >= 1e-300 }
    let low = known.min() ?? 0
    let high = known.max() ?? 0
    if low > 0, high / low > 30 {
      let floor = Axis.roundedDown(max(low, high / 1e4))
      let top = Axis.roundedUp(high)
      self.init(ramp: ramp, axis: Axis(low: floor, high: top, transform: .logarithmic))
    } else {
      self.init(ramp: ramp, axis: Axis(low: 0, high: high > 0 ? Axis.roundedUp(high) : 1))
    }
  }

  package var isLogarithmic: Bool { axis.transform == .logarithmic }
  /// Where `value` lies on the ramp, from 0 to 1.
  package func place(_ value: Double) -> Double { first + (last - first) * axis.position(value) }
  /// The colour of `value`: "#rrggbb".
  package func hex(_ value: Double) -> String { ramp.hex(place(value)) }
  /// Whether white text reads better than black on the colour of `value`.
  package func isDark(_ value: Double) -> Bool { ramp.isDark(place(value)) }
  /// The colour at a share of the axis' length.
  package func hex(along share: Double) -> String { ramp.hex(first + (last - first) * share) }
}

/// How one run is drawn in every chart of a page.
package struct RunStyle: Sendable, Equatable {
  package let color: String
  package let dash: String

  package init(_ index: Int) {
    precondition(index >= 0, "runs are numbered from zero")
    color = Self.colors[index % Self.colors.count]
    dash = Self.dashes[(index + index / Self.colors.count) % Self.dashes.count]
  }

  /// Indices that far apart have one colour.
  package static var count: Int { colors.count }
  /// Colours that no state of training has.
  static var others: Int { count - StudyState.allCases.count }

  private static let colors = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7A5195",
  ]
  private static let dashes = ["none", "7 3", "2 2", "9 3 2 3"]
}
