// Einstein sums of two operands as a batched matrix product between transpositions. No sums of one operand or three, no
// diagonals, no ellipsis, and no product with several axes of a kind.

/// What an equation like "bhid,bhjd->bhij" asks for.
struct Einsum {
  private let orders: (a: [Int], b: [Int], result: [Int])

  /// - Parameter equation: Letters as operands have axes; spaces mean nothing.
  init?(_ equation: String) {
    let sides = equation.filter { $0 != " " }.split(separator: "-", maxSplits: 1)
    guard sides.count == 2, sides[1].hasPrefix(">") else { return nil }
    let operands = sides[0].split(separator: ",").map(Array.init)
    let result = Array(sides[1].dropFirst())
    guard operands.count == 2, (operands + [result]).allSatisfy(Self.isPlain) else { return nil }
    let (a, b) = (operands[0], operands[1])
    let batch = a.filter { b.contains($0) && result.contains($0) }
    let summed = a.filter { b.contains($0) && !result.contains($0) }
    let rows = a.filter { !b.contains($0) }
    let columns = b.filter { !a.contains($0) }
    guard summed.count == 1, rows.count == 1, columns.count == 1,
      Set(result) == Set(batch + rows + columns)
    else { return nil }
    let product = batch + rows + columns
    func order(_ wanted: [Character], of axes: [Character]) -> [Int] {
      wanted.map { axes.firstIndex(of: $0)! }
    }
    orders = (
      order(batch + rows + summed, of: a), order(batch + summed + columns, of: b),
      order(result, of: product)
    )
  }

  private static func isPlain(_ axes: [Character]) -> Bool {
    axes.allSatisfy(\.isLetter) && Set(axes).count == axes.count && axes.count <= 64
  }

  /// - Parameters:
  ///   - make: An operation of the node.
  ///   - part: Names a value within the node.
  func operations(
    _ a: Argument, _ b: Argument, into result: String, part: (String) -> String,
    make: (OperationKind, [String: Argument], String) -> Operation
  ) -> [Operation] {
    var operations: [Operation] = []
    func transposed(_ operand: Argument, _ order: [Int], _ name: String) -> Argument {
      if order == Array(order.indices) { return operand }
      operations.append(make(.transpose, ["input": operand, "order": .ints(order)], name))
      return .value(name)
    }
    let left = transposed(a, orders.a, part("a"))
    let right = transposed(b, orders.b, part("b"))
    let inOrder = orders.result == Array(orders.result.indices)
    let product = inOrder ? result : part("product")
    operations.append(make(.matrixProduct, ["a": left, "b": right], product))
    if !inOrder { _ = transposed(.value(product), orders.result, result) }
    return operations
  }
}
