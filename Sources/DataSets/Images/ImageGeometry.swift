// What is done to an image's shape before its bytes become numbers: resizing and the centre crop, exactly as
// torchvision does them with Pillow. Where an image is cropped only, see `crop`.

/// Resizing and cropping of bytes.
package struct ImageGeometry: Hashable, Sendable {
  package enum Resize: Hashable, Sendable {
    /// The shorter side becomes so long, the longer one in proportion, cut off: torchvision's Resize(N).
    case shorterSide(Int)
    /// Both sides become so long.
    case squash(Int)
  }

  package var resize: Resize?
  package var filter: ResizeFilter
  /// Side of the square cut from the centre, zeros around a smaller image. Behind a resize it begins where
  /// torchvision's CenterCrop does, at half the difference rounded half to even; alone at half of it rounded down.
  package var crop: Int?

  /// Sides of a resize or a crop.
  package static let sides = 1...16_384

  package init(resize: Resize? = nil, crop: Int? = nil, filter: ResizeFilter = .bilinear) {
    self.resize = resize
    self.crop = crop
    self.filter = filter
  }

  /// The side of the square that every image becomes; nil where it depends on the image.
  package var side: Int? {
    if let crop { return crop }
    guard case .squash(let side)? = resize else { return nil }
    return side
  }

  /// Height and width behind the resize.
  func resizedSize(height: Int, width: Int) -> (height: Int, width: Int) {
    switch resize {
    case nil: return (height, width)
    case .squash(let side): return (side, side)
    case .shorterSide(let side):
      func long(_ long: Int, _ short: Int) -> Int { Int(Double(side * long) / Double(short)) }
      return width <= height ? (long(height, width), side) : (side, long(width, height))
    }
  }

  /// Where the crop begins on a side; negative where the side is shorter than the crop.
  private func start(of side: Int, crop: Int) -> Int {
    let half = Double(side - crop) / 2
    return Int(half.rounded(resize == nil || side < crop ? .down : .toNearestOrEven))
  }

  package func apply(_ image: DecodedImage) -> DecodedImage {
    let (height, width) = resizedSize(height: image.height, width: image.width)
    let (top, left) = (
      crop.map { start(of: height, crop: $0) } ?? 0, crop.map { start(of: width, crop: $0) } ?? 0
    )
    let rows = max(top, 0)..<min(top + (crop ?? height), height)
    let columns = max(left, 0)..<min(left + (crop ?? width), width)
    let part =
      resize == nil
      ? image.part(rows: rows, columns: columns)
      : image.resized(height: height, width: width, rows: rows, columns: columns, filter: filter)
    guard let crop, (part.height, part.width) != (crop, crop) else { return part }
    var padded = [UInt8](repeating: 0, count: crop * crop * 3)
    for row in 0..<part.height {
      // An image smaller than the crop stands (crop − side) / 2, rounded down, behind its edge.
      let target = ((row + offset(part.height, crop)) * crop + offset(part.width, crop)) * 3
      let source = row * part.width * 3
      padded.replaceSubrange(
        target..<target + part.width * 3, with: part.pixels[source..<source + part.width * 3])
    }
    return DecodedImage(height: crop, width: crop, pixels: padded)
  }

  private func offset(_ side: Int, _ crop: Int) -> Int { (crop - side) / 2 }

  /// The same for an image that is stored as planes, of any number of channels.
  func apply(_ planes: Span<UInt8>, shape: ImageShape) -> [UInt8] {
    if shape.channels == 3 {
      return apply(DecodedImage(planes: planes, shape: shape)).planes
    }
    // Each plane on its own, as a grey image.
    var result: [UInt8] = []
    let size = shape.height * shape.width
    for channel in 0..<shape.channels {
      let plane = planes.extracting(channel * size..<(channel + 1) * size)
      let pixels = [UInt8](capacity: 3 * size) { output in
        for i in plane.indices { for _ in 0..<3 { output.append(plane[i]) } }
      }
      let grey = apply(DecodedImage(height: shape.height, width: shape.width, pixels: pixels))
      result += grey.planes.prefix(grey.height * grey.width)
    }
    return result
  }
}

extension DecodedImage {
  init(planes: Span<UInt8>, shape: ImageShape) {
    let size = shape.height * shape.width
    self.init(
      height: shape.height, width: shape.width,
      pixels: [UInt8](capacity: 3 * size) { output in
        for i in 0..<size { for channel in 0..<3 { output.append(planes[channel * size + i]) } }
      })
  }

  /// The planes R, G, B, one behind the other.
  var planes: [UInt8] {
    let source = pixels.span
    return [UInt8](capacity: pixels.count) { output in
      for channel in 0..<3 {
        for i in stride(from: channel, to: source.count, by: 3) { output.append(source[i]) }
      }
    }
  }
}
