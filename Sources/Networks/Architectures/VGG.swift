// VGG (Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image
// recognition").

/// Configurations A, B, D and E of table 1, with and without batch normalisation, named as
/// torchvision names their modules.
enum VGG {
  static let all = [11, 13, 16, 19].flatMap { depth in
    [false, true].map { isNormalised in
      KnownArchitecture("vgg\(depth)" + (isNormalised ? "_bn" : ""), smallestSide: 32) {
        make(depth: depth, isNormalised: isNormalised, classes: $0, side: $1)
      }
    }
  }

  /// Convolutions of 3 × 3 before each pool, and their channels.
  private static let channels = [64, 128, 256, 512, 512]
  private static let convolutions = [
    11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4],
  ]

  private static func make(
    depth: Int, isNormalised: Bool, classes: Int, side: Int
  ) -> Architecture {
    var chain: [(name: String, layer: Layer)] = []
    func feature(_ layer: Layer) { chain.append(("features.\(chain.count)", layer)) }
    for (outputs, count) in zip(channels, convolutions[depth] ?? []) {
      for _ in 0..<count {
        feature(.convolution(outputs, .square(3, padding: 1)))
        if isNormalised { feature(.batchNormalisation(BatchNormalisation())) }
        feature(.rectifier)
      }
      feature(.maxPool(2, stride: 2))
    }
    return Architecture(
      name: "vgg\(depth)" + (isNormalised ? "_bn" : ""),
      input: MapShape(channels: 3, height: side, width: side),
      chain: chain + [
        ("avgpool", .adaptiveAveragePool(AdaptiveAveragePool(height: 7, width: 7))),
        ("flatten", .flatten),
        ("classifier.0", .fullyConnected(4096)),
        ("classifier.1", .rectifier),
        ("classifier.2", .dropout(Dropout())),
        ("classifier.3", .fullyConnected(4096)),
        ("classifier.4", .rectifier),
        ("classifier.5", .dropout(Dropout())),
        ("classifier.6", .fullyConnected(classes)),
      ],
      initialisation: Initialisation(
        convolution: .kaimingNormal(.fanOut), fullyConnected: .normal(0.01)))
  }
}
