// Memory that values share over time.

import Basics
import Networks
import Testing

struct ArenaTests {
  @Test func neverSharesAtTheSameTime() {
    var generator = SplitMix64(seed: 3)
    var arena = Arena()
    var leases: [(floats: Range<Int>, times: ClosedRange<Int>)] = []
    for _ in 0..<300 {
      let size = 1 + generator.next(below: 1000)
      let from = generator.next(below: 100)
      let times = from...from + generator.next(below: 10)
      let offset = arena.place(size, during: times)
      for lease in leases where lease.times.overlaps(times) {
        #expect(!lease.floats.overlaps(offset..<offset + size))
      }
      leases.append((offset..<offset + size, times))
      #expect(offset % 16 == 0 && offset + size <= arena.count)
    }
    #expect(arena.count < leases.reduce(0) { $0 + $1.floats.count } / 3)
  }

  @Test func usesWhatIsFreeAgain() {
    var arena = Arena()
    #expect(arena.place(10, during: 0...1) == 0)
    #expect(arena.place(10, during: 1...2) == 16)
    #expect(arena.place(16, during: 2...3) == 0)
    #expect(arena.reserve(1) == 32)
    #expect(arena.count == 48)
  }
}
