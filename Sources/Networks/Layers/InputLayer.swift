// The network's input: what callers write is laid out as maps by the workspace.

struct InputLayer: LayerKind {
  var name: String { "input" }
  var inputCounts: ClosedRange<Int> { 0...0 }

  func forward(_ call: LayerCall) { preconditionFailure("The input is the caller's.") }
  func backward(_ call: LayerCall) { preconditionFailure("The input's gradient is the caller's.") }
}
