// Which axis of an array of images is which: told by its shape and the number of labels, or by the user. Never by what the
// images look like.

internal import Basics
internal import NumPyArrays

/// The letters n (images), h, w and c (1 grey, 3 red, green and blue, 4 with alpha behind them) in the order of the axes.
struct ArrayLayout: Sendable {
  let letters: String
  /// Of images.
  let count: Int
  /// Of an image.
  let shape: ImageShape
  /// 1, 3 or 4.
  let channels: Int
  let strides: StoredImages.Strides

  /// As people save images: the first one is NumPy's and Keras', then PyTorch's and MATLAB's; the others are grey.
  private static let usual = ["nhwc", "nchw", "hwcn", "nhw", "hwn"]

  /// The one layout in which as many images as labels have this shape.
  ///
  /// - Parameters:
  ///   - labels: Nil of images without labels, of which there may be any number.
  ///   - chosen: The user's `layout=`.
  ///   - name: The data set as the user wrote it, for the message.
  /// - Throws: `DataSetError` where there is none, or several.
  init(
    _ images: ArrayFile, labels: ArrayLabels?, chosen: String?, name: String
  ) throws(DataSetError) {
    let shape = images.shape
    func fits(_ letters: String, _ count: Int?) -> Bool {
      guard letters.utf8.count == shape.count, !shape.contains(0) else { return false }
      return zip(letters, shape).allSatisfy { letter, side in
        switch letter {
        case "n": count.map { side == $0 } ?? true
        case "c": [1, 3, 4].contains(side)
        default: true
        }
      }
    }
    let told = Self.told(shape)
    if let chosen {
      guard fits(chosen, nil) else {
        throw DataSetError(
          images.path, expected: "a shape of \(chosen.utf8.count) axes, \(chosen), c of 1, 3 or 4",
          found: told)
      }
      try Self.check(chosen, images, labels)
      try self.init(chosen, images)
      return
    }
    var found = Self.usual.filter { fits($0, labels?.numbers.count) }
    // One row of pixels with red, green and blue, or three pixels of grey in a channel that comes first: the first.
    if shape.count == 4, shape[1] == 1, shape[3] == 3 { found.removeAll { $0 == "nchw" } }
    guard let first = found.first else {
      // Right but for the number of images?
      if let other = Self.usual.first(where: { fits($0, nil) }) {
        try Self.check(other, images, labels)
      }
      throw DataSetError(
        images.path,
        expected: "the shape N × height × width × 3 (or 1, or 4), N × 3 × height × width or "
          + "N × height × width, none of them 0", found: told,
        hint: "another order of axes is named as in \(name):layout=hwcn")
    }
    guard found.count == 1 else {
      throw DataSetError(
        images.path, expected: "a shape that can be read in one way",
        found: "\(told), which is \(found.joined(separator: " or "))",
        hint: "write " + found.map { "\(name):layout=\($0)" }.joined(separator: " or "))
    }
    try self.init(first, images)
  }

  private init(_ letters: String, _ images: ArrayFile) throws(DataSetError) {
    let (sides, strides) = (images.shape, images.strides)
    func axis(_ letter: Character) -> Int? {
      letters.firstIndex(of: letter).map { letters.distance(from: letters.startIndex, to: $0) }
    }
    func side(_ letter: Character) -> Int { axis(letter).map { sides[$0] } ?? 1 }
    func stride(_ letter: Character) -> Int { axis(letter).map { strides[$0] } ?? 0 }
    self.letters = letters
    count = side("n")
    channels = side("c")
    try ImageShape.check(images.path, height: side("h"), width: side("w"))
    shape = ImageShape(channels: 3, height: side("h"), width: side("w"))
    self.strides = StoredImages.Strides(
      image: stride("n"), channel: stride("c"), row: stride("h"), column: stride("w"))
  }

  private static func check(
    _ letters: String, _ images: ArrayFile, _ labels: ArrayLabels?
  ) throws(DataSetError) {
    let number = zip(letters, images.shape).first { $0.0 == "n" }?.1 ?? 0
    guard let labels, labels.numbers.count != number else { return }
    throw DataSetError(
      labels.path, expected: "\(number) labels, one an image of \(told(images.shape))",
      found: "\(labels.numbers.count)")
  }

  static func told(_ shape: [Int]) -> String {
    "[" + shape.prefix(8).map { "\($0)" }.joined(separator: ", ") + (shape.count > 8 ? ", …]" : "]")
  }
}
