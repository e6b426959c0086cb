// Elementwise functions of one value.

internal import Basics
internal import ModelFiles

extension Lowering {
  /// A function that every operation of a kind is, with its own settings.
  private static func function(
    _ make: @escaping @Sendable (LoweredOperation) throws -> ElementFunction
  ) -> Handler {
    { lowering, operation in
      [.view(try lowering.apply(make(operation), to: operation.view(), named: operation))]
    }
  }

  static let functionHandlers: [OperationKind: Handler] = [
    .rectifier: { lowering, operation in
      let x = try lowering.dense(operation.view())
      return [
        .view(
          try lowering.add(
            operation.name(), .rectifier, [x.node], sizes: x.sizes, order: x.memoryOrder,
            batch: x.batch))
      ]
    },
    .sigmoid: function { _ in .sigmoid },
    .tanh: function { _ in .tanh },
    .silu: function { _ in .silu },
    .gelu: function {
      switch $0.text("approximate") ?? "none" {
      case "none": .gelu
      case "tanh": .geluTanh
      case let other:
        throw NetworkError("approximate: expected none or tanh, found \(other.shown(100))")
      }
    },
    .hardSwish: function { _ in .hardSwish },
    .hardSigmoid: function {
      .hardSigmoid(
        alpha: Float(try $0.number("alpha", 1.0 / 6)), beta: Float(try $0.number("beta", 0.5)))
    },
    .clip: function {
      .clamp(
        minimum: Float(try $0.number("minimum", -.infinity)),
        maximum: Float(try $0.number("maximum", .infinity)))
    },
    .leakyRectifier: function { .leakyRectifier(slope: Float(try $0.number("slope", 0.01))) },
    .elu: function {
      .elu(alpha: Float(try $0.number("alpha", 1)), scale: Float(try $0.number("scale", 1)))
    },
    .softplus: function {
      .softplus(
        beta: Float(try $0.number("beta", 1)), threshold: Float(try $0.number("threshold", 20)))
    },
    .softsign: function { _ in .softsign },
    .mish: function { _ in .mish },
    .exponential: function { _ in .exponential },
    .logarithm: function { _ in .logarithm },
    .squareRoot: function { _ in .squareRoot },
    .reciprocalSquareRoot: function { _ in .reciprocalSquareRoot },
    .reciprocal: function { _ in .reciprocal },
    .negation: function { _ in .negation },
    .absolute: function { _ in .absolute },
    .errorFunction: function { _ in .errorFunction },
    .sine: function { _ in .sine },
    .cosine: function { _ in .cosine },
    .floor: function { _ in .floor },
    .ceil: function { _ in .ceiling },
    .round: function { _ in .round },
    .sign: function { _ in .sign },
    .not: function { _ in .not },
    .tangent: function { _ in .tangent },
    .arcSine: function { _ in .arcSine },
    .arcCosine: function { _ in .arcCosine },
    .arcTangent: function { _ in .arcTangent },
    .hyperbolicSine: function { _ in .hyperbolicSine },
    .hyperbolicCosine: function { _ in .hyperbolicCosine },
    .areaSine: function { _ in .areaSine },
    .areaCosine: function { _ in .areaCosine },
    .areaTangent: function { _ in .areaTangent },
    .shrink: function {
      .shrink(
        threshold: Float(try $0.number("threshold", 0.5)), bias: Float(try $0.number("bias", 0)))
    },
    .threshold: function {
      .threshold(limit: Float(try $0.number("limit", 1)), value: Float(try $0.number("value", 0)))
    },
    .identity: { _, operation in
      guard let value = try operation.value("input") else {
        throw NetworkError("expected an input")
      }
      return [value]
    },
    .cast: { lowering, operation in
      guard case .view(let view)? = try operation.value("input") else {
        throw NetworkError("expected an input")
      }
      let type = operation.text("type") ?? "float32"
      if type == "bool" { return [.view(try lowering.apply(.truth, to: view, named: operation))] }
      guard ["float32", "float16", "bfloat16", "float64"].contains(type) else {
        throw NetworkError("expected a kind of float or bool, found \(type.shown(50))")
      }
      return [.view(view)]
    },
    .parametricRectifier: { lowering, operation in
      let weight = try operation.needed("weight")
      let slopes = try weight.reshaped(to: [weight.count])
      let x = try operation.view()
      guard x.sizes.count >= 2, slopes.count == 1 || slopes.count == x.sizes[1] else {
        throw NetworkError(
          "expected a slope or one for each channel, found \(slopes.count) for \(lowering.described(x))"
        )
      }
      // Channels innermost.
      let order = x.memoryOrder.filter { $0 != 1 } + [1]
      let dense = try lowering.dense(x, in: order)
      return [
        .view(
          try lowering.add(
            operation.name(), .parametricRectifier(ParametricRectifier(slopes: slopes.count)),
            [lowering.node(dense, as: Lowering.rows(of: x.sizes, order: order))], sizes: x.sizes,
            order: order, batch: x.batch, parameters: ["weight": slopes]))
      ]
    },
  ]

  /// The value of a function of every element, wherever it lies.
  func apply(
    _ function: ElementFunction, to view: View, named operation: LoweredOperation
  ) throws -> View {
    let x = try dense(view)
    return try add(
      operation.name(of: ""), .activation(Activation(function)), [x.node], sizes: x.sizes,
      order: x.memoryOrder, batch: x.batch)
  }
}
