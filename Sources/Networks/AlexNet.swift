// torchvision's AlexNet (Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks").
// Leaves out dropout and the adaptive pool: both are the identity in inference at 224 × 224.

extension Architecture {
  /// 61,100,840 parameters over 224 × 224 colour images; nodes are named as `torchvision.models.alexnet`
  /// names its modules.
  package static let alexNet = Architecture(
    name: "alexnet", input: MapShape(channels: 3, height: 224, width: 224),
    chain: [
      ("features.0", convolution(64, size: 11, stride: 4, padding: 2)),
      ("features.1", .rectifier),
      ("features.2", halving),
      ("features.3", convolution(192, size: 5, padding: 2)),
      ("features.4", .rectifier),
      ("features.5", halving),
      ("features.6", convolution(384, size: 3, padding: 1)),
      ("features.7", .rectifier),
      ("features.8", convolution(256, size: 3, padding: 1)),
      ("features.9", .rectifier),
      ("features.10", convolution(256, size: 3, padding: 1)),
      ("features.11", .rectifier),
      ("features.12", halving),
      ("flatten", .flatten),
      ("classifier.1", .fullyConnected(FullyConnected(outputs: 4096))),
      ("classifier.2", .rectifier),
      ("classifier.4", .fullyConnected(FullyConnected(outputs: 4096))),
      ("classifier.5", .rectifier),
      ("classifier.6", .fullyConnected(FullyConnected(outputs: 1000))),
    ])

  private static func convolution(
    _ outputs: Int, size: Int, stride: Int = 1, padding: Int
  ) -> Layer {
    .convolution(
      Convolution(
        outputs: outputs,
        window: Window(height: size, width: size, stride: stride, padding: Padding(padding))))
  }

  private static let halving = Layer.maxPool(
    MaxPool(window: Window(height: 3, width: 3, stride: 2)))
}
