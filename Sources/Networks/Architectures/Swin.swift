// Swin Transformers of both versions (Liu et al. 2021, "Hierarchical Vision Transformer using Shifted Windows"; 2022, "Scaling
// Up Capacity and Resolution").

/// Tiny, small and base; nodes are named as torchvision names their modules. Tables that follow from the size of a window
/// stand in files and are not used.
enum Swin {
  static let all = [
    Form("swin_t", 96, heads: 3, depth: 6, resize: 232).known,
    Form("swin_s", 96, heads: 3, depth: 18, resize: 246).known,
    Form("swin_b", 128, heads: 4, depth: 18, resize: 238).known,
    Form("swin_v2_t", 96, heads: 3, depth: 6, isSecond: true, resize: 260).known,
    Form("swin_v2_s", 96, heads: 3, depth: 18, isSecond: true, resize: 260).known,
    Form("swin_v2_b", 128, heads: 4, depth: 18, isSecond: true, resize: 272).known,
  ]

  private struct Form {
    let name: String
    /// Of the first stage; each of the three others has twice as many.
    let width: Int
    let heads: Int
    /// Blocks of the third stage; the others have two.
    let depth: Int
    let isSecond: Bool
    let resize: Int

    init(
      _ name: String, _ width: Int, heads: Int, depth: Int, isSecond: Bool = false, resize: Int
    ) {
      (self.name, self.width, self.heads) = (name, width, heads)
      (self.depth, self.isSecond, self.resize) = (depth, isSecond, resize)
    }

    var window: Int { isSecond ? 8 : 7 }

    var known: KnownArchitecture {
      KnownArchitecture(
        name, side: isSecond ? 256 : 224, smallestSide: 32, largestSide: 1024, trains: false,
        photographs: Photographs(resize: resize, isBicubic: true)
      ) { make(self, classes: $0, side: $1) }
    }
  }

  private static func make(_ form: Form, classes: Int, side: Int) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var unused: [String] = []
    var x = net.add("features.0.0", .convolution(form.width, .square(4, stride: 4)), net.input)
    x = net.normalisedRows("features.0.2", epsilon: 1e-5, x)
    for stage in 0..<4 {
      if stage > 0 { x = merged("features.\(2 * stage)", form, from: x, in: &net) }
      let windows = [0, form.window / 2].map {
        CutMap(ShiftedWindows(net.shapes[x], window: form.window, shift: $0))
      }
      for block in 0..<(stage == 2 ? form.depth : 2) {
        let name = "features.\(2 * stage + 1).\(block)"
        x = residual(name, form, heads: form.heads << stage, windows[block % 2], from: x, in: &net)
        unused.append("\(name).attn.relative_position_index")
        if form.isSecond { unused.append("\(name).attn.relative_coords_table") }
      }
    }
    x = net.normalisedRows("norm", epsilon: 1e-5, x)
    x = net.add("avgpool", .adaptiveAveragePool(.global), x)
    x = net.add("flatten", .flatten, x)
    _ = net.add("head", .fullyConnected(classes), x)
    return net.architecture(form.name, unusedParameters: unused)
  }

  /// Windows with the moves that all blocks of a stage share.
  private struct CutMap {
    let windows: ShiftedWindows
    let partition: Rearrangement
    let reversal: Rearrangement

    init(_ windows: ShiftedWindows) {
      self.windows = windows
      (partition, reversal) = (windows.partition, windows.reversal)
    }
  }

  /// Every two by two positions as one of twice the channels.
  private static func merged(
    _ name: String, _ form: Form, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let map = net.shapes[from]
    let output = MapShape(
      channels: 4 * map.channels, height: (map.height + 1) / 2, width: (map.width + 1) / 2)
    var indices: [Int32] = []
    indices.reserveCapacity(output.count)
    for row in 0..<output.height {
      for column in 0..<output.width {
        for part in 0..<4 {
          let (row, column) = (2 * row + part % 2, 2 * column + part / 2)
          let isInside = row < map.height && column < map.width
          let start = (row * map.width + column) * map.channels
          for channel in 0..<map.channels { indices.append(isInside ? Int32(start + channel) : -1) }
        }
      }
    }
    var x = net.add(
      "\(name).parts",
      .rearrangement(Rearrangement(indices: indices, inputCount: map.count, output: output)), from)
    let reduction = Layer.convolution(.overTokens(outputs: 2 * map.channels, hasBias: false))
    if !form.isSecond { x = net.normalisedRows("\(name).norm", epsilon: 1e-5, x) }
    x = net.add("\(name).reduction", reduction, x)
    return form.isSecond ? net.normalisedRows("\(name).norm", epsilon: 1e-5, x) : x
  }

  /// Attention and a hidden layer, each added to what it reads, which the first version normalises before and the second
  /// behind them.
  private static func residual(
    _ name: String, _ form: Form, heads: Int, _ cut: CutMap, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    var x = from
    for (which, part) in ["attn", "mlp"].enumerated() {
      let norm = "\(name).norm\(which + 1)"
      let before = x
      if !form.isSecond { x = net.normalisedRows(norm, epsilon: 1e-5, x) }
      x =
        which == 0
        ? attended("\(name).\(part)", form, heads: heads, cut, from: x, in: &net)
        : net.hiddenOverTokens("\(name).\(part)", (0, 1, 3), 4 * net.shapes[x].channels, from: x)
      if form.isSecond { x = net.normalisedRows(norm, epsilon: 1e-5, x) }
      x = net.add("\(name).sum\(which + 1)", .sum, x, before)
    }
    return x
  }

  private static func attended(
    _ name: String, _ form: Form, heads: Int, _ cut: CutMap, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    let windows = cut.windows
    let (width, tokens) = (windows.map.channels, form.window * form.window)
    var x = net.add("\(name).windows", .rearrangement(cut.partition), from)
    // Queries and keys, then values, each of the node that it is read from.
    let size = width / heads
    var inputs = [0, 0, 0]
    var sources: [Int]
    if form.isSecond {
      let all = net.projected(name, 3 * width, from: x)
      sources = [net.cosines(name, heads: heads, size: size, from: all), all]
      inputs = [0, 0, 1]
    } else {
      sources = [net.add("\(name).qkv", .convolution(.overTokens(outputs: 3 * width)), x)]
    }
    var masks = [
      Attention.Mask(
        input: sources.count, queryStride: tokens, headStride: tokens * tokens, groupStride: 0)
    ]
    sources.append(net.positions(name, window: form.window, heads: heads, form.isSecond))
    if windows.shift > 0 {
      masks.append(
        Attention.Mask(
          input: sources.count, queryStride: tokens, headStride: 0, groupStride: tokens * tokens))
      let mask = MapShape(channels: tokens, height: windows.count, width: tokens)
      sources.append(
        net.add(
          "\(name).mask", .derived(Derived(.shiftedWindows(windows), output: mask)), net.input))
    }
    let operands = inputs.enumerated().map { which, input in
      Attention.Operand(
        input: input, offset: which * width, tokenStride: 3 * width, headStride: size,
        groupStride: tokens * 3 * width)
    }
    let attention = Attention(
      groups: windows.count, heads: heads, queries: tokens, keys: tokens, size: size,
      valueSize: size,
      // Rows whose mean square is 1 are √size times unit vectors.
      scale: form.isSecond ? 1 / Float(size) : Float(1 / Double(size).squareRoot()),
      query: operands[0], key: operands[1], value: operands[2], masks: masks,
      output: windows.shape)
    x = net.add("\(name).attention", .attention(attention), reading: sources)
    x = net.add("\(name).proj", .convolution(.overTokens(outputs: width)), x)
    return net.add("\(name).map", .rearrangement(cut.reversal), x)
  }
}
