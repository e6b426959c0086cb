// The k largest of many values, and where they came from: a heap whose root is the smallest that is kept.

struct LargestValues {
  private let capacity: Int
  /// Every one is at most its children, at 2i + 1 and 2i + 2.
  private(set) var kept: [(value: Double, index: Int)] = []

  init(_ capacity: Int) {
    precondition(capacity > 0, "some are kept")
    self.capacity = capacity
    kept.reserveCapacity(capacity)
  }

  /// What a value has to exceed to be kept.
  private(set) var least = -Double.infinity

  /// Of equal values the first stays.
  mutating func add(_ value: Double, _ index: Int) {
    if kept.count < capacity {
      kept.append((value, index))
      rise(from: kept.count - 1)
      if kept.count == capacity { least = kept[0].value }
    } else if value > least {
      kept[0] = (value, index)
      sink()
      least = kept[0].value
    }
  }

  private mutating func rise(from start: Int) {
    var child = start
    while child > 0, kept[child].value < kept[(child - 1) / 2].value {
      kept.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      let (left, right) = (2 * parent + 1, 2 * parent + 2)
      if left < kept.count, kept[left].value < kept[least].value { least = left }
      if right < kept.count, kept[right].value < kept[least].value { least = right }
      if least == parent { return }
      kept.swapAt(least, parent)
      parent = least
    }
  }
}
