// Einstein sums of one operand or two as a batched matrix product between transpositions. No sums of three, no diagonals, no
// ellipsis.

/// What an equation like "bhid,bhjd->bhij" asks for.
struct Einsum {
  private let operands: [(value: Argument, axes: [Character])]
  private let result: [Character]

  /// - Parameters:
  ///   - equation: Letters as operands have axes; spaces mean nothing.
  ///   - values: As many as it has operands.
  init?(_ equation: String, _ values: [Argument]) {
    let sides = equation.filter { $0 != " " }.split(
      separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard sides.count == 2, sides[1].hasPrefix(">") else { return nil }
    let axes = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    result = Array(sides[1].dropFirst())
    operands = zip(values, axes).map { ($0, $1) }
    let letters = Set(axes.joined())
    guard (1...2).contains(axes.count), axes.count == values.count,
      (axes + [result]).allSatisfy(Self.isPlain), letters.isSuperset(of: result)
    else { return nil }
  }

  private static func isPlain(_ axes: [Character]) -> Bool {
    axes.allSatisfy(\.isLetter) && Set(axes).count == axes.count && axes.count <= 64
  }

  /// - Parameters:
  ///   - make: An operation of the node.
  ///   - part: Names a value within the node.
  func operations(
    into output: String, part: (String) -> String,
    make: (OperationKind, [String: Argument], String) -> Operation
  ) -> [Operation] {
    var operations: [Operation] = []
    func add(
      _ kind: OperationKind, _ arguments: [String: Argument], _ name: String
    ) -> Argument {
      operations.append(make(kind, arguments, name))
      return .value(name)
    }
    /// Summed over what neither the other operand nor the result has, its axes in the order wanted.
    func prepared(_ index: Int, _ wanted: [Character]) -> Argument {
      let (value, axes) = operands[index]
      let gone = axes.indices.filter { !wanted.contains(axes[$0]) }
      var operand = value
      if !gone.isEmpty {
        operand = add(.sum, ["input": value, "axes": .ints(gone)], part("\(index)/sum"))
      }
      let left = axes.filter(wanted.contains)
      return left == wanted
        ? operand
        : add(
          .transpose, ["input": operand, "order": .ints(Self.order(wanted, of: left))],
          part("\(index)/order"))
    }
    guard operands.count == 2 else {
      _ = add(.identity, ["input": prepared(0, result)], output)
      return operations
    }
    let (a, b) = (operands[0].axes, operands[1].axes)
    let shared = a.filter(b.contains)
    let batch = shared.filter(result.contains)
    let summed = shared.filter { !result.contains($0) }
    let rows = a.filter { !b.contains($0) && result.contains($0) }
    let columns = b.filter { !a.contains($0) && result.contains($0) }
    // All rows and columns but the last ones are axes of further products.
    let (outerRows, outerColumns) = (Array(rows.dropLast()), Array(columns.dropLast()))
    var left = prepared(0, outerRows + batch + rows.suffix(1) + summed)
    var right = prepared(1, outerColumns + batch + summed + columns.suffix(1))
    func merged(_ operand: Argument, from start: Int, _ name: String) -> Argument {
      summed.count == 1
        ? operand
        : summed.isEmpty
          ? add(.unsqueeze, ["input": operand, "axes": .ints([start])], name)
          : add(
            .flatten,
            ["input": operand, "start": .int(start), "end": .int(start + summed.count - 1)], name)
    }
    let rank = outerRows.count + batch.count + min(1, rows.count)
    left = merged(left, from: rank, part("0/merged"))
    right = merged(right, from: outerColumns.count + batch.count, part("1/merged"))
    if rows.isEmpty {
      left = add(.unsqueeze, ["input": left, "axes": .ints([batch.count])], part("0/rows"))
    }
    if !outerColumns.isEmpty {
      let between = outerColumns.indices.map { outerRows.count + $0 }
      left = add(.unsqueeze, ["input": left, "axes": .ints(between)], part("0/columns"))
    }
    if columns.isEmpty {
      right = add(
        .unsqueeze, ["input": right, "axes": .ints([batch.count + 1])], part("1/columns"))
    }
    var product = add(.matrixProduct, ["a": left, "b": right], part("product"))
    var gone: [Int] = []
    let before = outerRows.count + outerColumns.count + batch.count
    if rows.isEmpty { gone.append(before) }
    if columns.isEmpty { gone.append(before + 1) }
    if !gone.isEmpty {
      product = add(.squeeze, ["input": product, "axes": .ints(gone)], part("squeezed"))
    }
    let axes = outerRows + outerColumns + batch + rows.suffix(1) + columns.suffix(1)
    if axes == result {
      operations[operations.count - 1].outputs = [output]
    } else {
      _ = add(
        .transpose, ["input": product, "order": .ints(Self.order(result, of: axes))], output)
    }
    return operations
  }

  private static func order(_ wanted: [Character], of axes: [Character]) -> [Int] {
    wanted.compactMap { axes.firstIndex(of: $0) }
  }
}
