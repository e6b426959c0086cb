// The architectures that have a name.

/// A named architecture for any number of classes and, where its layers allow it, any size of
/// input.
struct KnownArchitecture: Sendable {
  let name: String
  let classes: Int
  /// Side of the square input.
  let side: Int
  /// The smallest side that every layer still has something to read of; `side` where no other is
  /// possible.
  let smallestSide: Int
  let largestSide: Int
  /// What every side is a multiple of.
  let sideStep: Int
  /// Whether all of its layers with parameters give their gradients, and untrained numbers are
  /// drawn as its authors draw them.
  let trains: Bool
  /// nil for what the architectures for ImageNet have in common.
  let photographs: Photographs?
  private let makeNodes: @Sendable (_ classes: Int, _ side: Int) -> Architecture

  /// For ImageNet's 1000 classes.
  init(
    _ name: String, side: Int = 224, smallestSide: Int, largestSide: Int = 4096, sideStep: Int = 1,
    trains: Bool = true, photographs: Photographs? = nil,
    _ make: @escaping @Sendable (_ classes: Int, _ side: Int) -> Architecture
  ) {
    self.init(
      name, classes: 1000, side: side, smallestSide: smallestSide,
      largestSide: largestSide, sideStep: sideStep, trains: trains, photographs: photographs, make)
  }

  init(
    _ name: String, classes: Int, side: Int, smallestSide: Int,
    largestSide: Int = 4096, sideStep: Int = 1, trains: Bool = true,
    photographs: Photographs? = nil,
    _ make: @escaping @Sendable (_ classes: Int, _ side: Int) -> Architecture
  ) {
    self.name = name
    self.classes = classes
    self.side = side
    self.smallestSide = smallestSide
    self.largestSide = largestSide
    self.sideStep = sideStep
    self.trains = trains
    self.photographs = photographs
    makeNodes = make
  }

  func make(classes: Int?, side: Int?) throws -> Architecture {
    let classes = classes ?? self.classes
    let side = side ?? self.side
    guard (1...1_000_000).contains(classes) else {
      throw NetworkError("\(name): expected a number of classes from 1, found \(classes).")
    }
    let sides = smallestSide == self.side ? self.side...self.side : smallestSide...largestSide
    guard sides.contains(side), side % sideStep == 0 else {
      throw NetworkError(
        "\(name): expected images of "
          + (smallestSide == self.side
            ? "\(self.side) × \(self.side)"
            : "at least \(smallestSide) × \(smallestSide), \(largestSide) × \(largestSide) at most"
              + (sideStep > 1 ? ", sides multiples of \(sideStep)" : ""))
          + ", found \(side) × \(side).")
    }
    return makeNodes(classes, side)
  }
}

/// How photographs become the input that an architecture's published weights were made for; the
/// square in the middle is the architecture's own side.
package struct Photographs: Hashable, Sendable {
  /// What the shorter side becomes.
  package let resize: Int
  package let isBicubic: Bool
  /// Of all channels, of pixels in 0…1; nil for ImageNet's own numbers.
  package let meanAndDeviation: Float?

  init(resize: Int, isBicubic: Bool = false, meanAndDeviation: Float? = nil) {
    self.resize = resize
    self.isBicubic = isBicubic
    self.meanAndDeviation = meanAndDeviation
  }
}

extension Architecture {
  private static let all: [KnownArchitecture] =
    [
      KnownArchitecture("alexnet-cifar", classes: 10, side: 28, smallestSide: 28) { classes, _ in
        alexNetCIFAR(classes: classes)
      },
      KnownArchitecture("alexnet", smallestSide: 63, alexNet),
    ] + VGG.all + ResNet.all
    + [KnownArchitecture("inception_v3", side: 299, smallestSide: 75, inceptionV3)]
    + SqueezeNet.all + ResNetCIFAR.all
    + [KnownArchitecture("googlenet", smallestSide: 32, googLeNet)]
    + DenseNet.all
    + MobileNetV2.all
    + MobileNetV3.all
    + MNASNet.all
    + ShuffleNetV2.all
    + EfficientNet.all
    + RegNet.all
    + ConvNeXt.all
    + VisionTransformer.all
    + Swin.all

  package static var known: [String] { all.map(\.name) }
  /// Those that are trained here; the others predict, are attacked and ingested.
  package static var trained: [String] { all.filter(\.trains).map(\.name) }

  /// What its published weights expect of photographs; nil for what ImageNet's networks have in
  /// common, and for a network of no name.
  package var photographs: Photographs? { Self.all.first { $0.name == name }?.photographs }

  /// The architecture of that name.
  ///
  /// - Parameters:
  ///   - classes: Its number of outputs; nil for that of the published weights.
  ///   - side: Of its square input; nil for that of the published weights.
  /// - Throws: `NetworkError`, which lists the known names, or tells which sizes there can be.
  package static func named(
    _ name: String, classes: Int? = nil, side: Int? = nil
  ) throws -> Architecture {
    guard let found = all.first(where: { $0.name == name }) else {
      throw NetworkError(
        "Unknown architecture \"\(name)\"; known are: \(known.joined(separator: ", ")).")
    }
    return try found.make(classes: classes, side: side)
  }
}
