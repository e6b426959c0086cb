// PyTorch's two formats, read only: the zip archive of torch.save since 1.6, and the legacy one
// before it. No TorchScript, no tar archives of 0.1, no big-endian numbers. torch/serialization.py,
// _load and _legacy_load.

internal import Basics
internal import Pickle

extension StoredWeights {
  /// `NAME/data.pkl` with a storage in each `NAME/data/KEY`.
  init(torchArchive source: ByteSource) throws {
    let archive = try ZipDirectory(source)
    let pickles = archive.names.filter {
      $0.hasSuffix("/data.pkl") && $0.count { $0 == "/" } == 1
    }
    if let other = ForeignFile(archive: archive.names) { throw other.refusal(source) }
    guard let pickle = pickles.first, pickles.count == 1, let range = try archive.range(pickle)
    else {
      throw source.fail("one NAME/data.pkl in the zip archive", "\(pickles.count)")
    }
    let root = String(pickle.dropLast("data.pkl".count))
    if let order = try archive.range(root + "byteorder") {
      guard order.count == 6, try source.bytes(order) == Array("little".utf8) else {
        throw source.fail("little-endian numbers", "another byte order")
      }
    }
    guard range.count <= ByteSource.longestPickle else {
      throw source.fail("a pickle of at most \(ByteSource.longestPickle) bytes", "\(range.count)")
    }
    let tree = try Self.tree(try source.bytes(range)[...], source)
    self.init(
      try TorchStateDict(tree, path: source.path).dictionaries(), classes: tree.classLists(),
      in: source
    ) { storage in
      guard let range = try archive.range("\(root)data/\(storage.key)") else {
        throw source.fail("the entry data/\(storage.key.shown())", "none")
      }
      return range
    }
  }

  /// Four pickles (a magic number, the version, facts about the system, the object) and one with
  /// the keys of the storages; then, in that order, each storage as its number of elements (8
  /// bytes) and the elements.
  init(legacyTorch source: ByteSource) throws {
    let head:
      (
        state: TorchStateDict, dictionaries: [StoredDictionary], object: PickleTree,
        keys: PickleTree, end: Int
      )
    // Where the pickles end is known when they are parsed.
    let expected = min(source.count, 1 << 24)
    do {
      head = try Self.legacyHead(try source.bytes(0..<expected), source)
    } catch  where expected < source.count {
      head = try Self.legacyHead(
        try source.bytes(0..<min(source.count, ByteSource.longestPickle)), source)
    }
    let keys = head.keys
    let places = try Self.legacyPlaces(
      of: try head.state.storages(),
      order: (keys.elements(keys.root) ?? []).map { keys.text($0) ?? "" },
      from: head.end, in: source)
    self.init(head.dictionaries, classes: head.object.classLists(), in: source) { storage in
      guard let range = places[ByteText(storage.key)] else {
        throw source.fail("the storage \(storage.key.shown())", "none")
      }
      return range
    }
  }

  private static func legacyHead(
    _ bytes: [UInt8], _ source: ByteSource
  ) throws -> (
    state: TorchStateDict, dictionaries: [StoredDictionary], object: PickleTree, keys: PickleTree,
    end: Int
  ) {
    var end = 0
    func next() throws -> PickleTree {
      let tree = try Self.tree(bytes[end...], source)
      end = tree.end
      return tree
    }
    _ = try next()
    let version = try next()
    guard version.int(version.root) == 1001 else {
      throw source.fail("PyTorch's legacy version 1001", version.kind(version.root))
    }
    let system = try next()
    let order = system.entries(system.root)?.first { $0.key == "little_endian" }
    if let order, system.bool(order.value) == false {
      throw source.fail("little-endian numbers", "big-endian ones")
    }
    let object = try next()
    let state = TorchStateDict(object, path: source.path)
    // Of a pickle without a state dict that is said, not what is behind it.
    let dictionaries = try state.dictionaries()
    let keys = try next()
    return (state, dictionaries, object, keys, end)
  }

  private static func legacyPlaces(
    of storages: [TensorStorage], order: [String], from start: Int, in source: ByteSource
  ) throws -> [ByteText: Range<Int>] {
    let known = Dictionary(storages.map { (ByteText($0.key), $0) }) { first, _ in first }
    if let other = storages.first(where: { known[ByteText($0.key)]?.type != $0.type }) {
      throw source.fail("one type for storage \(other.key.shown())", "two")
    }
    var places: [ByteText: Range<Int>] = [:]
    var position = start
    for key in order {
      guard let storage = known[ByteText(key)] else {
        throw source.fail("storages that the pickle mentions", "\(key.shown())")
      }
      guard source.count - position >= 8,
        let count = LittleEndian(try source.bytes(position..<position + 8)).number(8, at: 0),
        case (let size, let overflow) = count.multipliedReportingOverflow(by: storage.type.size),
        !overflow, size <= source.count - position - 8
      else {
        throw source.fail("the elements of storage \(key.shown())", "the file's end, cut short")
      }
      guard places.updateValue(position + 8..<position + 8 + size, forKey: ByteText(key)) == nil
      else {
        throw source.fail("every storage once", "\(key.shown()) again")
      }
      position += 8 + size
    }
    return places
  }

  private static func tree(
    _ bytes: ArraySlice<UInt8>, _ source: ByteSource
  ) throws -> PickleTree {
    do {
      return try PickleTree(parsing: bytes)
    } catch {
      throw WeightFileError("\(source.path): \(error.description).")
    }
  }
}
