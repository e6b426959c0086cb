// What the sections with matrices between classes share.

extension ReportPage {
  /// Beyond this many classes a matrix is no figure any more.
  static let mostClasses = 120

  static func tooMany(_ classes: Int, _ what: String) -> Block {
    .note("\(what): a matrix of \(classes) classes is not drawn; the view kl_matrix holds it.")
  }

  /// The title of a scale that `maps` figures share.
  static func barTitle(
    _ what: String, _ scale: ColorScale, _ maps: Int, per unit: String = "interaction"
  ) -> String {
    what + " (nats per \(unit)" + (scale.isLogarithmic ? ", log" : "")
      + (maps > 1 ? ", shared)" : ")")
  }

  static func cells(
    _ matrix: ClassMatrix, _ hover: (Int, Int, String) -> String
  ) -> [HeatMap.Cell?] {
    matrix.values.enumerated().map { index, value in
      value.map {
        HeatMap.Cell(
          value: $0,
          hover: hover(index / matrix.count, index % matrix.count, NumberText.short($0)))
      }
    }
  }

  /// - Parameter diagonal: what the cells on the diagonal measure.
  static func csv(_ matrix: ClassMatrix, diagonal: String) -> FigureData {
    var csv = FigureData("from_class", "to_class", "measure", "nats_per_unit")
    for row in 0..<matrix.count {
      for column in 0..<matrix.count {
        csv.add(
          .text(matrix.names[row]), .text(matrix.names[column]),
          .text(row == column ? diagonal : "divergence"), .number(matrix[row, column]))
      }
    }
    return csv
  }
}
