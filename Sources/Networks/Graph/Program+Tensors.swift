// Parameters between the order of files (PyTorch's) and the engine's own.

internal import CKernels
internal import WeightFiles

extension Program {
  /// `values` in file order → `storage`. A convolution's outputs × inputs × (height · width) become
  /// outputs × (height · width) × inputs.
  func store(_ values: [Float], as parameter: Parameter, in storage: FloatStorage) {
    unsafe values.withUnsafeBufferPointer { buffer in
      guard let source = buffer.baseAddress else { return }
      unsafe reorder(
        source, parameter, toFile: false, into: storage.base + parameter.offset)
    }
  }

  /// Tensors that `Network.check` has accepted.
  func store(_ tensors: [String: Tensor], in storage: FloatStorage) {
    for parameter in pass.parameters {
      guard let tensor = tensors[parameter.name] else { continue }
      store(tensor.values, as: parameter, in: storage)
    }
  }

  func tensor(_ parameter: Parameter, in storage: FloatStorage) -> Tensor {
    let values = unsafe [Float](unsafeUninitializedCapacity: parameter.count) { buffer, count in
      if let target = buffer.baseAddress {
        unsafe reorder(storage.base + parameter.offset, parameter, toFile: true, into: target)
      }
      count = parameter.count
    }
    return Tensor(shape: parameter.shape, values: values)
  }

  func tensors(in storage: FloatStorage) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: pass.parameters.map { ($0.name, tensor($0, in: storage)) })
  }

  private func reorder(
    _ source: UnsafePointer<Float>, _ parameter: Parameter, toFile: Bool, into target: Floats
  ) {
    let isOfConvolution =
      switch nodes[parameter.node].layer {
      case .convolution, .groupedConvolution: true
      default: false
      }
    guard isOfConvolution, parameter.shape.count == 4 else {
      unsafe target.update(from: source, count: parameter.count)
      return
    }
    let inputs = parameter.shape[1]
    let taps = parameter.shape[2] * parameter.shape[3]
    for output in 0..<parameter.shape[0] {
      let offset = output * inputs * taps
      unsafe engram_transpose(
        source + offset, toFile ? taps : inputs, toFile ? inputs : taps, target + offset)
    }
  }
}
