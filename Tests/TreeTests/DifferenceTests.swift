// What the tests' own comparison says, and that it finds every difference.

import TestSupport
import Testing

@Suite struct DifferenceTests {
  @Test func equalListsHaveNone() {
    #expect(difference([1, 2, 3], [1, 2, 3]) == nil)
    #expect(difference([Int](), []) == nil)
    #expect(difference([[1], []], [[1], []]) == nil)
    #expect(difference(["a": [[1]]], ["a": [[1]]]) == nil)
    #expect(difference([1.0, .nan, .infinity], [1.0, .nan, .infinity], absolute: 0) == nil)
    #expect(difference([1.01], [1.0], absolute: 0, relative: 0.02) == nil)
    #expect(difference([nil, 2.0] as [Double?], [nil, 2.0], absolute: 0) == nil)
  }

  @Test func theFirstPlaceAndBothValuesAreTold() {
    #expect(
      difference([1, 2, 9, 8], [1, 2, 3, 4])
        == "place 2: 9, expected 3; 2 of 4 places differ")
    #expect(difference([1, 2], [1, 2, 3]) == "2 places, expected 3")
    #expect(
      difference([UInt8](repeating: 7, count: 3), [7, 0, 7, 7])
        == "place 1: 7, expected 0; 1 of 3 places differ; 3 places, expected 4")
    #expect(
      difference([[1, 2], [3, 4]], [[1, 2], [3, 5]])
        == "place 1: place 1: 4, expected 5; 1 of 2 places differ; 1 of 2 places differ")
    #expect(
      difference(["a": [[1]], "b": [[2]]], ["a": [[1]], "c": [[2]]])
        == "b: found, not expected\nc: not found")
    #expect(
      difference([1, 2.5], [1.0, 2], absolute: 0.1)
        == "place 1: 2.5, expected 2.0, 0.5 more; 1 of 2 places differ")
    #expect(difference([Double.nan], [1.0], absolute: 9) != nil)
    #expect(difference([1.0], [Double.nan], absolute: 9) != nil)
    #expect(difference([nil, 1.0] as [Double?], [0.0, 1.0], absolute: 0) != nil)
  }

  @Test func longValuesAreShownWhereTheyDiffer() throws {
    let text = String(repeating: "a", count: 5000)
    let found = try #require(difference([text + "x" + text], [text + "y" + text]))
    #expect(found.contains("at character 5000 …aaaa") && found.utf8.count < 500)
    #expect(found.contains("ax") && found.contains("ay"))
    #expect(try #require(difference([text], [text + "b"])).contains("at character 5000"))
  }
}
