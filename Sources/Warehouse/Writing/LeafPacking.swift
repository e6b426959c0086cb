// The order of rows that wastes least of SQLite's pages. A long row keeps a part of itself in its leaf, of a size
// that nearly any number of bytes up to a page can be; two parts of more than half a page need a leaf each.
// https://sqlite.org/fileformat2.html#b_tree_pages

/// How long rows share the leaves of SQLite's tables.
package enum LeafPacking {
  /// Positions of rows whose blobs have these many bytes: behind each row the largest one that its leaf
  /// still has room for.
  package static func order(_ bytes: [Int], pageSize: Int) -> [Int] {
    let parts = bytes.map { leafPart(of: $0 + 20, pageSize: pageSize) }
    // Ascending; equal ones the later first, so that they leave in their order.
    var left = bytes.indices.sorted { (parts[$0], $1) < (parts[$1], $0) }
    var order: [Int] = []
    var room = 0
    while !left.isEmpty {
      var (low, high) = (0, left.count)
      while low < high {
        let middle = (low + high) / 2
        if parts[left[middle]] <= room { low = middle + 1 } else { high = middle }
      }
      let fits = low > 0
      let next = left.remove(at: fits ? low - 1 : left.count - 1)
      room = (fits ? room : pageSize - 8) - parts[next]
      order.append(next)
    }
    return order
  }

  /// Bytes of a row of `payload` bytes that stay in its leaf, its pointers with them.
  private static func leafPart(of payload: Int, pageSize: Int) -> Int {
    if payload <= pageSize - 35 { return payload + 9 }
    let least = (pageSize - 12) * 32 / 255 - 23
    let kept = least + (payload - least) % (pageSize - 4)
    return (kept <= pageSize - 35 ? kept : least) + 13
  }
}
