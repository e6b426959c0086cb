// The one error of this library. Nothing is printed here.

internal import Basics
internal import WeightFiles

/// Why a model file could not be read: one line that says what was expected and found, and what mends it.
package struct ModelFileError: Error, CustomStringConvertible, Equatable {
  package let description: String

  /// Control characters, which names out of files may have, are shown as dots.
  package init(_ description: String) { self.description = description.shown(2000) }

  /// What is said of bytes and archives is said of model files too.
  static func wrapping<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as WeightFileError {
      throw ModelFileError(error.description)
    }
  }
}

extension ByteSource {
  /// - Parameter mend: What mends it, if anything does: such as a call of PyTorch's.
  func refuse(_ expected: String, _ found: String, mend: String = "") -> ModelFileError {
    ModelFileError(
      "\(path): expected \(expected), found \(found)\(mend.isEmpty ? "" : "; " + mend).")
  }
}
