// Attention's gradients: the scores of a tile of queries are computed again, then five products.

internal import CBLAS
internal import CKernels

extension Attention {
  private var tile: Int { min(64, queries) }
  private var stride: Int { engram_score_stride(keys) }
  private var pairs: Int { groups * heads }

  /// Floats of one mask's gradient, with which its input's begins.
  private func extent(_ mask: Mask) -> Int {
    mask.place(groups - 1, heads - 1) + (queries - 1) * mask.queryStride + keys
  }

  /// The gradients of queries, keys and values, each pairs × tokens × size, and of the masks; packed keys; the weights and
  /// their gradients of a tile.
  var gradientScratchCount: Int {
    pairs * (queries * size + keys * (size + valueSize)) + masks.reduce(0) { $0 + extent($1) }
      + engram_panel_count(keys, size) + 2 * tile * stride
  }

  /// Where a backward pass keeps what it computes.
  @safe
  private struct Memory {
    let dq: Floats
    let dk: Floats
    let dv: Floats
    let masks: [Floats]
    let panels: Floats
    let weights: Floats
    let slopes: Floats

    init(_ base: Floats, _ layer: Attention) {
      unsafe dq = base
      unsafe dk = dq + layer.pairs * layer.queries * layer.size
      unsafe dv = dk + layer.pairs * layer.keys * layer.size
      var next = unsafe dv + layer.pairs * layer.keys * layer.valueSize
      var masks: [Floats] = unsafe []
      for mask in layer.masks {
        unsafe masks.append(next)
        unsafe next += layer.extent(mask)
      }
      unsafe self.masks = masks
      unsafe panels = next
      unsafe weights = panels + engram_panel_count(layer.keys, layer.size)
      unsafe slopes = weights + layer.tile * layer.stride
    }
  }

  func contributeGradients(_ call: LayerCall) {
    let memory = unsafe Memory(call.scratch, self)
    let wanted = masks.map { call.carriesGradient($0.input) }
    unsafe memory.dk.update(repeating: 0, count: pairs * keys * (size + valueSize))
    for (which, mask) in masks.enumerated() where wanted[which] {
      unsafe memory.masks[which].update(repeating: 0, count: extent(mask))
    }
    // Sums over keys take no part in what lies behind them.
    unsafe memory.slopes.update(repeating: 0, count: tile * stride)
    for pair in 0..<pairs {
      let attention = unsafe kernel(call, group: pair / heads, head: pair % heads)
      unsafe engram_pack_tokens(
        attention.k, keys, size, key.tokenStride, memory.panels)
      for first in Swift.stride(from: 0, to: queries, by: tile) {
        let range = first..<min(first + tile, queries)
        unsafe add(call, pair, range, attention, memory, masks: wanted)
      }
    }
    contribute(call, memory, masks: wanted)
  }

  /// One tile of one group and head. With weights P, dP = dY Vᵀ and dS = P ∘ (dP − Σ P ∘ dP):
  /// dV = Pᵀ dY, dQ = scale · dS K, dK = scale · dSᵀ Q, and the masks' is dS.
  private func add(
    _ call: LayerCall, _ pair: Int, _ range: Range<Int>, _ attention: engram_attention,
    _ memory: Memory, masks wanted: [Bool]
  ) {
    var attention = unsafe attention
    let (first, rows) = (range.lowerBound, Int32(range.count))
    let (weights, slopes) = unsafe (memory.weights, memory.slopes)
    let (group, head) = (pair / heads, pair % heads)
    let (own, keys, size, ofValue) = (
      Int32(stride), Int32(keys), Int32(size), Int32(valueSize)
    )
    unsafe engram_attention_weights(
      &attention, first, range.upperBound, memory.panels, weights)
    let dy = unsafe call.dy + result.place(group, head) + first * result.tokenStride
    unsafe cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, keys, ofValue, rows, 1, weights, own, dy,
      Int32(result.tokenStride), 1, memory.dv + pair * self.keys * valueSize, ofValue)
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, rows, keys, ofValue, 1, dy,
      Int32(result.tokenStride), attention.v, Int32(value.tokenStride), 0, slopes, own)
    unsafe engram_softmax_backward(weights, slopes, range.count, stride, 0, slopes)
    for (which, mask) in masks.enumerated() where wanted[which] {
      for row in range {
        let target = unsafe memory.masks[which] + mask.place(group, head) + row * mask.queryStride
        unsafe engram_add(target, slopes + (row - first) * stride, self.keys, target)
      }
    }
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, size, keys, scale, slopes, own,
      attention.k, Int32(key.tokenStride), 0,
      memory.dq + (pair * queries + first) * self.size, size)
    unsafe cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, keys, size, rows, scale, slopes, own,
      attention.q + first * query.tokenStride, Int32(query.tokenStride), 1,
      memory.dk + pair * self.keys * self.size, size)
  }

  /// Hands on what was computed, an input's all at a time.
  private func contribute(_ call: LayerCall, _ memory: Memory, masks wanted: [Bool]) {
    for which in call.inputs.indices {
      unsafe call.contribute(which) { dx in
        unsafe dx.update(repeating: 0, count: call.inputShape(which).count)
        if query.input == which { unsafe add(memory.dq, query, queries, size, to: dx) }
        if key.input == which { unsafe add(memory.dk, key, keys, size, to: dx) }
        if value.input == which { unsafe add(memory.dv, value, keys, valueSize, to: dx) }
        for (index, mask) in masks.enumerated() where mask.input == which && wanted[index] {
          unsafe engram_add(dx, memory.masks[index], extent(mask), dx)
        }
      }
    }
  }

  /// Pairs × tokens × size, to where the operand's vectors lie.
  private func add(
    _ gradient: Floats, _ operand: Operand, _ tokens: Int, _ size: Int, to dx: Floats
  ) {
    for pair in 0..<pairs {
      let place = operand.place(pair / heads, pair % heads)
      for token in 0..<tokens {
        let target = unsafe dx + place + token * operand.tokenStride
        unsafe engram_add(target, gradient + (pair * tokens + token) * size, size, target)
      }
    }
  }
}
