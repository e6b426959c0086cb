// A recording as Schema/Recording.md describes it: what it says of itself, the layers' weights, and which parts there are.
// Reading samples stands in RecordingPart, making a run of them in RecordingJob.

internal import Basics
internal import Bits
package import DataSets

/// A folder that some program has written.
package struct Recording: Sendable {
  package let path: String
  package let modelName: String
  package let dataSetName: String
  /// What samples are labelled with; none where there are no labels.
  package let classes: [ClassName]
  /// What the outputs are called; nil where nothing tells.
  let outputs: [ClassName]?
  let architecture: String?
  let state: String?
  let preprocessing: String
  let perturbation: String
  let notes: String?
  package let layers: [Layer]
  /// Of weights and parts.
  let form: RecordingForm
  /// In their order.
  let parts: [String]
  /// Of all parts together; nil where the recording was not finished.
  let sampleCount: Int?
  /// Members that nobody knows, a line each.
  package let remarks: [String]

  private static let states = ["untrained", "best", "overtrained", "random"]

  /// A fully connected layer.
  package struct Layer: Sendable {
    package let name: String
    let weights: LayerWeights
    /// The layer whose rectified z is this one's x.
    let rectifies: String?
    /// Among the recording's layers.
    let position: Int
  }

  /// - Throws: `CaptureError`, one line, for what is no recording of version 1, or not a whole one.
  package init(_ path: String) throws {
    self.path = path
    let about = "\(path)/recording.json"
    let header = try RecordingHeader(about)
    func fail(_ expected: String, _ found: String) -> CaptureError {
      CaptureError("\(about): expected \(expected), found \(found)")
    }
    guard header.format == "engram-recording" else {
      throw fail("the format engram-recording", "'\(header.format.shown(80))'")
    }
    guard header.version == 1 else { throw fail("version 1", "\(header.version)") }
    guard !header.layers.isEmpty else { throw fail("layers", "none") }
    modelName = header.model.name
    dataSetName = header.dataset.name
    classes = header.dataset.classes.map(\.name)
    outputs = header.outputs?.map(\.name)
    for (what, list) in [("classes", classes), ("outputs", outputs ?? [])] {
      guard Set(list.map { ByteText($0.key) }).count == list.count else {
        throw fail("every one of \(what) once", "a key twice")
      }
    }
    architecture = header.model.architecture
    state = header.model.state
    if let state, !Self.states.contains(state) {
      throw fail("a state of \(Self.states.joined(separator: ", "))", "'\(state.shown(80))'")
    }
    preprocessing = header.preprocessing ?? "none"
    perturbation = header.perturbation ?? "none"
    notes = header.notes
    sampleCount = header.samples
    remarks = header.unknown.map {
      "\(about): the member \($0.shown(80)) is none of version 1's: not used"
    }
    let (form, count) = try RecordingForm.found(in: path)
    let file = try form.open(
      "\(path)/\(form.weights)",
      arrays: header.layers.flatMap { ["\($0.name).weight", "\($0.name).bias"] })
    var layers: [Layer] = []
    for (position, entry) in header.layers.enumerated() {
      guard !layers.contains(where: { $0.name.hasBytes(of: entry.name) }) else {
        throw fail("every layer once", "\(entry.name.shown(80)) again")
      }
      guard (1...Int(Int32.max)).contains(entry.inputs),
        (1...Int(Int32.max)).contains(entry.outputs)
      else {
        throw fail(
          "inputs and outputs of \(entry.name.shown(80)) from 1",
          "\(entry.inputs), \(entry.outputs)")
      }
      if let source = entry.rectifies {
        guard let own = layers.first(where: { $0.name.hasBytes(of: source) }),
          own.weights.shape.outputs == entry.inputs
        else {
          throw fail(
            "relu_of of \(entry.name.shown(80)) to be an earlier layer of \(entry.inputs) outputs",
            source.shown(80))
        }
      }
      let weight = try Self.tensor("\(entry.name).weight", [entry.outputs, entry.inputs], in: file)
      guard entry.bias || file.shape("\(entry.name).bias") == nil else {
        throw CaptureError(
          "\(file.path): expected no \(entry.name.shown(200)).bias, as recording.json says that the layer has none, "
            + "found one")
      }
      let bias = entry.bias ? try Self.tensor("\(entry.name).bias", [entry.outputs], in: file) : nil
      layers.append(
        Layer(
          name: entry.name,
          weights: LayerWeights(
            shape: LayerShape(outputs: entry.outputs, inputs: entry.inputs, hasBias: entry.bias),
            weight: weight, bias: bias),
          rectifies: entry.rectifies, position: position))
    }
    self.layers = layers
    self.form = form
    parts = (0..<count).map { "\(path)/\(form.part($0))" }
  }

  private static func tensor(
    _ name: String, _ shape: [Int], in file: any RecordedArrays
  ) throws -> [Float] {
    guard file.shape(name) == shape else {
      throw file.fail("\(name.shown(200)) of the shape \(shape)", file.told(name))
    }
    try file.checkNumbers(name)
    let values = try file.floats(name, elements: 0..<shape.reduce(1, *))
    guard values.allSatisfy(\.isFinite) else {
      throw CaptureError("\(file.path): \(name.shown(200)) holds values that are not finite")
    }
    return values
  }
}
