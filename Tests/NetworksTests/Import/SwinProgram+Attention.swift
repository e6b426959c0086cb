// Attention within shifted windows as torch.export writes it.

import Glibc
import ModelFiles

extension SwinProgram {
  mutating func attended(
    _ input: Argument, _ name: String, side: Int, width: Int, shift: Int
  ) -> Argument {
    let (heads, along) = (width / 32, (side + window - 1) / window)
    let padding = along * window - side
    var x = add(
      .pad,
      [
        "input": input, "axes": ints(-1, -2, -3), "before": ints(0, 0, 0),
        "after": ints(0, padding, padding),
      ])
    if shift > 0 { x = rolled(x, -shift, -shift) }
    x = transposed(reshaped(x, -1, along, window, along, window, width), 0, 1, 3, 2, 4, 5)
    x = linear(reshaped(x, -1, tokens, width), "\(name).qkv", bias: bias(name, width))
    x = transposed(reshaped(x, -1, tokens, 3, heads, 32), 2, 0, 3, 1, 4)
    let parts = (0..<3).map { add(.select, ["input": x, "axis": .int(0), "index": .int($0)]) }
    x = scores(parts[0], parts[1], name)
    x = add(.add, ["a": x, "b": positions(name, heads: heads)])
    if shift > 0, let masked = isChanged ? masked : -100 {
      let mask = constant(
        "lifted.\(name)", [1, along * along, 1, tokens, tokens],
        self.mask(along, shift: shift, masked))
      x = reshaped(x, -1, along * along, heads, tokens, tokens)
      x = reshaped(add(.add, ["a": x, "b": mask]), -1, heads, tokens, tokens)
    }
    x = add(.softmax, ["input": x, "axis": .int(-1)])
    x = add(.matrixProduct, ["a": x, "b": parts[2]])
    x = reshaped(
      add(.swapAxes, ["input": x, "first": .int(1), "second": .int(2)]), -1, tokens, width)
    x = linear(x, "\(name).proj")
    x = transposed(reshaped(x, -1, along, along, window, window, width), 0, 1, 3, 2, 4, 5)
    x = reshaped(x, -1, along * window, along * window, width)
    if shift > 0 { x = rolled(x, shift, isChanged && rollsRight ? -shift : shift) }
    return add(
      .slice, ["input": x, "axes": ints(1, 2), "starts": ints(0, 0), "ends": ints(side, side)])
  }

  private mutating func rolled(_ x: Argument, _ rows: Int, _ columns: Int) -> Argument {
    add(.roll, ["input": x, "shifts": ints(rows, columns), "axes": ints(1, 2)])
  }

  private mutating func bias(_ name: String, _ width: Int) -> Argument {
    let own = Argument.value("\(name).qkv.bias")
    guard isSecond, !(isChanged && keepsKeyBias) else { return own }
    let zeros = add(.full, ["shape": ints(width), "value": .float(0), "type": .text("float32")])
    return add(
      .replaceSlice,
      [
        "input": own, "axes": ints(0), "starts": ints(width), "ends": ints(2 * width),
        "source": zeros,
      ])
  }

  private mutating func scores(_ query: Argument, _ key: Argument, _ name: String) -> Argument {
    func turned(_ key: Argument) -> Argument {
      add(.swapAxes, ["input": key, "first": .int(-2), "second": .int(-1)])
    }
    let scale = isChanged ? scale : nil
    guard isSecond else {
      let scaled = add(
        .multiply, ["a": query, "b": .float(scale ?? 1 / 32.0.squareRoot())])
      return add(.matrixProduct, ["a": scaled, "b": turned(key)])
    }
    let product = add(.matrixProduct, ["a": unit(query), "b": turned(unit(key))])
    let logarithm = add(
      .clip,
      [
        "input": .value("\(name).logit_scale"),
        "maximum": .float(isChanged ? largestLogarithm : 4.605170185988092),
      ])
    return add(.multiply, ["a": product, "b": add(.exponential, ["input": logarithm])])
  }

  private mutating func unit(_ x: Argument) -> Argument {
    let norm = add(.l2Norm, ["input": x, "axes": ints(-1), "keepDimensions": .bool(true)])
    let least = add(
      .clip, ["input": norm, "minimum": .float(isChanged ? leastNorm : 1e-12)])
    return add(.divide, ["a": x, "b": least])
  }

  private mutating func positions(_ name: String, heads: Int) -> Argument {
    let index = index("\(name).relative_position_index", swapped: isChanged && swapsTokens)
    var table = Argument.value("\(name).relative_position_bias_table")
    if isSecond {
      table = linear(coordinates(name), "\(name).cpb_mlp.0")
      table = linear(add(.rectifier, ["input": table]), "\(name).cpb_mlp.2", bias: nil)
      table = reshaped(table, -1, heads)
    }
    let picked = reshaped(
      add(.index, ["input": table, "indices": .list([index])]), tokens, tokens, -1)
    var bias = transposed(picked, 2, 0, 1)
    if isSecond {
      bias = add(
        .multiply,
        ["a": .float(isChanged ? factor : 16), "b": add(.sigmoid, ["input": bias])])
    }
    return add(.unsqueeze, ["input": bias, "axes": ints(0)])
  }

  private mutating func coordinates(_ name: String) -> Argument {
    let span = 2 * window - 1
    let values = (0..<span * span).flatMap { place in
      [place / span, place % span].map { (distance: Int) -> Float in
        let share = 8 * Double(distance - window + 1) / Double(window - 1)
        let logarithm: Double = log2(1 + abs(share)) / 3
        return Float(share < 0 ? -logarithm : logarithm)
      }
    }
    return constant("\(name).relative_coords_table", [1, span, span, 2], values)
  }

  /// Of every window, query and key: whether their tokens came from both sides of the map's ends.
  private func mask(_ along: Int, shift: Int, _ masked: Float) -> [Float] {
    let side = along * window
    func region(_ place: Int) -> Int { place < side - window ? 0 : place < side - shift ? 1 : 2 }
    return (0..<along * along).flatMap { which in
      let regions = (0..<tokens).map {
        3 * region(which / along * window + $0 / window)
          + region(which % along * window + $0 % window)
      }
      return regions.flatMap { query in regions.map { $0 == query ? 0 : masked } }
    }
  }
}
