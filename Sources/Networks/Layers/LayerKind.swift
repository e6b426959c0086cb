// What every layer says of itself. A layer is one file that answers this, a case of Layer, and where it is more than a few
// lines of arithmetic a loop in CKernels.

/// A layer's shape, parameters, memory, forward and backward pass. Values, no state: the call brings the memory.
protocol LayerKind: Sendable {
  /// As a network's card names it.
  var name: String { get }
  /// How many earlier nodes it reads.
  var inputCounts: ClosedRange<Int> { get }
  var placement: LayerPlacement { get }

  /// - Precondition: As many inputs as the layer reads, of shapes that fit.
  func outputShape(for inputs: [MapShape]) -> MapShape
  /// In the order in which files have them and initial numbers are drawn.
  func parameters(of input: MapShape) -> [LayerParameter]
  /// Of one sample: one for each weight that an output is computed with.
  func multiplyAdds(input: MapShape, output: MapShape) -> Int
  /// Floats that a call may write to at will.
  func scratchCount(input: MapShape, output: MapShape) -> Int
  /// Floats of the weights as inference multiplies with them, made once of those in the parameters; 0 for a layer that
  /// takes its parameters as they lie.
  func preparedCount(input: MapShape, output: MapShape) -> Int
  func prepare(_ weight: Floats, input: MapShape, output: MapShape, into prepared: Floats)
  /// Whether its forward pass applies the activation that the call names.
  var appliesActivations: Bool { get }
  /// Floats that the forward pass leaves to the backward pass of the same block.
  func statisticsCount(output: MapShape) -> Int
  /// Of work on one sample's forward pass: how many parts may run at the same time, each a call.
  func sampleParts(input: MapShape, output: MapShape) -> Int
  /// Of work over a whole block: how many parts each of its phases has, which follow each other. Parts of one phase may
  /// run at the same time, each a call.
  func forwardParts(rows: Int) -> [Int]
  func backwardParts(rows: Int, input: MapShape) -> [Int]

  /// Sets y.
  func forward(_ call: LayerCall)
  /// Hands gradients of the inputs to `call.contribute`, and sets those of the parameters where they are wanted. Not
  /// called where neither the inputs' nor the parameters' are.
  func backward(_ call: LayerCall)
}

/// Whether a layer's calls are of one sample or of a whole block.
enum LayerPlacement: Sendable {
  /// One sample after the other through a run of layers: maps stay in the cache.
  case perSample
  /// All samples of a block at once.
  case perBlock
  /// As what it reads: it looks at single elements, and a call is of however many samples.
  case asItsInput
}

/// A named tensor that a layer computes with.
struct LayerParameter: Sendable {
  /// Behind the node's name and a point.
  let name: String
  let role: Parameter.Role
  /// As in files, PyTorch's order.
  let shape: [Int]
  /// Inputs that feed one output.
  var fanIn = 1
  /// Outputs that one input feeds.
  var fanOut = 1
}

/// Parts of `count` elements that are worth a thread's start each.
func elementParts(_ count: Int) -> Int { Parts.count(count >> 12, most: 8) }

extension LayerKind {
  var inputCounts: ClosedRange<Int> { 1...1 }
  var placement: LayerPlacement { .perSample }
  func outputShape(for inputs: [MapShape]) -> MapShape { inputs[0] }
  func parameters(of input: MapShape) -> [LayerParameter] { [] }
  func multiplyAdds(input: MapShape, output: MapShape) -> Int { 0 }
  func scratchCount(input: MapShape, output: MapShape) -> Int { 0 }
  var appliesActivations: Bool { false }
  func preparedCount(input: MapShape, output: MapShape) -> Int { 0 }
  func prepare(_ weight: Floats, input: MapShape, output: MapShape, into prepared: Floats) {}
  func statisticsCount(output: MapShape) -> Int { 0 }
  func sampleParts(input: MapShape, output: MapShape) -> Int { 1 }
  func forwardParts(rows: Int) -> [Int] { [1] }
  func backwardParts(rows: Int, input: MapShape) -> [Int] { [1] }
}
