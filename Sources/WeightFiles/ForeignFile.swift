// What a file is that holds no weights of ours: people are sent web pages and pointers for weights,
// and keep NumPy's arrays and TorchScript under the same names. Told by first bytes and by the
// entries of an archive, for messages alone.

internal import Basics

/// A file that is no weight file, by its name and what is to be done.
package struct ForeignFile {
  private let name: String
  private let advice: String

  static let expected = "a .safetensors file or PyTorch weights (zip or legacy format)"
  static let arrays =
    "NumPy arrays; save them as tensors: torch.save({name: torch.from_numpy(array), …}, FILE)"

  /// - Parameter start: Some hundred first bytes.
  package init?(_ start: [UInt8]) {
    let text = Self.lowercased(start.drop { [9, 10, 13, 32, 0xEF, 0xBB, 0xBF].contains($0) })
    if text.hasPrefix("version https://git-lfs") {
      self.init("a Git LFS pointer, not the file it stands for", "git lfs pull fetches that")
    } else if text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
      || text.hasPrefix("<head")
    {
      self.init("an HTML page", "the download got a web page instead of the file")
    } else if text.hasPrefix("<?xml") {
      self.init("an XML page", "the download got a server's answer instead of the file")
    } else if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
      self.init(Self.arrays)
    } else if start.starts(with: [0x89] + Array("HDF\r\n".utf8)) {
      self.init("an HDF5 file, as Keras writes", "save the tensors as .safetensors")
    } else if start.starts(with: [0x1F, 0x8B]) {
      self.init("a gzip file", "gunzip unpacks it")
    } else if start.starts(with: Array("BZh".utf8)) {
      self.init("a bzip2 file", "bunzip2 unpacks it")
    } else if start.starts(with: [0xFD] + Array("7zXZ".utf8)) {
      self.init("an xz file", "unxz unpacks it")
    } else if start.count > 262, start[257..<262].elementsEqual("ustar".utf8) {
      self.init("a tar archive", "tar -xf unpacks it")
    } else if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]),
      // The opcodes that begin a dictionary, a list, a frame, a class, a tuple or a mark.
      "}])(c\u{95}\u{8C}".unicodeScalars.contains(where: { $0.value == UInt32(start[2]) })
    {
      let whole = String(decoding: start, as: UTF8.self)
      self.init(
        Self.makesArrays(whole)
          ? "a pickle of " + Self.arrays
          : "a bare pickle, which is not run; save model.state_dict() with torch.save")
    } else {
      return nil
    }
  }

  /// - Parameter names: Of a zip archive's entries.
  init?(archive names: [String]) {
    if names.contains(where: { $0.hasSuffix("/constants.pkl") && $0.count { $0 == "/" } == 1 }) {
      self.init("a TorchScript module", "save model.state_dict() of it with torch.save")
    } else if !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".npy") }) {
      self.init(Self.arrays)
    } else if let inner = names.sorted(by: bytesPrecede).first(where: Self.isWeights) {
      self.init("a zip archive around \(inner.shown())", "unzip unpacks it")
    } else {
      return nil
    }
  }

  private init(_ name: String, _ advice: String = "") {
    self.name = name
    self.advice = advice
  }

  /// Whether a pickle's function makes an array of NumPy's.
  static func makesArrays(_ function: String) -> Bool {
    function.contains("numpy")
      && (function.contains("_reconstruct") || function.contains("_frombuffer"))
  }

  /// What was found, with what mends it.
  package var found: String { advice.isEmpty ? name : "\(name) (\(advice))" }

  func refusal(_ source: ByteSource) -> WeightFileError { source.fail(Self.expected, found) }

  private static func isWeights(_ name: String) -> Bool {
    [".safetensors", ".pth", ".pt", ".th", ".ckpt", ".bin"].contains { name.hasSuffix($0) }
      && !name.hasPrefix("__MACOSX/")
  }

  private static func lowercased(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self).lowercased()
  }
}
