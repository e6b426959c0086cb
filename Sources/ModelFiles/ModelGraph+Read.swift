// Model files told by their content, and what every reader's graph has to be.

internal import Basics
internal import WeightFiles

extension ModelGraph {
  /// The format is told by the content, not by the file's name. Weights stay in the file until they are asked for.
  ///
  /// - Throws: `ModelFileError` with the path, what was expected, what was found and what mends it. Operators that are not
  ///   known are no error here: they are operations of the kind `unknown`.
  package static func read(_ path: String) throws -> ModelGraph {
    try ModelFileError.wrapping { try ModelGraph(reading: try ByteSource(opening: path)) }
  }

  /// - Parameter path: For messages, and the folder of files that an ONNX file keeps its weights in.
  package init(decoding bytes: [UInt8], path: String) throws {
    self = try ModelFileError.wrapping { try ModelGraph(reading: ByteSource(bytes, path: path)) }
  }

  /// Whether the file is a network of its own, not weights alone: told by its first bytes, or an archive's directory. False
  /// for what cannot be read.
  package static func isModelFile(_ path: String) -> Bool {
    guard let source = try? ByteSource(opening: path) else { return false }
    return PT2Archive.isOne(source) || ONNXModel.begins(source)
  }

  private init(reading source: ByteSource) throws {
    if PT2Archive.isOne(source) {
      try self.init(pt2: source)
    } else if ONNXModel.begins(source) {
      try self.init(onnx: source)
    } else {
      let start = try source.bytes(0..<min(source.count, 512))
      let isArchive = start.starts(with: ZipDirectory.firstBytes)
      throw source.refuse(
        "an ONNX model or PyTorch's exported program (torch.export.save)",
        isArchive
          ? "an archive without a program, such as weights alone or one cut short"
          : ForeignFile(start)?.found ?? (source.count == 0 ? "an empty file" : "other bytes"))
    }
  }

  /// Every operand is known where it is used, every value has one source, and there are outputs.
  ///
  /// - Throws: `ModelFileError` naming the value.
  func check(in source: ByteSource) throws {
    var known = Set(constants.keys)
    for input in inputs {
      guard known.insert(input.name).inserted else {
        throw source.refuse("every value once", "input \(input.name.shown()) again")
      }
    }
    for operation in operations {
      // An operation that is not known may take what only a graph within it uses.
      for argument in operation.arguments.values where operation.kind != .unknown {
        if let missing = argument.values.first(where: { !known.contains($0) }) {
          throw source.refuse(
            "operand \(missing.shown()) of \(operation.origin.shown()) before its use", "none")
        }
      }
      for output in operation.outputs where !output.isEmpty {
        guard known.insert(output).inserted else {
          throw source.refuse("every value once", "\(output.shown()) again")
        }
      }
    }
    guard !outputs.isEmpty else { throw source.refuse("an output of the network", "none") }
    if let missing = outputs.first(where: { !known.contains($0) }) {
      throw source.refuse("output \(missing.shown()) to be computed", "nothing that does")
    }
  }
}

extension [Operation] {
  /// Whether they compute those of a node's outputs that anybody reads: a translation may leave out what training needs.
  func give(_ outputs: [String], readBy used: Set<String>) -> Bool {
    let wanted = outputs.dropFirst().filter { !$0.isEmpty && used.contains($0) }
    if wanted.isEmpty { return true }
    let given = Set(flatMap(\.outputs))
    return wanted.allSatisfy(given.contains)
  }
}

extension Argument {
  /// Names of all values in it.
  package var values: [String] {
    switch self {
    case .value(let name): [name]
    case .list(let list): list.flatMap(\.values)
    case .int, .float, .bool, .text: []
    }
  }
}
