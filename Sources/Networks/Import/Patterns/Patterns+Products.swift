// Linear layers over tokens and attention, which files have in parts.

internal import ModelFiles

extension Patterns {
  /// A product with a constant matrix, and the constant vector that is added to it.
  func linear(_ position: Int) -> Operation? {
    let last = graph.operations[position]
    guard last.kind == .add, number(last.arguments["alpha"]) ?? 1 == 1,
      let (a, b) = operands(last)
    else { return nil }
    for (product, bias) in [(a, b), (b, a)] {
      guard let matrix = source(product, .matrixProduct), matrix.arguments["bias"] == nil,
        case .value(let name) = bias, let constant = graph.constants[name],
        case .value(let weight)? = matrix.arguments["b"], let stored = graph.constants[weight],
        stored.shape.count == 2, constant.shape == [stored.shape[1]]
      else { continue }
      var arguments = matrix.arguments
      arguments["bias"] = bias
      var joined = whole(.matrixProduct, last, arguments)
      joined.scope = matrix.scope.isEmpty ? last.scope : matrix.scope
      // Exporters give weights of such products names of their own; the bias keeps the module's.
      if constant.name.hasSuffix(".bias") {
        joined.scope = String(constant.name.dropLast(".bias".count))
      }
      return joined
    }
    return nil
  }

  /// softmax(q kᵀ · scale + mask) v.
  func attention(_ position: Int) -> Operation? {
    let last = graph.operations[position]
    guard last.kind == .matrixProduct, let (scores, value) = operands(last),
      let softmax = source(scores, .softmax)
    else { return nil }
    var argument = softmax.arguments["input"]
    var mask: Argument?
    if let sum = source(argument, .add), let (a, b) = operands(sum) {
      // One of the two is computed of queries and keys.
      for (inner, other) in [(a, b), (b, a)]
      where mask == nil && source(inner, .matrixProduct, .multiply, .divide) != nil {
        (argument, mask) = (inner, other)
      }
      guard mask != nil else { return nil }
    }
    var scale = 1.0
    if let scaling = source(argument, .multiply, .divide), let (inner, number) = scaled(scaling) {
      guard number != 0 else { return nil }
      scale = scaling.kind == .multiply ? number : 1 / number
      argument = inner
    }
    guard let product = source(argument, .matrixProduct), product.arguments["bias"] == nil,
      let (query, key) = operands(product), !isConstant(key), !isConstant(value)
    else { return nil }
    var arguments: [String: Argument] = [
      "query": query, "key": key, "value": value, "scale": .float(scale),
      "keyIsTransposed": .bool(true),
    ]
    arguments["mask"] = mask
    let axis = number(softmax.arguments["axis"]) ?? -1
    // Counted from the front it is the last one or no attention: the lowering knows how many there are.
    if axis >= 0 {
      arguments["softmaxAxis"] = softmax.arguments["axis"]
    } else if axis != -1 {
      return nil
    }
    return whole(.attention, last, arguments)
  }

  /// A softmax with 0 in place of rows whose scores are all −∞, as PyTorch decomposes its attention; the engine's attention
  /// gives 0 there, too.
  func safeSoftmax(_ position: Int) -> Operation? {
    let last = graph.operations[position]
    guard last.kind == .choose, let softmax = source(last.arguments["b"], .softmax),
      let zero = source(last.arguments["a"], .full), number(zero.arguments["value"]) ?? 0 == 0,
      let none = source(last.arguments["condition"], .not),
      let any = source(none.arguments["input"], .maximumOver),
      let finite = source(any.arguments["input"], .not),
      let equal = source(finite.arguments["input"], .equal), let (scores, number) = scaled(equal),
      number == -.infinity, scores == softmax.arguments["input"], let over = any.arguments["axes"],
      [softmax.arguments["axis"].map { .list([$0]) }, softmax.arguments["axis"]].contains(over)
    else { return nil }
    return whole(.identity, last, ["input": last.arguments["b"] ?? scores])
  }

  /// A product of rows with a constant matrix that is repeated for each of them, as PyTorch decomposes a linear layer over
  /// tokens whose axis is outside of the batch's. Both factors of `bmm` have as many matrices.
  func repeatedMatrix(_ position: Int) -> Operation? {
    let last = graph.operations[position]
    guard last.kind == .matrixProduct, last.origin.hasPrefix("aten.bmm") else { return nil }
    var repeated = source(last.arguments["b"], .expand, .reshape)
    while let reshape = repeated, reshape.kind == .reshape {
      repeated = source(reshape.arguments["input"], .expand, .reshape)
      guard repeated?.arguments["shape"] == reshape.arguments["shape"] else { return nil }
    }
    guard let repeated, case .list(let sizes)? = repeated.arguments["shape"], sizes.count == 3,
      let matrix = repeated.arguments["input"]
    else { return nil }
    var (stored, isTurned) = (matrix, false)
    if let transpose = source(matrix, .transpose) {
      guard transpose.arguments["order"] == .list([.int(1), .int(0)]),
        let input = transpose.arguments["input"]
      else { return nil }
      (stored, isTurned) = (input, true)
    }
    guard case .value(let name) = stored, let shape = graph.constants[name]?.shape,
      shape.count == 2,
      zip(sizes.dropFirst(), isTurned ? shape.reversed() : shape).allSatisfy({
        $0 == .int(-1) || $0 == .int($1)
      })
    else { return nil }
    return whole(.matrixProduct, last, last.arguments.merging(["b": matrix]) { $1 })
  }

  private func isConstant(_ argument: Argument) -> Bool {
    if case .value(let name) = argument { graph.constants[name] != nil } else { true }
  }
}
