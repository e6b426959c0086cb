// Preprocessing as a text: presets and options on the way in, one canonical description on the way out.

extension Preprocessing {
  /// The named ones, in the order in which they are listed.
  package static let presets: KeyValuePairs<String, Preprocessing> = [
    "imagenet": Preprocessing(
      geometry: ImageGeometry(resize: .shorterSide(256), crop: 224), numbers: imageNetNumbers),
    "imagenet-299": Preprocessing(
      geometry: ImageGeometry(resize: .shorterSide(342), crop: 299), numbers: imageNetNumbers),
    "caffe": Preprocessing(
      geometry: ImageGeometry(resize: .squash(256), crop: 227),
      numbers: Numbers(
        divisor: 1, isBGR: true,
        normalisation: .fixed(mean: [104, 117, 123], deviation: [1]))),
    "cifar": Preprocessing(geometry: ImageGeometry(), numbers: imageNetNumbers),
    "cifar-alexnet": cifarAlexNet,
    "unit": Preprocessing(geometry: ImageGeometry(), numbers: Numbers()),
  ]

  /// (x − mean) / std of ImageNet's channels, as torchvision's networks take them.
  private static let imageNetNumbers = Numbers(
    normalisation: .fixed(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]))

  /// "crop28-standardise", the input of `alexnet-cifar`.
  package static let cifarAlexNet = Preprocessing(
    geometry: ImageGeometry(crop: 28), numbers: Numbers(normalisation: .own))
  /// "crop224-imagenet": images of the network's size or larger, cropped only.
  package static let imageNet = Preprocessing(
    geometry: ImageGeometry(crop: 224), numbers: imageNetNumbers)

  /// Descriptions that are names: runs are recognised by them.
  private static let named: KeyValuePairs<String, Preprocessing> = [
    "crop28-standardise": cifarAlexNet, "crop224-imagenet": imageNet,
  ]

  /// The preprocessing of that name.
  package static func preset(_ name: String) -> Preprocessing? {
    (presets + named.map { $0 }).first { $0.key == name }?.value
  }

  private static let options = [
    "resize", "squash", "crop", "filter", "scale", "mean", "std", "standardise", "order",
  ]

  /// A preset; or options with commas between, on top of `unit`; or a preset and options that change it.
  ///
  /// - `resize=N`: the shorter side becomes N; `squash=N`: both sides do; `none`: neither. One takes the other's place.
  /// - `crop=N` or `crop=none`: the square in the centre.
  /// - `filter=bilinear` or `bicubic`: of the resize.
  /// - `scale=255` or `scale=1`: what pixels are divided by.
  /// - `mean=A` or `mean=A/B/C`, `std=…`: of the scaled pixels of every channel, or of each in the network's order.
  /// - `standardise`: by the image's own mean and deviation instead.
  /// - `order=rgb` or `bgr`: the network's channels.
  package init(parsing text: String) throws(DataSetError) {
    var result = Preprocessing(geometry: ImageGeometry(), numbers: Numbers())
    for (index, part) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      let part = String(part)
      guard let equals = part.firstIndex(of: "=") else {
        if index == 0, let preset = Self.preset(part) {
          result = preset
        } else if part == "standardise" {
          result = result.with { $1.normalisation = .own }
        } else {
          let known =
            index == 0
            ? Self.presets.map(\.key) + Self.options.map { $0 == "standardise" ? $0 : $0 + "=" }
            : Self.options.map { $0 == "standardise" ? $0 : $0 + "=" }
          throw DataSetError(
            "preprocess '\(text)': no \(index == 0 ? "preset or option" : "option") '\(part)'; "
              + knownNames(known, nearestTo: part))
        }
        continue
      }
      let (name, value) = (String(part[..<equals]), String(part[equals...].dropFirst()))
      guard let changed = try result.changed(name, to: value, in: text) else {
        throw DataSetError(
          "preprocess '\(text)': no option '\(name)'; "
            + knownNames(Self.options, nearestTo: name))
      }
      result = changed
    }
    guard result.numbers.normalisation != .own || result.numbers.divisor == 255 else {
      throw DataSetError(
        "preprocess '\(text)'", expected: "standardise or scale=1", found: "both",
        hint: "an image standardised by itself has no other scale")
    }
    self = result
  }

  private func with(_ change: (inout ImageGeometry, inout Numbers) -> Void) -> Preprocessing {
    var (geometry, numbers) = (geometry, numbers)
    change(&geometry, &numbers)
    return Preprocessing(geometry: geometry, numbers: numbers)
  }

  /// nil where there is no such option.
  private func changed(
    _ name: String, to value: String, in text: String
  ) throws(DataSetError) -> Preprocessing? {
    func fail(_ expected: String) -> DataSetError {
      DataSetError("preprocess '\(text)': \(name)", expected: expected, found: "'\(value)'")
    }
    func side() throws(DataSetError) -> Int? {
      if value == "none" { return nil }
      guard let side = Int(value), ImageGeometry.sides.contains(side) else {
        throw fail("a number of pixels from 1 to \(ImageGeometry.sides.upperBound), or none")
      }
      return side
    }
    func numbers(_ isAllowed: (Float) -> Bool, _ what: String) throws(DataSetError) -> [Float] {
      let parts = value.split(separator: "/", omittingEmptySubsequences: false).map { Float($0) }
      let list = parts.compactMap(\.self)
      guard list.count == parts.count, [1, 3].contains(list.count),
        list.allSatisfy({ $0.isFinite && isAllowed($0) })
      else { throw fail("\(what), or three with / between") }
      return list
    }
    /// Mean and deviation as they are, 0 and 1 where they were the image's own.
    var fixed: (mean: [Float], deviation: [Float]) {
      guard case .fixed(let mean, let deviation) = self.numbers.normalisation else {
        return ([0], [1])
      }
      return (mean, deviation)
    }
    switch name {
    case "resize":
      let side = try side()
      return with { geometry, _ in geometry.resize = side.map { .shorterSide($0) } }
    case "squash":
      let side = try side()
      return with { geometry, _ in geometry.resize = side.map { .squash($0) } }
    case "crop":
      let side = try side()
      return with { geometry, _ in geometry.crop = side }
    case "filter":
      guard let filter = ResizeFilter(rawValue: value) else { throw fail("bilinear or bicubic") }
      return with { geometry, _ in geometry.filter = filter }
    case "scale":
      guard let divisor = ["255": Float(255), "1/255": 255, "1": 1][value] else {
        throw fail("255 (pixels are divided by it) or 1 (they are left)")
      }
      return with { $1.divisor = divisor }
    case "mean":
      let mean = try numbers({ _ in true }, "a number")
      return with { $1.normalisation = .fixed(mean: mean, deviation: fixed.deviation) }
    case "std":
      let deviation = try numbers({ $0 > 0 }, "a number above 0")
      return with { $1.normalisation = .fixed(mean: fixed.mean, deviation: deviation) }
    case "order":
      guard ["rgb", "bgr"].contains(value) else { throw fail("rgb or bgr") }
      return with { $1.isBGR = value == "bgr" }
    default: return nil
    }
  }
}

extension Preprocessing: CustomStringConvertible {
  /// Names the steps; stored with every run and part of its identity. Equal steps have equal descriptions, which
  /// parse back to them.
  package var description: String {
    if let name = Self.named.first(where: { $0.value == self })?.key { return name }
    var parts: [String] = []
    switch geometry.resize {
    case nil: break
    case .shorterSide(let side): parts.append("resize=\(side)")
    case .squash(let side): parts.append("squash=\(side)")
    }
    if geometry.resize != nil, geometry.filter != .bilinear {
      parts.append("filter=\(geometry.filter.rawValue)")
    }
    if let crop = geometry.crop { parts.append("crop=\(crop)") }
    switch numbers.normalisation {
    case .own: parts.append("standardise")
    case .fixed(let mean, let deviation):
      parts.append("scale=\(Self.text([numbers.divisor]))")
      parts.append("mean=\(Self.text(mean))")
      parts.append("std=\(Self.text(deviation))")
    }
    if numbers.isBGR { parts.append("order=bgr") }
    return parts.joined(separator: ",")
  }

  /// Shortest decimals.
  private static func text(_ numbers: [Float]) -> String {
    numbers.map {
      $0 == $0.rounded() && abs($0) < 1e6 ? "\(Int($0))" : "\($0)"
    }.joined(separator: "/")
  }
}

extension Preprocessing: Codable {
  package init(from decoder: any Decoder) throws {
    try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
