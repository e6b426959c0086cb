// Swin Transformers of exported programs are the built-in ones, with the weights of their .pth; others with the same weights
// are not.

import ModelFiles
import Networks
import Testing
import WeightFiles

/// Serialised: they take much memory.
@Suite(.serialized)
struct SwinRecognitionTests {
  @Test(arguments: [false, true])
  func programsAreTheBuiltInNetworks(isSecond: Bool) throws {
    var program = SwinProgram(isSecond: isSecond)
    let model = try ImportedModel(program.graph(), path: "net.pt2")
    #expect(model.architecture.name == program.known)
    #expect(try model.sha256 == program.stateDict().sha256)
    #expect(model.notes.contains { $0.contains("run as the built-in network") })
  }

  private static func changed(
    _ isSecond: Bool, _ change: (inout SwinProgram) -> Void
  ) -> SwinProgram {
    var program = SwinProgram(isSecond: isSecond)
    change(&program)
    return program
  }

  private static let others: [(String, SwinProgram)] = [
    ("shift", changed(false) { $0.shift = 2 }),
    ("way back", changed(false) { $0.rollsRight = true }),
    ("epsilon", changed(false) { $0.epsilon = 1e-6 }),
    ("scale", changed(false) { $0.scale = 0.177 }),
    ("function", changed(false) { $0.function = ["approximate": .text("tanh")] }),
    ("mask", changed(false) { $0.masked = -50 }),
    ("no mask", changed(false) { $0.masked = nil }),
    ("table", changed(false) { $0.swapsTokens = true }),
    ("order of parts", changed(false) { $0.mergesRowsFirst = false }),
    ("computed weight", changed(false) { $0.doubles = "features.3.0.mlp.0" }),
    ("shift", changed(true) { $0.shift = 3 }),
    ("logarithm", changed(true) { $0.largestLogarithm = 0.01 }),
    ("least norm", changed(true) { $0.leastNorm = 1e-6 }),
    ("factor of biases", changed(true) { $0.factor = 15 }),
    ("bias of keys", changed(true) { $0.keepsKeyBias = true }),
    ("mask", changed(true) { $0.masked = nil }),
  ]

  @Test(arguments: others.indices)
  func othersWithTheSameWeightsAreNot(which: Int) throws {
    var (what, program) = Self.others[which]
    let model = try ImportedModel(program.graph(), path: "net.pt2")
    #expect(model.architecture.name == "pt2", "\(what)")
  }
}
