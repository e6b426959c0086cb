// The shifts there are and how strong each severity makes them. What they do to an image is in the file of each.

/// A corruption of Hendrycks and Dietterich's benchmarks (2019) by its name in a text, or sign noise, the control
/// of an attack: as far from the image as the attack goes, in no chosen direction.
package enum ShiftKind: String, CaseIterable, Sendable {
  case gaussianNoise = "gaussian-noise"
  case blur, contrast, brightness, pixelate, jpeg
  case signNoise = "sign-noise"

  package var isRandom: Bool { self == .gaussianNoise || self == .signNoise }

  /// What a severity of 1 to 5 stands for: the noise's deviation and the brightness added, of a range of 1; the
  /// blur's σ in pixels; the contrast kept; pixelate's share of a side; JPEG's quality.
  ///
  /// Images up to 64 pixels a side get CIFAR-10-C's numbers (make_cifar_c.py), larger ones ImageNet-C's
  /// (make_imagenet_c.py): https://github.com/hendrycks/robustness/tree/master/ImageNet-C/create_c.
  func parameter(severity: Int, for shape: ImageShape) -> Double {
    let isLarge = max(shape.height, shape.width) > 64
    let parameters: [Double] =
      switch self {
      case .gaussianNoise:
        isLarge ? [0.08, 0.12, 0.18, 0.26, 0.38] : [0.04, 0.06, 0.08, 0.09, 0.1]
      case .blur: isLarge ? [1, 2, 3, 4, 6] : [0.4, 0.6, 0.7, 0.8, 1]
      case .contrast: isLarge ? [0.4, 0.3, 0.2, 0.1, 0.05] : [0.75, 0.5, 0.4, 0.3, 0.15]
      case .brightness: isLarge ? [0.1, 0.2, 0.3, 0.4, 0.5] : [0.05, 0.1, 0.15, 0.2, 0.3]
      case .pixelate: isLarge ? [0.6, 0.5, 0.4, 0.3, 0.25] : [0.95, 0.9, 0.85, 0.75, 0.65]
      case .jpeg: isLarge ? [25, 18, 15, 10, 7] : [80, 65, 58, 50, 40]
      case .signNoise: preconditionFailure("Sign noise has an ε and no severity.")
      }
    return parameters[severity - 1]
  }
}
