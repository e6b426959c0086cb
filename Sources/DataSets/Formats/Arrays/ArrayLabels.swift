// The labels of an array data set: whole numbers of any type, or a row of zeros with one 1 for each image.

internal import Basics
internal import NumPyArrays

/// A class for each image, by its number.
struct ArrayLabels {
  let path: String
  let numbers: [Int]
  /// The columns of rows with one 1.
  let columns: Int?

  /// More than any data set of images has: a sparse file would take as much memory.
  private static let most = 100_000_000
  /// So that a hash taken for a label makes no billion classes.
  private static let mostClasses = 100_000

  /// - Throws: `DataSetError` for another shape, or numbers that are not whole or below 0.
  init(_ file: ArrayFile) throws(DataSetError) {
    path = file.path
    var axes = file.shape.indices.filter { file.shape[$0] != 1 }
    if axes.isEmpty, !file.shape.isEmpty { axes = [0] }
    guard (1...2).contains(axes.count), !file.shape.contains(0),
      file.shape[axes[0]] <= Self.most
    else {
      throw DataSetError(
        path, expected: "the shape [N], a label an image, or [N, classes], a row with one 1",
        found: ArrayLayout.told(file.shape))
    }
    let (element, bytes) = (file.element, file.bytes)
    if axes.count == 1 {
      columns = nil
      var numbers: [Int] = []
      numbers.reserveCapacity(file.count)
      for index in 0..<file.count {
        let value = element.value(index, of: bytes)
        guard let number = Int(exactly: value), number >= 0 else {
          throw DataSetError(
            path, expected: "labels that are whole numbers from 0",
            found: "\(Self.told(value)) at position \(index)")
        }
        numbers.append(number)
      }
      self.numbers = numbers
      return
    }
    let (count, width) = (file.shape[axes[0]], file.shape[axes[1]])
    let (down, across) = (file.strides[axes[0]], file.strides[axes[1]])
    columns = width
    var numbers: [Int] = []
    for row in 0..<count {
      let line = (0..<width).map { element.value(row * down + $0 * across, of: bytes) }
      guard let label = line.firstIndex(of: 1), line.count(where: { $0 == 0 }) == width - 1 else {
        let ones = line.count { $0 != 0 }
        throw DataSetError(
          path, expected: "rows with one 1 and zeros, or one label an image",
          found: "\(ones) numbers other than 0 in row \(row) of \(ArrayLayout.told(file.shape))")
      }
      numbers.append(label)
    }
    self.numbers = numbers
  }

  /// That every label is a position in so many classes.
  func check(classes: Int) throws(DataSetError) {
    if let columns, columns != classes {
      throw DataSetError(
        path, expected: "rows of \(classes), as there are classes", found: "rows of \(columns)")
    }
    if let wrong = numbers.firstIndex(where: { $0 >= classes }) {
      throw DataSetError(
        path, expected: "labels 0 to \(classes - 1)",
        found: "\(numbers[wrong]) at position \(wrong)")
    }
  }

  /// Classes called by their numbers, for arrays that nothing names the classes of.
  func numbered() throws(DataSetError) -> [ClassName] {
    let count = columns ?? (numbers.max() ?? 0) + 1
    guard count <= Self.mostClasses else {
      throw DataSetError(
        path, expected: "labels below \(Self.mostClasses)", found: "\(count - 1)",
        hint: "number the classes from 0, or name them in classes.txt")
    }
    return (0..<count).map { ClassName(key: "\($0)", name: "\($0)") }
  }

  /// What the notes say of classes called by their numbers.
  var told: String {
    let (least, most) = (numbers.min() ?? 0, numbers.max() ?? 0)
    return "classes are called by their numbers, 0 to \(columns.map { $0 - 1 } ?? most)"
      + (least > 0 ? ", of which the least that occurs is \(least)" : "")
  }

  private static func told(_ value: Double) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}
