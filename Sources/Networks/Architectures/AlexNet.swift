// torchvision's AlexNet (Krizhevsky 2014, "One weird trick for parallelizing convolutional neural
// networks").

extension Architecture {
  /// 61,100,840 parameters over 224 × 224 colour images; nodes are named as
  /// `torchvision.models.alexnet` names its modules.
  package static let alexNet = alexNet(classes: 1000, side: 224)

  static func alexNet(classes: Int, side: Int) -> Architecture {
    Architecture(
      name: "alexnet", input: MapShape(channels: 3, height: side, width: side),
      chain: [
        ("features.0", .convolution(64, .square(11, stride: 4, padding: 2))),
        ("features.1", .rectifier),
        ("features.2", .maxPool(3, stride: 2)),
        ("features.3", .convolution(192, .square(5, padding: 2))),
        ("features.4", .rectifier),
        ("features.5", .maxPool(3, stride: 2)),
        ("features.6", .convolution(384, .square(3, padding: 1))),
        ("features.7", .rectifier),
        ("features.8", .convolution(256, .square(3, padding: 1))),
        ("features.9", .rectifier),
        ("features.10", .convolution(256, .square(3, padding: 1))),
        ("features.11", .rectifier),
        ("features.12", .maxPool(3, stride: 2)),
        ("avgpool", .adaptiveAveragePool(AdaptiveAveragePool(height: 6, width: 6))),
        ("flatten", .flatten),
        ("classifier.0", .dropout(Dropout())),
        ("classifier.1", .fullyConnected(4096)),
        ("classifier.2", .rectifier),
        ("classifier.3", .dropout(Dropout())),
        ("classifier.4", .fullyConnected(4096)),
        ("classifier.5", .rectifier),
        ("classifier.6", .fullyConnected(classes)),
      ])
  }
}
