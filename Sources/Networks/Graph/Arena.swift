// Memory that values share when they are not needed at the same time.

/// Gives out offsets, in floats; two values lie apart if their times overlap.
package struct Arena {
  private struct Lease {
    let floats: Range<Int>
    let times: ClosedRange<Int>
  }

  private var leases: [Lease] = []
  /// Floats that hold everything.
  package private(set) var count = 0

  package init() {}

  /// The lowest offset that is free during `times`.
  package mutating func place(_ size: Int, during times: ClosedRange<Int>) -> Int {
    let size = size.alignedFloats
    var offset = 0
    for lease in leases where lease.times.overlaps(times) {
      if offset + size <= lease.floats.lowerBound { break }
      offset = max(offset, lease.floats.upperBound)
    }
    let position = leases.firstIndex { $0.floats.lowerBound > offset } ?? leases.count
    leases.insert(Lease(floats: offset..<offset + size, times: times), at: position)
    count = max(count, offset + size)
    return offset
  }

  /// For what is needed all the time.
  package mutating func reserve(_ size: Int) -> Int { place(size, during: .min ... .max) }
}
