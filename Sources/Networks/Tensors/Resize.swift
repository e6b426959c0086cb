// Maps of another height and width by bilinear interpolation. To the nearest element is a rearrangement's work:
// Rearrangement.nearest.

internal import CKernels

/// Every position of the output lies between two rows and two columns of the input, as PyTorch's `interpolate` has it
/// (mode "bilinear", without antialiasing).
package struct Resize: Hashable, Sendable {
  package let input: MapShape
  package let output: MapShape
  private let rows: Taps
  private let columns: Taps

  /// Of one axis.
  private struct Taps: Hashable, Sendable {
    var lower: [Int32] = []
    var upper: [Int32] = []
    var fractions: [Float] = []

    init(_ size: Int, count: Int, alignsCorners: Bool, scale: Float?) {
      let step =
        alignsCorners
        ? (count > 1 ? Float(size - 1) / Float(count - 1) : 0)
        : scale ?? Float(size) / Float(count)
      for place in 0..<count {
        let from = alignsCorners ? Float(place) * step : max(0, (Float(place) + 0.5) * step - 0.5)
        let low = min(Int(from), size - 1)
        lower.append(Int32(low))
        upper.append(Int32(min(low + 1, size - 1)))
        fractions.append(min(max(from - Float(low), 0), 1))
      }
    }

    func lend(_ body: (UnsafePointer<engram_taps>) -> Void) {
      unsafe lower.withUnsafeBufferPointer { lower in
        unsafe upper.withUnsafeBufferPointer { upper in
          unsafe fractions.withUnsafeBufferPointer { fractions in
            let taps = unsafe engram_taps(
              lower: lower.baseAddress, upper: upper.baseAddress, fractions: fractions.baseAddress)
            unsafe withUnsafePointer(to: taps) { unsafe body($0) }
          }
        }
      }
    }
  }

  /// - Parameters:
  ///   - alignsCorners: Whether first and last positions fall on each other; else whole pixels are areas that do.
  ///   - scales: Input positions per output position, of rows and columns, where the file names them; else of the sizes.
  package init(
    _ input: MapShape, alignsCorners: Bool = false, scales: (Float, Float)? = nil,
    output: MapShape
  ) {
    precondition(input.channels == output.channels, "Resizing keeps the channels.")
    (self.input, self.output) = (input, output)
    rows = Taps(
      input.height, count: output.height, alignsCorners: alignsCorners, scale: scales?.0)
    columns = Taps(
      input.width, count: output.width, alignsCorners: alignsCorners, scale: scales?.1)
  }
}

extension Resize: LayerKind {
  var name: String { "resize" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(inputs[0] == input, "A resize reads a map of \(input).")
    return output
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min(output.height, Parts.count(work: 2 * output.count))
  }

  func forward(_ call: LayerCall) {
    let parts = sampleParts(input: input, output: output)
    let range = Parts.range(call.part, of: parts, count: output.height)
    unsafe rows.lend { rows in
      unsafe columns.lend { columns in
        unsafe engram_interpolate(
          call.x, input.width, input.channels, rows, columns, range.lowerBound, range.upperBound,
          output.width, call.y)
      }
    }
  }

  func backward(_ call: LayerCall) {
    unsafe call.contribute { dx in
      unsafe dx.update(repeating: 0, count: input.count)
      unsafe rows.lend { rows in
        unsafe columns.lend { columns in
          unsafe engram_interpolate_backward(
            call.dy, input.width, input.channels, rows, columns, output.height, output.width, dx)
        }
      }
    }
  }
}
