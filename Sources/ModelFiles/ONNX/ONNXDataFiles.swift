// Files beside an ONNX file that hold its weights; none that it names outside its folder.

internal import Basics
internal import WeightFiles

/// The external files of one model, opened once each.
final class ONNXDataFiles {
  private let source: ByteSource
  private let folder: String
  private var opened: [String: ByteSource] = [:]

  init(of source: ByteSource) {
    self.source = source
    folder = ReplacedFile.folder(of: source.path)
  }

  /// - Parameters:
  ///   - entries: ONNX's own: location, offset, length.
  ///   - size: In bytes, what the tensor's sizes need.
  /// - Throws: `ModelFileError` for a file outside the model's folder, and where it has not that many bytes.
  func place(
    _ entries: [String: String], size: Int, of name: String
  ) throws -> (file: ByteSource, start: Int) {
    guard let location = entries["location"], !location.isEmpty else {
      throw source.refuse("the file that holds \(name.shown())", "no name of one")
    }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.hasPrefix("/"), !location.contains("\\"), !location.contains("\0"),
      !parts.contains(".."), !parts.contains("")
    else {
      throw source.refuse(
        "the data of \(name.shown()) in the model's own folder", "\(location.shown())")
    }
    let file = try open(location)
    let start = try number(entries["offset"], of: name) ?? 0
    let length = try number(entries["length"], of: name) ?? size
    guard length == size else {
      throw source.refuse("\(size) bytes of \(name.shown()), as its sizes need", "\(length)")
    }
    guard start <= file.count, size <= file.count - start else {
      throw file.refuse(
        "\(size) bytes of \(name.shown()) from byte \(start) on", "\(file.count) bytes in all")
    }
    return (file, start)
  }

  private func open(_ location: String) throws -> ByteSource {
    if let file = opened[location] { return file }
    guard opened.count < 1000 else {
      throw source.refuse("weights in at most 1,000 files", "more")
    }
    let file: ByteSource
    do {
      file = try ByteSource(opening: "\(folder)/\(location)")
    } catch let error as WeightFileError {
      throw ModelFileError(
        error.description + " \(source.path) keeps its weights there: it belongs beside it.")
    }
    opened[location] = file
    return file
  }

  private func number(_ text: String?, of name: String) throws -> Int? {
    guard let text else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw source.refuse("a place in the data file for \(name.shown())", "\(text.shown())")
    }
    return number
  }
}
