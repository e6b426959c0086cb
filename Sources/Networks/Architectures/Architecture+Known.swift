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
  private let makeNodes: @Sendable (_ classes: Int, _ side: Int) -> Architecture

  /// For ImageNet's 1000 classes.
  init(
    _ name: String, side: Int = 224, smallestSide: Int,
    _ make: @escaping @Sendable (_ classes: Int, _ side: Int) -> Architecture
  ) {
    self.init(name, classes: 1000, side: side, smallestSide: smallestSide, make)
  }

  init(
    _ name: String, classes: Int, side: Int, smallestSide: Int,
    _ make: @escaping @Sendable (_ classes: Int, _ side: Int) -> Architecture
  ) {
    self.name = name
    self.classes = classes
    self.side = side
    self.smallestSide = smallestSide
    makeNodes = make
  }

  func make(classes: Int?, side: Int?) throws -> Architecture {
    let classes = classes ?? self.classes
    let side = side ?? self.side
    guard (1...1_000_000).contains(classes) else {
      throw NetworkError("\(name): expected a number of classes from 1, found \(classes).")
    }
    let sides = smallestSide == self.side ? self.side...self.side : smallestSide...4096
    guard sides.contains(side) else {
      throw NetworkError(
        "\(name): expected images of "
          + (smallestSide == self.side
            ? "\(self.side) × \(self.side)"
            : "at least \(smallestSide) × \(smallestSide), 4096 × 4096 at most")
          + ", found \(side) × \(side).")
    }
    return makeNodes(classes, side)
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

  package static var known: [String] { all.map(\.name) }

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
