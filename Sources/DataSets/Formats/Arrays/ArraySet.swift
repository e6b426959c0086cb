// A data set of one array of images and one of labels, wherever they come from.

internal import NumPyArrays

/// Two arrays and what is known of them.
struct ArraySet {
  let file: MappedArray
  /// Nil of images without labels.
  let labels: ArrayLabels?
  /// As the user wrote it, without options.
  let name: String
  let options: ArrayOptions

  /// - Parameters:
  ///   - title: The data set's name.
  ///   - classes: Nil where nothing names them.
  ///   - keys: Of so many samples.
  ///   - isTold: Whether the notes say how the images were read though they are of the plainest kind.
  func load(
    _ title: String, classes: [ClassName]?, isTold: Bool,
    keys: (_ count: Int) throws(DataSetError) -> [String]
  ) throws(DataSetError) -> ImageDataSet {
    let images = file.array
    let layout = try ArrayLayout(images, labels: labels, chosen: options.layout, name: name)
    let names: [ClassName]
    if let labels {
      if let classes { names = classes } else { names = try labels.numbered() }
      try labels.check(classes: names.count)
    } else {
      names = []
    }
    let range = try ArrayRange(images, chosen: options.range, name: name)
    let isPlain =
      layout.letters == "nhwc" && layout.channels == 3 && images.element == .byte
      && !images.isFortranOrder && range.white == 255 && range.remark == nil
      && labels?.columns == nil && classes != nil
    var notes: [String] = []
    if isTold || !isPlain {
      var parts = [
        "\(images.path): read as \(layout.letters)\(images.isFortranOrder ? " in Fortran order" : "") "
          + "\(ArrayLayout.told(images.shape)), \(range.told(images))"
      ]
      if layout.channels == 1 || layout.letters.utf8.count == 3 {
        parts.append("grey is red, green and blue alike")
      }
      if layout.channels == 4 { parts.append("the fourth channel, alpha, is left out") }
      notes.append(parts.joined(separator: "; "))
    }
    if let labels, labels.columns != nil || classes == nil {
      notes.append(
        "\(labels.path): \(labels.columns == nil ? "numbers" : "rows with one 1")"
          + (classes == nil ? "; \(labels.told)" : ""))
    }
    return ImageDataSet(
      name: title, shape: layout.shape, classes: names,
      labels: labels?.numbers ?? [Int?](repeating: nil, count: layout.count),
      keys: try keys(layout.count),
      pixels: StoredImages(
        images.file, in: file.file, start: images.start, element: images.element,
        strides: layout.strides,
        channels: layout.channels, white: range.white),
      notes: notes)
  }
}
