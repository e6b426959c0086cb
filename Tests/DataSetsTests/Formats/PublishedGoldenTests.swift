// Every published form that is arrays, and every way of saving arrays, beside what PyTorch's own loaders make of the same
// files: classes, labels, order, pixels (fixtures: tools/goldens/data_sets.py).

import DataSets
import Foundation
import TestSupport
import Testing

let publishedFixtures =
  Bundle.module.url(forResource: "published", withExtension: nil, subdirectory: "Fixtures")?.path
  ?? "Fixtures/published"

/// What torchvision, SciPy or NumPy made of one data set.
struct PublishedSet: Decodable, Sendable, CustomTestStringConvertible {
  let source: String
  let classes: [String]
  /// -1 is none.
  let labels: [Int]
  let height: Int
  let width: Int
  /// CRC-32 of every image's planes, one after the other.
  let checksum: UInt32
  let firstKey: String?

  var testDescription: String { source }

  static let all: [PublishedSet] = {
    let file = URL(filePath: publishedFixtures + "/expected.json")
    return (try? JSONDecoder().decode([PublishedSet].self, from: Data(contentsOf: file))) ?? []
  }()

  /// The source where the fixtures are: a form's name stays before the folder.
  var placed: String {
    let forms = ["npy:", "idx:", "fashion-mnist:", "kmnist:"]
    guard let form = forms.first(where: source.hasPrefix) else {
      return publishedFixtures + "/" + source
    }
    return form + publishedFixtures + "/" + source.dropFirst(form.count)
  }
}

func checksum(_ bytes: some Sequence<UInt8>, _ start: UInt32 = 0) -> UInt32 {
  var sum = ~start
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 0 ? 0 : 0xEDB8_8320) }
  }
  return ~sum
}

@Test func fixturesOfEveryFormAreThere() {
  #expect(PublishedSet.all.count > 90)
}

@Test(arguments: PublishedSet.all)
func publishedFormsAreReadAsPyTorchReadsThem(expected: PublishedSet) throws {
  let set = try DataSource.load(expected.placed)
  #expect(set.classes.map(\.key) == expected.classes)
  #expect(set.labels.map { $0 ?? -1 } == expected.labels)
  #expect(
    set.shape == ImageShape(channels: 3, height: expected.height, width: expected.width))
  let pixels = try (0..<set.count).map { try checksum(set.image($0)) }
  let together = try (0..<set.count).reduce(UInt32(0)) { try checksum(set.image($1), $0) }
  #expect(together == expected.checksum, "\(pixels)")
  if let first = expected.firstKey { #expect(set.keys.first == first) }
  #expect(Set(set.keys).count == set.count)
}
