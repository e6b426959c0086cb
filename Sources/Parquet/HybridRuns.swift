// Parquet's hybrid of run lengths and packed bits: definition and repetition levels, indices into a dictionary.

/// Runs of eight and more equal values as run lengths, others packed in groups of eight.
struct HybridRuns {
  private let width: Int
  private var bytes: [UInt8] = []
  /// Values for packing: whole groups of eight, except at the very end.
  private var packed: [UInt32] = []
  private var value: UInt32 = 0
  private var repeats = 0

  /// - Parameter width: Bits of a value, 0 to 32.
  init(width: Int) { self.width = width }

  mutating func append(_ value: UInt32, count: Int = 1) {
    if repeats > 0, value != self.value { endRun() }
    self.value = value
    repeats += count
  }

  /// Everything so far. Readers know the number of values, and skip what fills the last group up.
  mutating func finish() -> [UInt8] {
    endRun()
    packed += [UInt32](repeating: 0, count: (8 - packed.count % 8) % 8)
    flushPacked()
    return bytes
  }

  private mutating func endRun() {
    let filling = min((8 - packed.count % 8) % 8, repeats)
    packed += repeatElement(value, count: filling)
    let rest = repeats - filling
    if rest >= 8 {
      flushPacked()
      bytes.appendVarint(UInt64(rest) << 1)
      for byte in 0..<(width + 7) / 8 {
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * byte)))
      }
    } else {
      packed += repeatElement(value, count: rest)
    }
    repeats = 0
  }

  private mutating func flushPacked() {
    guard !packed.isEmpty else { return }
    bytes.appendVarint(UInt64(packed.count / 8) << 1 | 1)
    var bits: UInt64 = 0
    var filled = 0
    for value in packed {
      bits |= UInt64(value) << UInt64(filled)
      filled += width
      while filled >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
        filled -= 8
      }
    }
    packed.removeAll(keepingCapacity: true)
  }
}
