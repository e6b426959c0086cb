// A value as the elements of another one, moved and multiplied by constants: what is left of reshaping, transposing, rolling,
// padding, cutting and putting together.

/// Element e is base[places[e]] · factor · factors[e], or 0.
struct PlacedValue {
  /// The number of what computed the elements.
  let base: Int
  let count: Int
  /// Negative for 0; nil where every element stands where it stood.
  private(set) var places: [Int32]?
  private(set) var factor: Float = 1
  private(set) var factors: [Float]?

  /// A value as it was computed.
  init(base: Int, count: Int) { (self.base, self.count) = (base, count) }

  private init(_ value: PlacedValue, count: Int, places: [Int32]?, factors: [Float]?) {
    self.init(base: value.base, count: count)
    (self.places, self.factors, factor) = (places, factors, value.factor)
  }

  /// Whether it is the base itself.
  var isWhole: Bool { places == nil && factors == nil && factor == 1 }

  func place(_ element: Int) -> Int32 { places?[element] ?? Int32(element) }

  /// What an element is multiplied by.
  func factor(_ element: Int) -> Float { factor * (factors?[element] ?? 1) }

  /// - Parameter indices: Of every element, which one of this value it is; negative for 0.
  func moved(by indices: [Int32]) -> PlacedValue {
    PlacedValue(
      self, count: indices.count,
      places: places.map { own in indices.map { $0 < 0 ? -1 : own[Int($0)] } } ?? indices,
      factors: factors.map { own in indices.map { $0 < 0 ? 0 : own[Int($0)] } })
  }

  func multiplied(by number: Float) -> PlacedValue {
    var result = self
    result.factor *= number
    return result
  }

  /// - Parameter numbers: For every element.
  func multiplied(by numbers: [Float]) -> PlacedValue {
    PlacedValue(
      self, count: count, places: places,
      factors: factors.map { own in zip(own, numbers).map { $0 * $1 } } ?? numbers)
  }

  /// The same places in something that was computed of the base's elements where they stand.
  func over(_ base: Int) -> PlacedValue {
    var result = PlacedValue(base: base, count: count)
    result.places = places
    return result
  }

  /// Values side by side, of `outer` rows each of every value's part; nil where they are of several bases, or multiplied.
  static func joined(_ values: [PlacedValue], outer: Int) -> PlacedValue? {
    guard let first = values.first,
      values.allSatisfy({ $0.base == first.base && $0.factor == 1 && $0.factors == nil })
    else { return nil }
    var places: [Int32] = []
    places.reserveCapacity(values.reduce(0) { $0 + $1.count })
    for row in 0..<outer {
      for value in values {
        let size = value.count / outer
        for element in row * size..<(row + 1) * size { places.append(value.place(element)) }
      }
    }
    return PlacedValue(first, count: places.count, places: places, factors: nil)
  }
}

/// Numbers that were known before the network ran, and by how much others may differ that are meant to be the same.
struct KnownNumbers {
  var values: [Float]
  /// 0 but for what exponentials and logarithms were taken on the way to.
  var tolerance: Float = 0

  func isClose(to other: KnownNumbers) -> Bool {
    let most = max(tolerance, other.tolerance)
    return values.count == other.values.count
      && (most == 0
        ? values == other.values : zip(values, other.values).allSatisfy { abs($0 - $1) <= most })
  }
}

extension Walk {
  /// Where every element lies in both operands, in the order of the walk.
  var places: (a: [Int32], b: [Int32]) {
    func all(_ strides: [Int]) -> [Int32] {
      var places: [Int32] = [0]
      for (size, stride) in zip(sizes, strides) {
        places = places.flatMap { from in (0..<size).map { from + Int32($0 * stride) } }
      }
      return places
    }
    return (all(a), all(b))
  }
}
