// The three forms that a recording may have, safetensors and NumPy's two, told by the names in its folder.

internal import Basics
internal import FoundationEssentials
internal import Glibc

/// How arrays are stored: in one form throughout a recording.
enum RecordingForm: CaseIterable, Sendable {
  case safetensors
  case npz
  /// A folder of a .npy file for each array.
  case npy

  private var ending: String {
    switch self {
    case .safetensors: ".safetensors"
    case .npz: ".npz"
    case .npy: ""
    }
  }

  /// Of the file, or folder, that holds the weights.
  var weights: String { "weights\(ending)" }

  func part(_ number: Int) -> String {
    let digits = "\(number)"
    return "part-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ending
  }

  /// - Parameter arrays: The names of what may be read; others are passed over.
  func open(_ path: String, arrays: [String]) throws -> any RecordedArrays {
    switch self {
    case .safetensors: try RecordedTensors(path)
    case .npz: try NumPyPart(archive: path, arrays: arrays)
    case .npy: try NumPyPart(folder: path, arrays: arrays)
    }
  }

  /// The form of a folder, and how many parts it has.
  /// - Throws: `CaptureError` where weights or parts are missing, or stand there in several forms.
  static func found(in path: String) throws -> (form: RecordingForm, parts: Int) {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw CaptureError("\(path): expected a folder that can be read, found none")
    }
    let isThere = Set(names.map(ByteText.init))
    let forms = allCases.filter { isThere.contains(ByteText($0.weights)) }
    guard let form = forms.first else {
      throw CaptureError(
        "\(path): expected \(allCases.map(\.weights).joined(separator: ", ")) (a folder of .npy files), "
          + "which hold the weights, found none of them")
    }
    guard forms.count == 1 else {
      throw CaptureError(
        "\(path): expected the weights in one form, found \(forms.map(\.weights).joined(separator: " and "))"
      )
    }
    var numbers: [Int] = []
    for name in names {
      guard let (number, own) = part(named: name) else { continue }
      guard own == form else {
        throw CaptureError(
          "\(path): expected parts in the form of \(form.weights), such as \(form.part(number)), "
            + "found \(name.shown(80))")
      }
      guard form.part(number).hasBytes(of: name) else {
        throw CaptureError("\(path): expected \(form.part(number)), found \(name.shown(80))")
      }
      numbers.append(number)
    }
    guard !numbers.isEmpty else {
      throw CaptureError("\(path): expected \(form.part(0)), found no part")
    }
    numbers.sort()
    if let gap = numbers.indices.first(where: { numbers[$0] != $0 }) {
      throw CaptureError(
        "\(path): expected \(form.part(gap)), found \(form.part(numbers[gap])): a part is missing")
    }
    return (form, numbers.count)
  }

  /// The number and form of a part; nil for what is called otherwise.
  private static func part(named name: String) -> (number: Int, form: RecordingForm)? {
    guard name.hasPrefix("part-") else { return nil }
    for form in allCases where name.hasSuffix(form.ending) {
      let digits = name.dropFirst("part-".count).dropLast(form.ending.count)
      guard digits.utf8.count >= 5, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let number = Int(digits)
      else { continue }
      return (number, form)
    }
    return nil
  }
}
