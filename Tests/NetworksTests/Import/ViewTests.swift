import Networks
import Testing

/// Views against arrays that hold every element's own number.
@Suite struct ViewTests {
  private let map = View(node: 0, sizes: [1, 3, 4, 5], order: [0, 2, 3, 1], batchAxis: 0)

  @Test func mapsLieWithTheirChannelsInnermost() {
    #expect(map.strides == [60, 1, 15, 3])
    #expect(map.memoryOrder == [0, 2, 3, 1])
    #expect(map.lies(in: [0, 2, 3, 1], of: 60))
    #expect(!map.lies(in: [0, 1, 2, 3], of: 60))
  }

  @Test func patchesOfAMapAreAnotherView() throws {
    // As a vision transformer flattens: channels × (rows · columns), then tokens × channels.
    let flat = try #require(map.reshaped(to: [1, 3, 20], batch: .first))
    let tokens = flat.transposed([0, 2, 1])
    #expect(tokens.lies(in: [0, 1, 2], of: 60))
  }

  @Test func aMapWithItsChannelsOutermostIsNoView() {
    #expect(map.reshaped(to: [1, 60], batch: .first) == nil)
  }

  @Test func windowsOfAMapAreAView() throws {
    let map = View(node: 0, sizes: [1, 4, 6, 2], order: [0, 1, 2, 3], batchAxis: 0)
    let cut = try #require(map.reshaped(to: [1, 2, 2, 2, 3, 2], batch: .first))
    let windows = cut.transposed([0, 1, 3, 2, 4, 5])
    #expect(windows.reshaped(to: [4, 6, 2], batch: .first) == nil)
    let positions = windows.positions(in: [0, 1, 2, 3, 4, 5])
    #expect(Array(positions[0..<6]) == [0, 1, 2, 3, 4, 5])
    #expect(Array(positions[6..<12]) == [12, 13, 14, 15, 16, 17])
    #expect(positions[12] == 6)
  }

  @Test func expandedAxesAreReadAgain() {
    var view = View(node: 0, sizes: [1, 3], order: [0, 1], batchAxis: 0)
    view.sizes = [1, 3, 2]
    view.strides = [3, 1, 0]
    #expect(view.positions(in: [0, 1, 2]) == [0, 0, 1, 1, 2, 2])
    #expect(!view.isDense(of: 3))
  }

  @Test func slicesBeginBehindAnOffset() {
    let view = map.sliced(1, start: 1, count: 1, step: 1)
    #expect(view.offset == 1)
    #expect(view.positions(in: [0, 2, 3, 1]).prefix(3) == [1, 4, 7])
  }
}
