// Which preprocessing a network's input goes through where nobody asks for another one: it belongs to the architecture,
// and to whether images come in sizes of their own. Here it is also joined to the network, for those who differentiate
// both.

package import DataSets
package import Networks

extension Architecture {
  /// What is done to an image before this network sees it.
  ///
  /// The networks on CIFAR's images take them whole, but for `alexnet-cifar`. The others take photographs as
  /// torchvision's do: files are resized and cropped, images that are of one size already are cropped only. Sizes and
  /// numbers of the later ones are those of their published weights.
  package func preprocessing(ofFiles areFiles: Bool) -> Preprocessing {
    if name == Self.alexNetCIFAR.name { return .cifarAlexNet }
    if name.hasSuffix("-cifar"), let cifar = Preprocessing.preset("cifar") { return cifar }
    var numbers = Preprocessing.imageNet.numbers
    if let own = photographs?.meanAndDeviation {
      numbers.normalisation = .fixed(mean: [own], deviation: [own])
    }
    guard areFiles else {
      return Preprocessing(geometry: ImageGeometry(crop: input.height), numbers: numbers)
    }
    if let photographs {
      return Preprocessing(
        geometry: ImageGeometry(
          resize: .shorterSide(photographs.resize), crop: input.height,
          filter: photographs.isBicubic ? .bicubic : .bilinear), numbers: numbers)
    }
    return Preprocessing.preset(input.height == 299 ? "imagenet-299" : "imagenet") ?? .imageNet
  }
}

extension Preprocessing {
  /// Throws where images of a data set that is prepared by it do not become the network's input.
  package func check(_ set: ImageDataSet, for architecture: Architecture) throws {
    try check(set)
    let shape = outputShape(for: set.shape)
    let input = architecture.input
    guard (shape.channels, shape.height, shape.width) == (input.channels, input.height, input.width)
    else {
      throw NetworkError(
        "\(set.name): expected images that give \(architecture.name)'s input of \(input), found "
          + "\(shape.channels) × \(shape.height) × \(shape.width); see --preprocess")
    }
  }

  /// As the part of a differentiated model that lies before the network.
  package func differentiable(for shape: ImageShape) -> PixelPreprocessing {
    PixelPreprocessing(
      apply: { apply($0, shape: shape, into: &$1) },
      pullback: { pullback($0, shape: shape, gradient: $1, into: &$2) })
  }
}

extension ImageDataSet {
  /// As a network of so many outputs takes it: over all of ImageNet's classes where it has some of them.
  package func fitting(_ classCount: Int) -> ImageDataSet {
    guard classes.count != classCount, classCount == ImageNetClasses.all.count else { return self }
    return overImageNetClasses() ?? self
  }
}
