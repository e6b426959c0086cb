// Places of numbers by their size, in time that grows with their count alone: a radix sort of their bits, a byte at a time.

extension [Double] {
  /// Their places, the largest number first; of equal ones the first comes first.
  /// - Precondition: without NaN, at most Int32.max.
  func descendingOrder() -> [Int32] {
    // Bits that ascend as numbers descend; negative zero is zero.
    var keys = map { number in
      let bits = (number + 0).bitPattern
      return bits >> 63 == 1 ? bits : ~(bits | 1 << 63)
    }
    var order = indices.map { Int32($0) }
    var (otherKeys, otherOrder) = (keys, order)
    for byte in 0..<8 {
      let shift = UInt64(8 * byte)
      var starts = [Int](repeating: 0, count: 256)
      for key in keys { starts[Int(truncatingIfNeeded: key &>> shift) & 255] += 1 }
      if starts.contains(count) { continue }
      var start = 0
      for digit in starts.indices { (starts[digit], start) = (start, start + starts[digit]) }
      var newKeys = otherKeys.mutableSpan
      var newOrder = otherOrder.mutableSpan
      for index in keys.indices {
        let key = keys[index]
        let digit = Int(truncatingIfNeeded: key &>> shift) & 255
        let place = starts[digit]
        starts[digit] = place + 1
        newKeys[place] = key
        newOrder[place] = order[index]
      }
      swap(&keys, &otherKeys)
      swap(&order, &otherOrder)
    }
    return order
  }
}
