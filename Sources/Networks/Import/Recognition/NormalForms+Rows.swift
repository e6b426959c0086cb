// Rows of values in normal form: linear layers over tokens with their biases, normalisations, and vectors of unit length.

/// Norms of rows of a base, each of so many elements that lie one behind the other.
struct RowNorms {
  let base: Int
  let size: Int
  /// Of every norm, which row of the base.
  let rows: [Int32]
  /// What a norm counts as where it is less.
  var least: Float = 0
}

extension NormalForms {
  mutating func linear(_ step: Step, _ layer: Convolution) -> Form? {
    guard case .placed(let value)? = step.inputs.first else { return nil }
    let content = Content.linear(
      outputs: layer.outputs, weight: number(of: KnownNumbers(values: step.parameters[0])),
      bias: layer.hasBias ? number(of: KnownNumbers(values: step.parameters[1])) : nil,
      source(value))
    return .placed(PlacedValue(base: base(content), count: step.output.count))
  }

  /// A number for every output added to a product is its bias.
  mutating func biased(_ value: PlacedValue, _ places: [Int32], _ known: KnownNumbers) -> Form? {
    guard value.isWhole, places.count == value.count,
      places.enumerated().allSatisfy({ $0 == Int($1) }),
      case .linear(let outputs, let weight, nil, let source) = contents[value.base],
      known.values.indices.allSatisfy({ known.values[$0] == known.values[$0 % outputs] })
    else { return nil }
    let bias = KnownNumbers(
      values: Array(known.values.prefix(outputs)), tolerance: known.tolerance)
    let whole = base(.linear(outputs: outputs, weight: weight, bias: number(of: bias), source))
    return .placed(PlacedValue(base: whole, count: value.count))
  }

  mutating func normalised(_ step: Step, _ layer: LayerNormalisation) -> Form? {
    guard case .placed(let value)? = step.inputs.first else { return nil }
    let least = (layer.epsilon * Double(layer.channels)).squareRoot()
    // Where it is that little, it makes no difference whether it is added or the least.
    if !layer.isCentred, !layer.hasWeight, !layer.hasBias, least <= 1e-10, value.isWhole {
      let units = base(.unitRows(size: layer.channels, least: Float(least), base: value.base))
      return .placed(
        PlacedValue(base: units, count: value.count)
          .multiplied(by: Float(Double(layer.channels).squareRoot())))
    }
    // Of rows, whatever map they are part of.
    let plain = LayerNormalisation(
      rows: layer.rows, channels: layer.channels, epsilon: layer.epsilon,
      isCentred: layer.isCentred, hasWeight: layer.hasWeight, hasBias: layer.hasBias,
      output: MapShape(vector: layer.output.count))
    return whole(step, as: .layerNormalisation(plain))
  }

  /// Norms are kept in mind for what is divided by them.
  mutating func reduced(_ step: Step, _ layer: Reduction) -> Form? {
    guard case .placed(let value)? = step.inputs.first,
      case .placed(let result)? = whole(step)
    else { return nil }
    if layer.operation == .norm, value.factor == 1, value.factors == nil {
      norms[result.base] = rowNorms(of: value, layer)
    }
    return .placed(result)
  }

  private func rowNorms(of value: PlacedValue, _ layer: Reduction) -> RowNorms? {
    let places = layer.walk.places
    let size = value.count / layer.output.count
    var rows = [Int32](repeating: -1, count: layer.output.count)
    var found = [Int32](repeating: 0, count: layer.output.count)
    for (from, to) in zip(places.a, places.b) {
      let (place, norm) = (Int(value.place(Int(from))), Int(to))
      if found[norm] == 0 { rows[norm] = Int32(place / size) }
      guard place == Int(rows[norm]) * size + Int(found[norm]) else { return nil }
      found[norm] += 1
    }
    return RowNorms(base: value.base, size: size, rows: rows)
  }

  mutating func clamped(_ step: Step, _ value: PlacedValue, _ minimum: Float) -> Form? {
    guard case .placed(let result)? = whole(step) else { return nil }
    if value.isWhole, var norms = norms[value.base] {
      norms.least = max(norms.least, minimum)
      self.norms[result.base] = norms
    }
    return .placed(result)
  }

  /// Elements divided by the norms of their own rows; nil where it is something else.
  mutating func divided(_ value: PlacedValue, _ divisors: PlacedValue) -> Form? {
    guard let norms = norms[divisors.base], norms.base == value.base,
      [value, divisors].allSatisfy({ $0.factor == 1 && $0.factors == nil }),
      (0..<value.count).allSatisfy({
        let (place, norm) = (Int(value.place($0)), Int(divisors.place($0)))
        return place >= 0 && norm >= 0 && place / norms.size == Int(norms.rows[norm])
      })
    else { return nil }
    return .placed(
      value.over(base(.unitRows(size: norms.size, least: norms.least, base: norms.base))))
  }
}
