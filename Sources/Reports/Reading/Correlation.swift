// How alike two matrices of divergences are. Leaves out the diagonal, which is entropy.

package enum Correlation {
  /// Pearson's r of the off-diagonal entries two matrices share, classes paired by position; nil below three pairs
  /// or where one side does not vary.
  package static func offDiagonal(_ a: ClassMatrix, _ b: ClassMatrix) -> Double? {
    var pairs: [(Double, Double)] = []
    let places = b.positions.enumerated().map { ($1, $0) }
    let inB = Dictionary(places, uniquingKeysWith: { first, _ in first })
    for row in 0..<a.count {
      for column in 0..<a.count where row != column {
        guard let x = a[row, column], let i = inB[a.positions[row]],
          let j = inB[a.positions[column]], let y = b[i, j]
        else { continue }
        pairs.append((x, y))
      }
    }
    guard pairs.count >= 3 else { return nil }
    let n = Double(pairs.count)
    let meanX = pairs.reduce(0) { $0 + $1.0 } / n
    let meanY = pairs.reduce(0) { $0 + $1.1 } / n
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (x, y) in pairs {
      xx += (x - meanX) * (x - meanX)
      yy += (y - meanY) * (y - meanY)
      xy += (x - meanX) * (y - meanY)
    }
    guard xx > 0, yy > 0 else { return nil }
    return xy / (xx * yy).squareRoot()
  }
}
