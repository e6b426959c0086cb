// Lists of classes that training scripts keep beside weights. Leaves out JSON in a safetensors file's metadata, whose
// reader knows what stands there.

package import Basics
package import Pickle

/// The classes that a network's outputs stand for, as its weight file has them.
package struct StoredClassList: Sendable {
  /// The keys that lead to it with dots between: `class_to_idx`, `meta.categories`.
  package let name: String
  package let entries: [ClassEntry]

  /// The names that scripts give such a list, the likeliest first; `categories` stands in a dictionary `meta`.
  package static let names = [
    "class_to_idx", "idx_to_class", "classes", "class_names", "categories",
  ]
}

extension PickleTree {
  /// The lists of classes in the dictionaries nearest to the root, the likeliest first; and the names of what is called
  /// like one and is none.
  package func classLists(levels: Int = 4) -> (lists: [StoredClassList], others: [String]) {
    var lists: [StoredClassList] = []
    var others: [String] = []
    var level = [(path: [String](), value: root)]
    var seen: Set<PickleReference> = [root]
    for _ in 0..<levels where !level.isEmpty {
      var inner: [(path: [String], value: PickleReference)] = []
      for (path, dictionary) in level {
        for (key, value) in entries(dictionary) ?? [] {
          let isNamed =
            StoredClassList.names.contains { $0.hasBytes(of: key) }
            && (key != "categories" || path.last == "meta")
          if isNamed, let value = plain(value, levels: 2) {
            let name = (path + [key]).joined(separator: ".")
            if let entries = classEntries(of: value) {
              lists.append(StoredClassList(name: name, entries: entries))
            } else {
              others.append(name)
            }
          } else if isDictionary(value), seen.count < 1000, seen.insert(value).inserted {
            inner.append((path + [key], value))
          }
        }
      }
      level = inner
    }
    func place(_ list: StoredClassList) -> Int {
      let key = list.name.split(separator: ".").last.map(String.init) ?? ""
      return StoredClassList.names.firstIndex(of: key) ?? .max
    }
    let order = lists.indices.sorted { (place(lists[$0]), $0) < (place(lists[$1]), $1) }
    return (order.map { lists[$0] }, others)
  }

  /// nil for what no list begins with, such as a number of classes.
  private func plain(_ reference: PickleReference, levels: Int) -> PlainValue? {
    if let text = text(reference) { return levels == 2 ? nil : .text(text) }
    if let number = int(reference) { return levels == 2 ? nil : .number(number) }
    guard levels > 0 else { return .other }
    func inner(_ value: PickleReference) -> PlainValue {
      plain(value, levels: levels - 1) ?? .other
    }
    if let elements = elements(reference) { return .list(elements.map(inner)) }
    if let pairs = pairs(reference) {
      return .pairs(pairs.map { (inner($0.key), inner($0.value)) })
    }
    return levels == 2 ? nil : .other
  }
}
