// Residual networks for CIFAR-10 (He et al. 2016, §4.2), with parameter-free shortcuts (option A).

/// 6n + 2 layers: three stages of n blocks with 16, 32 and 64 channels. Nodes are named as the
/// published weights of Idelbayev's implementation name them.
enum ResNetCIFAR {
  static let all = [20, 32, 44, 56].map { depth in
    KnownArchitecture("resnet\(depth)-cifar", classes: 10, side: 32, smallestSide: 4) {
      make(depth: depth, classes: $0, side: $1)
    }
  }

  private static func make(depth: Int, classes: Int, side: Int) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = net.normalised("conv1", "bn1", 16, .square(3, padding: 1), from: net.input)
    x = net.rectify("relu", x)
    for stage in 0..<3 {
      for block in 0..<(depth - 2) / 6 {
        let name = "layer\(stage + 1).\(block)"
        let channels = 16 << stage
        let stride = stage > 0 && block == 0 ? 2 : 1
        var y = net.normalised(
          "\(name).conv1", "\(name).bn1", channels, .square(3, stride: stride, padding: 1),
          from: x)
        y = net.rectify("\(name).relu1", y)
        y = net.normalised(
          "\(name).conv2", "\(name).bn2", channels, .square(3, padding: 1), from: y)
        if stride > 1 {
          x = net.add(
            "\(name).shortcut", .shortcut(Shortcut(stride: stride, channels: channels)), x)
        }
        x = net.rectify("\(name).relu", net.add("\(name).sum", .sum, y, x))
      }
    }
    net.pooledClassifier("linear", classes: classes, from: x)
    return net.architecture(
      "resnet\(depth)-cifar",
      initialisation: Initialisation(
        convolution: .kaimingNormal(.fanIn),
        fullyConnected: .kaimingNormal(.fanIn, biasIsZero: false)))
  }
}
