// ImageNet's classes: names for WordNet numbers, and a data set of some of the classes as one of all thousand.

internal import Basics

/// The classes of ILSVRC 2012.
package enum ImageNetClasses {
  /// Keys such as "n01440764", ascending: the outputs of published networks in their order.
  package static let all: [ClassName] = imageNetNames.split { $0 == "|" || $0 == "\n" }.map {
    ClassName(key: "n" + $0.prefix(8), name: String($0.dropFirst(9)))
  }

  private static let positions: [ByteText: Int] = Dictionary(
    uniqueKeysWithValues: all.enumerated().map { (ByteText($1.key), $0) })

  /// A class's position among all thousand; nil for other keys.
  package static func position(of key: String) -> Int? { positions[ByteText(key)] }

  /// The key's class, with its English name where it has one.
  static func named(_ key: String) -> ClassName {
    position(of: key).map { all[$0] } ?? ClassName(key: key, name: key)
  }
}

extension ImageDataSet {
  /// The same samples with all thousand classes, labels being positions among those, as a network of thousand outputs
  /// tells them apart; nil where a class is none of ImageNet's. Another data set than this one, by its fingerprint.
  package func overImageNetClasses() -> ImageDataSet? {
    let positions = classes.map { ImageNetClasses.position(of: $0.key) }
    guard !positions.contains(nil) else { return nil }
    let known = positions.compactMap(\.self)
    if known == Array(ImageNetClasses.all.indices) { return self }
    return relabelled(classes: ImageNetClasses.all, labels: labels.map { $0.map { known[$0] } })
  }
}
