// The small AlexNet of Zhang et al. 2017, "Understanding deep learning requires rethinking
// generalization".

extension Architecture {
  /// 1,387,786 parameters over 28 × 28 colour images.
  package static let alexNetCIFAR = alexNetCIFAR(classes: 10)

  static func alexNetCIFAR(classes: Int) -> Architecture {
    Architecture(
      name: "alexnet-cifar", input: MapShape(channels: 3, height: 28, width: 28),
      chain: [
        ("conv1", .convolution(Convolution(outputs: 64, window: fiveByFive))),
        ("relu1", .rectifier),
        ("pool1", .maxPool(MaxPool(window: halving))),
        ("norm1", .responseNormalisation(ResponseNormalisation())),
        ("conv2", .convolution(Convolution(outputs: 64, window: fiveByFive))),
        ("relu2", .rectifier),
        ("pool2", .maxPool(MaxPool(window: halving))),
        ("norm2", .responseNormalisation(ResponseNormalisation())),
        ("flatten", .flatten),
        ("fc1", .fullyConnected(FullyConnected(outputs: 384))),
        ("relu3", .rectifier),
        ("fc2", .fullyConnected(FullyConnected(outputs: 192))),
        ("relu4", .rectifier),
        ("fc3", .fullyConnected(FullyConnected(outputs: classes))),
      ])
  }

  private static let fiveByFive = Window(height: 5, width: 5, padding: Padding(2))
  /// "Same" padding on even sizes: one row and column, after the last.
  private static let halving = Window(
    height: 3, width: 3, stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1))
}
