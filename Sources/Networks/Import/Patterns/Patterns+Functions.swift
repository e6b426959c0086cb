// Functions of one value that files have in parts.

internal import ModelFiles

extension Patterns {
  /// x · sigmoid(x).
  func silu(_ position: Int) -> Operation? {
    let last = graph.operations[position]
    guard last.kind == .multiply, let (a, b) = operands(last) else { return nil }
    for (x, other) in [(a, b), (b, a)] {
      guard let sigmoid = source(other, .sigmoid), sigmoid.arguments["input"] == x else { continue }
      return whole(.silu, last, ["input": x])
    }
    return nil
  }

  /// x · hardSigmoid(x), which is hard-swish where the slope is 1 / 6.
  func hardSwish(_ position: Int) -> Operation? {
    let last = graph.operations[position]
    guard last.kind == .multiply, let (a, b) = operands(last) else { return nil }
    for (x, other) in [(a, b), (b, a)] {
      guard let inner = source(other, .hardSigmoid), inner.arguments["input"] == x,
        Self.near(number(inner.arguments["alpha"]) ?? 1.0 / 6, 1.0 / 6),
        Self.near(number(inner.arguments["beta"]) ?? 0.5, 0.5)
      else { continue }
      return whole(.hardSwish, last, ["input": x])
    }
    return nil
  }

  /// ½ · x · (1 + erf(x / √2)), the factors in whichever order.
  func gelu(_ position: Int) -> Operation? {
    let last = graph.operations[position]
    guard last.kind == .multiply, let (a, b) = operands(last) else { return nil }
    // The factors of the whole product, ½ among them.
    for (one, other) in [(a, b), (b, a)] {
      if let number = number(one), Self.near(number, 0.5), let inner = source(other, .multiply),
        let (c, d) = operands(inner)
      {
        for (x, sum) in [(c, d), (d, c)] where isErrorSum(sum, of: x) {
          return whole(.gelu, last, ["input": x])
        }
      }
      if let half = source(one, .multiply), let (x, number) = scaled(half),
        Self.near(number, 0.5), isErrorSum(other, of: x)
      {
        return whole(.gelu, last, ["input": x])
      }
      if let half = source(other, .multiply), let (sum, number) = scaled(half),
        Self.near(number, 0.5), isErrorSum(sum, of: one)
      {
        return whole(.gelu, last, ["input": one])
      }
    }
    return nil
  }

  /// 1 + erf(x / √2).
  private func isErrorSum(_ argument: Argument, of x: Argument) -> Bool {
    guard let sum = source(argument, .add), let (inner, one) = scaled(sum), one == 1,
      let function = source(inner, .errorFunction),
      let scale = source(function.arguments["input"], .multiply, .divide),
      let (value, number) = scaled(scale), value == x
    else { return false }
    let root = 2.0.squareRoot()
    return Self.near(number, scale.kind == .divide ? root : 1 / root)
  }

  func whole(
    _ kind: OperationKind, _ last: Operation, _ arguments: [String: Argument]
  ) -> Operation {
    Operation(
      kind, origin: last.origin, name: last.name, scope: last.scope, arguments,
      outputs: last.outputs)
  }
}
