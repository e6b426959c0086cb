// Operators of ONNX that become several operations, or others by their attributes and versions.

import ModelFiles
import Testing

struct ONNXOperatorTests {
  private func operations(
    _ node: Message, _ constants: [Message] = [], opset: Int = 20
  ) throws -> [Operation] {
    let model = Message.model([node], constants: constants, opset: opset)
    return try ModelGraph(decoding: model.bytes, path: "model").operations
  }

  @Test func sumsOfProducts() throws {
    let nodes = [
      ("bik,bjk->bij", [OperationKind.transpose, .matrixProduct]),
      ("b i j, b j d -> b i d", [.matrixProduct]),
      ("ik,kj->ji", [.matrixProduct, .transpose]),
      ("kj,ik->ij", [.transpose, .transpose, .matrixProduct, .transpose]),
      // All rows but the last are axes of further products; what neither needs is summed before.
      ("byhwc,hkc->byhwk", [.transpose, .matrixProduct]),
      ("bi,bi->b", [.unsqueeze, .unsqueeze, .matrixProduct, .squeeze]),
      ("bhij,bjd->bhid", [.transpose, .matrixProduct, .transpose]),
      ("bijk,bjkd->bid", [.flatten, .flatten, .matrixProduct]),
      ("ab,c->ac", [.sum, .unsqueeze, .unsqueeze, .matrixProduct]),
      ("bii,bij->bj", [.unknown]), ("...ij,jk->ik", [.unknown]), ("ij,jk", [.unknown]),
      ("ij,jk->il", [.unknown]), ("", [.unknown]),
    ]
    for (equation, kinds) in nodes {
      let node = Message.node("Einsum", ["x", "x"], ["y"]).with("equation", equation)
      let made = try operations(node)
      #expect(made.map(\.kind) == kinds, "\(equation)")
      #expect(made.last?.outputs == ["y"])
    }
    let turned = try operations(
      Message.node("Einsum", ["x", "x"], ["y"]).with("equation", "bik,bjk->bij"))
    #expect(turned[0].arguments["order"] == .list([.int(0), .int(2), .int(1)]))
  }

  @Test func axesAreAttributesOrInputs() throws {
    let axes = Argument.list([.int(1)])
    let old = try operations(Message.node("ReduceMean", ["x"], ["y"]).with("axes", [1]), opset: 13)
    #expect(old[0].arguments["axes"] == axes)
    let new = try operations(
      Message.node("ReduceMean", ["x", "a"], ["y"]).with("keepdims", 0), [.tensor("a", [1], [1])])
    #expect(new[0].arguments["axes"] == .value("a"))
    #expect(new[0].arguments["keepDimensions"] == .bool(false))
    let none = Message.node("ReduceSum", ["x"], ["y"])
    #expect(try operations(none)[0].arguments["axes"] == nil)
    #expect(try operations(none.with("noop_with_empty_axes", 1))[0].kind == .identity)
    // Whether a computed list is empty is not known.
    let computed = Message.node("ReduceSum", ["x", "x"], ["y"]).with("noop_with_empty_axes", 1)
    #expect(try operations(computed)[0].kind == .unknown)
  }

  @Test func slopesOfChannelsAndOthers() throws {
    func kinds(_ shape: [Int]) throws -> [OperationKind] {
      let slope = Message.tensor("s", shape, [Float](repeating: 0.5, count: shape.reduce(1, *)))
      return try operations(Message.node("PRelu", ["x", "s"], ["y"]), [slope]).map(\.kind)
    }
    #expect(try kinds([2, 1, 1]) == [.reshape, .parametricRectifier])
    #expect(try kinds([1]) == [.reshape, .parametricRectifier])
    // One for each element of the last axis, which need not be the channels'.
    #expect(try kinds([2]) == [.rectifier, .minimum, .multiply, .add])
  }

  @Test func padsAreCutInHalves() throws {
    let known = try operations(
      Message.node("Pad", ["x", "p"], ["y"]), [.tensor("p", [4], [0, 1, 2, 3])])
    #expect(known[0].arguments["before"] == .list([.int(0), .int(1)]))
    #expect(known[0].arguments["after"] == .list([.int(2), .int(3)]))
    let computed = try operations(Message.node("Pad", ["x", "x"], ["y"]).with("mode", "edge"))
    #expect(computed.map(\.kind) == [.split, .pad])
    #expect(computed[0].outputs == ["y/before", "y/after"])
    #expect(computed[1].arguments["after"] == .value("y/after"))
    #expect(computed[1].arguments["mode"] == .text("edge"))
  }

  @Test func sizesOfRowsAndColumns() throws {
    func resize(_ constant: Message, _ inputs: [String]) -> Message {
      Message.node("Resize", inputs, ["y"])
        .with("mode", "linear").with("coordinate_transformation_mode", "align_corners")
    }
    let scales = try operations(
      resize(Message(), ["x", "", "s"]), [.tensor("s", [4], [1, 1, 2, 3] as [Float])])
    #expect(scales[0].arguments["scales"] == .list([.float(2), .float(3)]))
    #expect(scales[0].arguments["coordinates"] == .text("alignCorners"))
    let sizes = try operations(
      resize(Message(), ["x", "", "", "s"]), [.tensor("s", [4], [2, 8, 5, 7])])
    #expect(sizes[0].arguments["sizes"] == .list([.int(5), .int(7)]))
    let computed = try operations(resize(Message(), ["x", "", "", "x"]))
    #expect(computed.map(\.kind) == [.slice, .resize])
    // Channels are none of its axes.
    let channels = try operations(
      resize(Message(), ["x", "", "s"]), [.tensor("s", [4], [1, 2, 2, 3] as [Float])])
    #expect(channels[0].kind == .unknown)
    func resized(_ attribute: String, _ value: String) throws -> Operation {
      let node = Message.node("Resize", ["x", "", "s"], ["y"]).with(attribute, value)
      return try operations(node, [.tensor("s", [4], [1, 1, 2, 2] as [Float])])[0]
    }
    let cubic = try resized("mode", "cubic")
    #expect(cubic.arguments["mode"] == .text("cubic"))
    #expect(cubic.arguments["slope"] == .float(-0.75))
    #expect(try resized("mode", "best").kind == .unknown)
    let cropped = try resized("coordinate_transformation_mode", "tf_crop_and_resize")
    #expect(cropped.kind == .unknown)
  }

  /// Weights of groups became those of channels with 21.
  @Test func weightsOfGroupsUntil21() throws {
    let node = Message.node("GroupNormalization", ["x", "x", "x"], ["y"]).with("num_groups", 2)
    let kinds = try [17, 18, 20, 21].map { try operations(node, opset: $0)[0] }
    #expect(kinds[0].kind == .unknown)
    #expect(kinds[1...].allSatisfy { $0.kind == .groupNormalisation })
    #expect(kinds[1].arguments["perGroup"] == .bool(true))
    #expect(kinds[2].arguments["perGroup"] == .bool(true))
    #expect(kinds[3].arguments["perGroup"] == nil)
  }

  @Test func windowsOfOneAxisOrTwo() throws {
    func kind(_ name: String, _ kernel: [Int]) throws -> OperationKind {
      try operations(Message.node(name, ["x", "x"], ["y"]).with("kernel_shape", kernel))[0].kind
    }
    #expect(try kind("Conv", [3, 3]) == .convolution)
    #expect(try kind("Conv", [3]) == .convolution)
    let row = Message.node("MaxPool", ["x"], ["y"]).with("kernel_shape", [2])
    #expect(
      try operations(row.with("pads", [1, 0]))[0].arguments["padding"] == .list([.int(1), .int(0)]))
    #expect(try operations(row.with("pads", [1, 0, 0, 0]))[0].kind == .unknown)
    #expect(try kind("Conv", [3, 3, 3]) == .unknown)
    let pool = Message.node("AveragePool", ["x"], ["y"]).with("kernel_shape", [2, 2])
    let made = try operations(pool.with("auto_pad", "SAME_LOWER"))[0]
    #expect(made.arguments["padding"] == .text("sameLower"))
    #expect(made.arguments["stride"] == .list([.int(1), .int(1)]))
    #expect(made.arguments["countsPadding"] == .bool(false))
    // A setting that nobody has heard of may mean anything.
    #expect(try operations(pool.with("shape_of_things", 1))[0].kind == .unknown)
  }

  @Test func operatorsOfOthers() throws {
    let fused = Message.node("FusedMatMul", ["x", "x"], ["y"], domain: "com.microsoft")
    #expect(try operations(fused).map(\.kind) == [.matrixProduct])
    let turned = try operations(fused.with("transB", 1))
    #expect(turned.map(\.kind) == [.swapAxes, .matrixProduct])
    #expect(turned[1].arguments["b"] == .value("y/transB"))
    #expect(turned[1].origin == "com.microsoft.FusedMatMul")
    let gelu = Message.node("FastGelu", ["x", "x"], ["y"], domain: "com.microsoft")
    #expect(try operations(gelu).map(\.kind) == [.add, .gelu])
    let heads = Message.node("Attention", ["x", "x", "x"], ["y"])
    #expect(try operations(heads, opset: 23)[0].kind == .attention)
    #expect(try operations(heads.with("q_num_heads", 2), opset: 23)[0].kind == .unknown)
    #expect(try operations(heads, opset: 20)[0].kind == .unknown)
  }

  @Test func sumsOfOneOperand() throws {
    let nodes = [
      ("bij->bji", [OperationKind.transpose, .identity]), ("bij->b", [.sum, .identity]),
      ("bij->jb", [.sum, .transpose, .identity]), ("bii->b", [.unknown]),
    ]
    for (equation, kinds) in nodes {
      let made = try operations(Message.node("Einsum", ["x"], ["y"]).with("equation", equation))
      #expect(made.map(\.kind) == kinds, "\(equation)")
    }
  }

  /// What a translation does not read may mean anything: the operation is refused with its name.
  @Test(arguments: [
    (Message.node("Concat", ["x", "x"], ["y"]).with("axis", 1).with("fancy", 1), "fancy"),
    (Message.node("Dropout", ["x"], ["y"]).with("surprise", 2), "surprise"),
    // An attribute of another type than the operator's is not its default.
    (Message.node("Concat", ["x", "x"], ["y"]).with("axis", "1"), "axis"),
    (Message.node("Reshape", ["x", "s", "x"], ["y"]), "input 3"),
    (Message.node("ReduceMean", ["x"], ["y"]).with("keepdims", [1]), "keepdims"),
  ])
  func whatNobodyReadsIsRefused(node: Message, name: String) throws {
    let made = try operations(node, [.tensor("s", [2], [0, 2])], opset: 17)
    #expect(made.map(\.kind) == [.unknown])
    #expect(made[0].arguments["reason"] == .text("expected it without \(name)"))
  }

  @Test func headsAreTakenOutOfTokens() throws {
    func kinds(_ queries: Int, _ keys: Int) throws -> [OperationKind] {
      try operations(
        Message.node("Attention", ["x", "x", "x"], ["y"]).with("q_num_heads", queries)
          .with("kv_num_heads", keys), opset: 23
      ).map(\.kind)
    }
    let apart = [OperationKind](repeating: .unflatten, count: 3).flatMap { [$0, .transpose] }
    #expect(try kinds(2, 2) == apart + [.attention, .transpose, .flatten])
    #expect(try kinds(4, 2) == [.unknown])
  }

  @Test func infinitiesOfEitherSign() throws {
    func limits(_ above: Int, _ below: Int) throws -> [Argument?] {
      try operations(
        Message.node("IsInf", ["x"], ["y"]).with("detect_positive", above)
          .with("detect_negative", below)
      ).map { $0.arguments["b"] }
    }
    #expect(try limits(1, 1) == [nil, .float(.infinity)])
    #expect(try limits(0, 1) == [.float(-.infinity)])
    #expect(
      try operations(
        Message.node("IsInf", ["x"], ["y"]).with("detect_positive", 0).with("detect_negative", 0)
      ).map(\.kind) == [.unknown])
  }
}
