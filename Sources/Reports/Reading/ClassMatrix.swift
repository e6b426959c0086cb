// A measure between every class and every other, and on the diagonal of each with itself. Leaves out: drawing (HeatMap).

internal import Analytics

/// A matrix between classes.
package struct ClassMatrix: Sendable {
  package let positions: [Int]
  package let names: [String]
  /// Row-major; nil where there is no row in the warehouse.
  package private(set) var values: [Double?]

  /// An empty matrix between `classes`, in the order of their positions.
  package init(classes: [Int: String]) {
    positions = classes.keys.sorted()
    names = positions.map { classes[$0] ?? "" }
    values = Array(repeating: nil, count: positions.count * positions.count)
  }

  package var count: Int { positions.count }

  /// By the index of the class in `positions`; nil where there is no row in the warehouse.
  package subscript(row: Int, column: Int) -> Double? {
    get { values[row * count + column] }
    set { values[row * count + column] = newValue }
  }

  /// By the positions of the classes; does nothing where one is not among them.
  package mutating func set(from: Int, to: Int, _ value: Double) {
    guard let row = positions.firstIndex(of: from), let column = positions.firstIndex(of: to)
    else { return }
    self[row, column] = value
  }

  package var diagonal: [Double] { (0..<count).compactMap { self[$0, $0] } }

  package var offDiagonal: [Double] {
    (0..<count).flatMap { row in (0..<count).compactMap { row == $0 ? nil : self[row, $0] } }
  }
}

extension ClassMatrix {
  /// Pearson's r of the off-diagonal entries that two matrices share, classes paired by position; nil below three pairs
  /// or where one side does not vary.
  package func correlation(with other: ClassMatrix) -> Double? {
    var pairs: [(Double, Double)] = []
    let places = other.positions.enumerated().map { ($1, $0) }
    let inOther = Dictionary(places, uniquingKeysWith: { first, _ in first })
    for row in 0..<count {
      for column in 0..<count where row != column {
        guard let x = self[row, column], let i = inOther[positions[row]],
          let j = inOther[positions[column]], let y = other[i, j]
        else { continue }
        pairs.append((x, y))
      }
    }
    return Correlation.pearson(pairs)
  }
}
