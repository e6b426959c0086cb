// Graphs whose operations say something else than a file did: refused in one line, or run; never a trap.

import Basics
import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

@Suite struct HostileGraphTests {
  static let fixtures = [
    "convolutions.pt2", "convolutions.legacy.onnx", "transformer.pt2", "transformer.dynamo.onnx",
    "transformer.legacy.onnx", "written.pt2",
  ]
  /// Of each fixture; more where the environment says so.
  private static let rounds =
    ProcessInfo.processInfo.environment["ENGRAM_HOSTILE_ROUNDS"].flatMap(Int.init) ?? 400

  @Test(arguments: fixtures)
  func changedOperationsNeverTrap(name: String) throws {
    let whole = try ModelGraph.read(
      packageDirectory() + "/Tests/ModelFilesTests/Fixtures/" + name)
    var generator = SplitMix64(seed: UInt64(name.utf8.count))
    var ran = 0
    for round in 0..<Self.rounds {
      var graph = whole
      for _ in 0...round % 3 { change(&graph, &generator) }
      do {
        let model = try ImportedModel(graph, path: name)
        let network = try Network(model)
        let shape = model.architecture.input
        guard shape.count < 1 << 16, ArchitectureSummary(model.architecture).isSmall else {
          continue
        }
        let inputs = (0..<shape.count).map { Float($0 % 7) / 7 }
        _ = network.pullback(
          inputs, count: 1, cotangent: [Float](repeating: 1, count: network.classCount),
          parameters: false)
        ran += 1
      } catch {
        let text = "\(error)"
        #expect(!text.contains("\n") && text.hasPrefix(name), "round \(round): \(text)")
      }
    }
    #expect(ran > 0, "some changes leave a network")
  }

  private func change(_ graph: inout ModelGraph, _ generator: inout SplitMix64) {
    func pick<Element>(_ list: [Element]) -> Element { list[generator.next(below: list.count)] }
    let numbers = [
      -1, 0, 1, 2, 3, 4, 5, 7, 8, 64, 1 << 14, 1 << 20, 1 << 31, 1 << 53, .max, .min, -2, -8,
    ]
    let position = generator.next(below: graph.operations.count)
    var operation = graph.operations[position]
    let names =
      graph.operations.prefix(position).flatMap(\.outputs) + graph.inputs.map(\.name)
      + graph.constants.keys.sorted()
    func argument(_ depth: Int = 0) -> Argument {
      switch generator.next(below: depth == 0 ? 6 : 5) {
      case 0: .int(pick(numbers))
      case 1: .float(pick([0, 1, -1, .infinity, -.infinity, .nan, 1e-30, 1e30, 0.5]))
      case 2: .bool(generator.next(below: 2) == 0)
      case 3: .value(pick(names))
      case 4:
        .text(pick(["same", "valid", "constant", "reflect", "linear", "nearest", "tanh", "?"]))
      default: .list((0..<generator.next(below: 6)).map { _ in argument(1) })
      }
    }
    let keys = operation.arguments.keys.sorted()
    switch generator.next(below: 6) {
    case 0: operation.kind = pick(OperationKind.allCases)
    case 1: if !keys.isEmpty { operation.arguments[pick(keys)] = argument() }
    case 2: if !keys.isEmpty { operation.arguments[pick(keys)] = nil }
    case 3: if !keys.isEmpty { operation.arguments[pick(keys)] = .value(pick(names)) }
    case 4:
      let more = [
        "axis", "axes", "stride", "padding", "dilation", "groups", "kernel", "size", "shape",
        "order",
        "starts", "ends", "steps", "before", "after", "shifts", "count", "sizes", "scales", "index",
        "bias", "mask", "epsilon", "value", "factor", "divisor", "repeats", "keepDimensions",
      ]
      operation.arguments[pick(more)] = argument()
    default:
      // A list's number.
      for key in keys {
        guard case .list(var list)? = operation.arguments[key], !list.isEmpty else { continue }
        list[generator.next(below: list.count)] = .int(pick(numbers))
        operation.arguments[key] = .list(list)
      }
    }
    graph.operations[position] = operation
  }
}

extension ArchitectureSummary {
  /// Whether its values take a moment.
  fileprivate var isSmall: Bool {
    layers.allSatisfy { $0.output.count < 1 << 18 && $0.multiplyAdds < 1 << 26 }
      && layers.count < 200
  }
}
