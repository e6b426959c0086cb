// The vision transformer (Dosovitskiy et al. 2021, "An image is worth 16x16 words").

/// Base, large and huge, with patches of 14, 16 or 32; nodes are named as torchvision names their
/// modules. Embeddings of positions are for one size of input.
enum VisionTransformer {
  static let all = [
    Form("b_16", patch: 16, layers: 12, heads: 12, width: 768).known,
    Form("b_32", patch: 32, layers: 12, heads: 12, width: 768).known,
    Form("l_16", patch: 16, layers: 24, heads: 16, width: 1024, Photographs(resize: 242)).known,
    Form("l_32", patch: 32, layers: 24, heads: 16, width: 1024).known,
    Form(
      "h_14", patch: 14, layers: 32, heads: 16, width: 1280, side: 518,
      Photographs(resize: 518, isBicubic: true)
    ).known,
  ]

  private struct Form {
    let name: String
    let patch: Int
    let layers: Int
    let heads: Int
    let width: Int
    let side: Int
    let photographs: Photographs?

    init(
      _ name: String, patch: Int, layers: Int, heads: Int, width: Int, side: Int = 224,
      _ photographs: Photographs? = nil
    ) {
      (self.name, self.patch, self.layers) = (name, patch, layers)
      (self.heads, self.width) = (heads, width)
      (self.side, self.photographs) = (side, photographs)
    }

    var known: KnownArchitecture {
      KnownArchitecture(
        "vit_\(name)", side: side, smallestSide: patch, sideStep: patch, trains: false,
        photographs: photographs
      ) { make(self, classes: $0, side: $1) }
    }
  }

  private static func make(_ form: Form, classes: Int, side: Int) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    let window = Window.square(form.patch, stride: form.patch)
    let patches = net.add("conv_proj", .convolution(form.width, window), net.input)
    let tokens = MapShape(
      channels: form.width, height: net.shapes[patches].positions + 1, width: 1)
    let first = net.constant("class_token", [1, 1, form.width])
    var x = net.add("tokens", .join(Join(outer: 1, output: tokens)), first, patches)
    let positions = net.constant("encoder.pos_embedding", [1, tokens.height, form.width])
    let sizes = [tokens.height, form.width]
    x = net.add(
      "encoder.sum", .broadcast(Broadcast(.add, sizes, sizes, output: tokens)), x, positions)
    for layer in 0..<form.layers {
      x = block("encoder.layers.encoder_layer_\(layer)", heads: form.heads, from: x, in: &net)
    }
    x = net.normalisedRows("encoder.ln", x)
    let picked = Rearrangement(
      sizes: sizes, picks: [[0], nil], output: MapShape(vector: form.width))
    x = net.add("encoder.first", .rearrangement(picked), x)
    _ = net.add("heads.head", .fullyConnected(classes), x)
    return net.architecture("vit_\(form.name)")
  }

  private static func block(
    _ name: String, heads: Int, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let tokens = net.shapes[from]
    let (count, width) = (tokens.height, tokens.channels)
    let size = width / heads
    let own = "\(name).self_attention"
    var x = net.normalisedRows("\(name).ln_1", from)
    x = net.add(
      own, .convolution(.overTokens(outputs: 3 * width)), x,
      parameters: ["weight": "\(own).in_proj_weight", "bias": "\(own).in_proj_bias"])
    let attention = Attention.packed(
      heads: heads, tokens: count, size: size, scale: Float(1 / Double(size).squareRoot()),
      output: MapShape(channels: size, height: count, width: heads))
    x = net.add("\(own).attention", .attention(attention), x)
    x = net.add("\(own).tokens", .reinterpretation(Reinterpretation(shape: tokens)), x)
    x = net.add("\(own).out_proj", .convolution(.overTokens(outputs: width)), x)
    let attended = net.add("\(own).sum", .sum, x, from)
    x = net.normalisedRows("\(name).ln_2", attended)
    x = net.hiddenOverTokens("\(name).mlp", (0, 1, 3), 4 * width, from: x)
    return net.add("\(name).sum", .sum, attended, x)
  }
}
