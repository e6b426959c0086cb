// Attention in normal form, from one layer or from its parts: for every batch (a window's head) which elements queries, keys
// and values are, what scores are multiplied by and what is added to them.

/// All that attention computes.
struct AttentionForm: Hashable {
  let batches: Int
  let queries: Int
  let keys: Int
  let query: VectorForm
  let key: VectorForm
  let value: VectorForm
  /// Of every batch what scores are multiplied by; and of every score what is added.
  let scales: Int
  let mask: Int?
}

/// Vectors of batches, row by row: the number of what computed them and that of their places in it.
struct VectorForm: Hashable {
  let base: Int
  let places: Int
}

/// Products of queries and keys, batch by batch, with what is done to them.
struct Scores {
  let batches: Int
  let queries: Int
  let keys: Int
  let query: VectorForm
  let key: VectorForm
  private(set) var scales: [Float]
  private(set) var mask: KnownNumbers?

  init(
    batches: Int, queries: Int, keys: Int, query: (form: VectorForm, factors: [Float]),
    key: (form: VectorForm, factors: [Float]), scale: Float
  ) {
    (self.batches, self.queries, self.keys) = (batches, queries, keys)
    (self.query, self.key) = (query.form, key.form)
    scales = zip(query.factors, key.factors).map { scale * $0 * $1 }
  }

  var count: Int { batches * queries * keys }

  /// - Parameter numbers: For every score; nil where those of a batch are not the same, or something was added before.
  func multiplied(by numbers: [Float]) -> Scores? {
    let size = queries * keys
    guard mask == nil, numbers.count == count,
      numbers.indices.allSatisfy({ numbers[$0] == numbers[$0 / size * size] })
    else { return nil }
    var result = self
    for batch in scales.indices { result.scales[batch] *= numbers[batch * size] }
    return result
  }

  /// - Parameter known: A number for every score.
  func adding(_ known: KnownNumbers) -> Scores? {
    guard known.values.count == count else { return nil }
    var result = self
    guard let mask else {
      result.mask = known
      return result
    }
    result.mask = KnownNumbers(
      values: zip(mask.values, known.values).map { $0 + $1 },
      tolerance: mask.tolerance + known.tolerance)
    return result
  }
}

extension NormalForms {
  /// Of queries and keys, or of shares and values.
  mutating func product(_ step: Step, _ layer: BatchedProduct) -> Form? {
    guard step.inputs.count == 2, case .placed(let right) = step.inputs[1] else { return nil }
    let batches = layer.aOffsets.count
    /// Of every batch the elements of `rows` vectors; `apart` is how far these lie from each other, `step` their elements.
    func elements(_ offsets: [Int], _ rows: Int, _ size: Int, apart: Int, step: Int) -> [Int32] {
      offsets.flatMap { from in
        (0..<rows * size).map { Int32(from + $0 / size * apart + $0 % size * step) }
      }
    }
    let (rows, inner, columns) = (layer.rows, layer.inner, layer.columns)
    switch step.inputs[0] {
    case .placed(let left):
      guard
        let query = vectors(
          left,
          elements(
            layer.aOffsets, rows, inner, apart: layer.transposesA ? 1 : inner,
            step: layer.transposesA ? rows : 1), batches),
        let key = vectors(
          right,
          elements(
            layer.bOffsets, columns, inner, apart: layer.transposesB ? inner : 1,
            step: layer.transposesB ? 1 : columns), batches)
      else { return nil }
      return .scores(
        Scores(
          batches: batches, queries: rows, keys: columns, query: query, key: key,
          scale: layer.scale))
    case .shares(let scores):
      guard scores.batches == batches, scores.queries == rows, scores.keys == inner,
        !layer.transposesA, layer.scale == 1,
        layer.aOffsets.enumerated().allSatisfy({ $1 == $0 * rows * inner }),
        let value = vectors(
          right,
          elements(
            layer.bOffsets, inner, columns, apart: layer.transposesB ? 1 : columns,
            step: layer.transposesB ? inner : 1), batches)
      else { return nil }
      return attended(scores, value, size: columns).map { .placed($0) }
    case .scores, .known: return nil
    }
  }

  mutating func shares(_ step: Step, _ layer: Softmax) -> Form? {
    guard case .scores(let scores)? = step.inputs.first else { return whole(step) }
    return !layer.isLogarithm && layer.columns == scores.keys ? .shares(scores) : nil
  }

  mutating func attention(_ step: Step, _ layer: Attention) -> Form? {
    let (groups, heads) = (layer.groups, layer.heads)
    func elements(_ operand: Attention.Operand, _ rows: Int, _ size: Int) -> [Int32] {
      (0..<groups * heads).flatMap { batch in
        let from = operand.place(batch / heads, batch % heads)
        return (0..<rows * size).map { Int32(from + $0 / size * operand.tokenStride + $0 % size) }
      }
    }
    func vectors(
      _ operand: Attention.Operand, _ rows: Int, _ size: Int
    ) -> (form: VectorForm, factors: [Float])? {
      guard case .placed(let value) = step.inputs[operand.input] else { return nil }
      return self.vectors(value, elements(operand, rows, size), groups * heads)
    }
    guard !layer.isCausal, let query = vectors(layer.query, layer.queries, layer.size),
      let key = vectors(layer.key, layer.keys, layer.size),
      let value = vectors(layer.value, layer.keys, layer.valueSize)
    else { return nil }
    var scores = Scores(
      batches: groups * heads, queries: layer.queries, keys: layer.keys, query: query, key: key,
      scale: layer.scale)
    for mask in layer.masks {
      guard case .known(let known) = step.inputs[mask.input] else { return nil }
      let places = (0..<groups * heads).flatMap { batch in
        let from = mask.place(batch / heads, batch % heads)
        return (0..<layer.queries * layer.keys).map {
          Int32(from + $0 / layer.keys * mask.queryStride + $0 % layer.keys)
        }
      }
      guard let sum = scores.adding(known.taken(places)) else { return nil }
      scores = sum
    }
    guard let result = attended(scores, value, size: layer.valueSize) else { return nil }
    var indices = [Int32](repeating: -1, count: step.output.count)
    for (index, place) in elements(layer.result, layer.queries, layer.valueSize).enumerated() {
      indices[Int(place)] = Int32(index)
    }
    return .placed(result.moved(by: indices))
  }

  private mutating func attended(
    _ scores: Scores, _ value: (form: VectorForm, factors: [Float]), size: Int
  ) -> PlacedValue? {
    guard value.factors.allSatisfy({ $0 == 1 }) else { return nil }
    let largest = scores.scales.reduce(0) { max($0, abs($1)) }
    let form = AttentionForm(
      batches: scores.batches, queries: scores.queries, keys: scores.keys, query: scores.query,
      key: scores.key, value: value.form,
      scales: number(
        of: KnownNumbers(values: scores.scales, tolerance: 1e-6 * largest), as: .scales),
      mask: scores.mask.map { number(of: $0, as: .mask) })
    return PlacedValue(base: base(.attention(form)), count: scores.batches * scores.queries * size)
  }

  /// - Parameter elements: As many of every batch; nil where these are multiplied by different factors.
  private mutating func vectors(
    _ value: PlacedValue, _ elements: [Int32], _ batches: Int
  ) -> (form: VectorForm, factors: [Float])? {
    let moved = value.moved(by: elements)
    let size = elements.count / batches
    let factors = (0..<batches).map { moved.factor($0 * size) }
    guard let places = moved.places,
      moved.factors == nil
        || (0..<moved.count).allSatisfy({ moved.factor($0) == factors[$0 / size] })
    else { return nil }
    return (VectorForm(base: value.base, places: number(ofTable: places)), factors)
  }
}
