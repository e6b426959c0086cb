// A weight file before its numbers are read: which dictionaries of tensors it holds, and where the
// numbers lie. Which of them a network takes is told in WeightSearch.

internal import Basics

/// What stands under a name.
enum StoredEntry {
  case tensor(StoredTensor)
  /// A pruned parameter, as torch.nn.utils.prune keeps it: `NAME_orig` × `NAME_mask`.
  case product(StoredTensor, StoredTensor)
  /// Something that is no tensor, and why: of consequence only where the network takes it.
  case refused(WeightFileError)

  var shape: [Int]? {
    switch self {
    case .tensor(let tensor), .product(let tensor, _): tensor.shape
    case .refused: nil
    }
  }
}

/// A dictionary of tensors within a file.
struct StoredDictionary {
  /// The keys that lead to it; none for the file's own.
  let path: [String]
  /// In the file's order.
  let entries: [(name: String, entry: StoredEntry)]

  /// - Parameter entries: As they stand in the file; pruned pairs become one.
  init(path: [String], entries: [(name: String, entry: StoredEntry)]) {
    self.path = path
    let masks = Dictionary(
      entries.filter { $0.name.hasSuffix("_mask") }.map { (ByteText($0.name), $0.entry) }
    ) { first, _ in first }
    guard !masks.isEmpty else {
      self.entries = entries
      return
    }
    let names = Set(entries.map { ByteText($0.name) })
    var taken: Set<ByteText> = []
    var merged: [(name: String, entry: StoredEntry)] = []
    for (name, entry) in entries {
      let bare = String(name.dropLast("_orig".count))
      let maskName = ByteText(bare + "_mask")
      guard name.hasSuffix("_orig"), !names.contains(ByteText(bare)),
        case .tensor(let original) = entry, case .tensor(let mask)? = masks[maskName],
        original.shape == mask.shape
      else {
        merged.append((name, entry))
        continue
      }
      merged.append((bare, .product(original, mask)))
      taken.insert(maskName)
    }
    self.entries = merged.filter { !taken.contains(ByteText($0.name)) }
  }

  /// Whether any entry is a tensor that can be read.
  var holdsTensors: Bool { entries.contains { $0.entry.shape != nil } }
}

/// The dictionaries of a file, of which one is read.
struct StoredWeights {
  let source: ByteSource
  let metadata: [String: String]
  /// Lists of classes beside the dictionaries, the likeliest first, and the names of what is no such list.
  let classes: (lists: [StoredClassList], others: [String])
  /// Those nearest to the file's own first; one at least.
  let dictionaries: [StoredDictionary]
  /// The bytes of a storage, within `source`.
  let place: (TensorStorage) throws -> Range<Int>

  init(
    _ dictionaries: [StoredDictionary], metadata: [String: String] = [:],
    classes: (lists: [StoredClassList], others: [String]) = ([], []), in source: ByteSource,
    place: @escaping (TensorStorage) throws -> Range<Int>
  ) {
    self.source = source
    self.metadata = metadata
    self.classes = classes
    self.dictionaries = dictionaries
    self.place = place
  }

  /// Reads the tensors, each under the name that it is given.
  ///
  /// Views may overlap and repeat, so that a small file can describe large tensors: more than
  /// sixteen times the file's size are refused.
  func read(_ entries: [(name: String, entry: StoredEntry)]) throws -> WeightFile {
    var budget = 16 * source.count
    var tensors: [String: Tensor] = [:]
    for (name, entry) in entries {
      let read: Tensor
      switch entry {
      case .refused(let error): throw error
      case .tensor(let tensor): read = try self.read(tensor, within: &budget)
      case .product(let tensor, let mask):
        let own = try self.read(tensor, within: &budget)
        let kept = try self.read(mask, within: &budget)
        read = Tensor(shape: own.shape, values: zip(own.values, kept.values).map { $0 * $1 })
      }
      guard tensors.updateValue(read, forKey: name) == nil else { throw source.alikeNames(name) }
    }
    return WeightFile(tensors: tensors, metadata: metadata)
  }

  private func read(_ tensor: StoredTensor, within budget: inout Int) throws -> Tensor {
    let storage = tensor.storage
    let range = try place(storage)
    let (bytes, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
    guard !overflow, bytes <= range.count else {
      throw source.fail(
        "\(storage.count) elements of \(storage.type.name) in storage \(storage.key.shown())",
        "\(range.count) bytes, cut short")
    }
    guard let (count, span) = tensor.extent() else {
      throw source.fail(
        "\(tensor.name.shown()) to lie within the \(storage.count) elements of its storage",
        "offset \(tensor.offset), shape \(tensor.shape.prefix(8)), strides "
          + "\(tensor.strides.prefix(8))")
    }
    let (needed, tooMany) = max(count, span).multipliedReportingOverflow(by: 4)
    guard !tooMany, needed <= budget else {
      throw source.fail(
        "tensors of at most \(16 * source.count) bytes in a file of \(source.count)",
        "\(tensor.name.shown()) beyond that")
    }
    budget -= needed
    return try tensor.read(source, span: span, at: range.lowerBound)
  }
}

extension StoredWeights {
  /// The format is told by the content.
  init(_ source: ByteSource) throws {
    let start = try source.bytes(0..<min(source.count, 512))
    if start.starts(with: ZipDirectory.firstBytes) {
      try self.init(torchArchive: source)
    } else if start.starts(with: Self.legacyTorchStart) {
      try self.init(legacyTorch: source)
    } else if start.dropFirst(8).first != UInt8(ascii: "{"), let other = ForeignFile(start) {
      throw other.refusal(source)
    } else if SafetensorsHeader.mayBegin(Array(start.prefix(16)), fileSize: source.count) {
      try self.init(safetensors: source)
    } else {
      throw source.fail(
        ForeignFile.expected, source.count < 9 ? "\(source.count) bytes" : "other first bytes")
    }
  }

  /// A pickle of the number 0x1950a86a20f9469cfc6c, in protocol 2, without its end.
  private static let legacyTorchStart: [UInt8] = [
    0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]
}
