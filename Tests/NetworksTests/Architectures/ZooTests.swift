// torchvision's other classification networks: what they are by number, name and size. What they compute stands in
// ZooGoldenTests.

import Networks
import Testing
import WeightFiles

struct ZooTests {
  /// As torchvision documents them (`num_params`); its vision transformer h_14 for images of 518 × 518.
  static let parameters = [
    "googlenet": 6_624_904, "resnext50_32x4d": 25_028_904, "resnext101_32x8d": 88_791_336,
    "resnext101_64x4d": 83_455_272, "wide_resnet50_2": 68_883_240, "wide_resnet101_2": 126_886_696,
    "densenet121": 7_978_856, "densenet161": 28_681_000, "densenet169": 14_149_480,
    "densenet201": 20_013_928, "mobilenet_v2": 3_504_872, "mobilenet_v3_small": 2_542_856,
    "mobilenet_v3_large": 5_483_032, "mnasnet0_5": 2_218_512, "mnasnet0_75": 3_170_208,
    "mnasnet1_0": 4_383_312, "mnasnet1_3": 6_282_256, "shufflenet_v2_x0_5": 1_366_792,
    "shufflenet_v2_x1_0": 2_278_604, "shufflenet_v2_x1_5": 3_503_624,
    "shufflenet_v2_x2_0": 7_393_996, "efficientnet_b0": 5_288_548, "efficientnet_b1": 7_794_184,
    "efficientnet_b2": 9_109_994, "efficientnet_b3": 12_233_232, "efficientnet_b4": 19_341_616,
    "efficientnet_b5": 30_389_784, "efficientnet_b6": 43_040_704, "efficientnet_b7": 66_347_960,
    "efficientnet_v2_s": 21_458_488, "efficientnet_v2_m": 54_139_356,
    "efficientnet_v2_l": 118_515_272, "regnet_y_400mf": 4_344_144, "regnet_y_800mf": 6_432_512,
    "regnet_y_1_6gf": 11_202_430, "regnet_y_3_2gf": 19_436_338, "regnet_y_8gf": 39_381_472,
    "regnet_y_16gf": 83_590_140, "regnet_y_32gf": 145_046_770, "regnet_y_128gf": 644_812_894,
    "regnet_x_400mf": 5_495_976, "regnet_x_800mf": 7_259_656, "regnet_x_1_6gf": 9_190_136,
    "regnet_x_3_2gf": 15_296_552, "regnet_x_8gf": 39_572_648, "regnet_x_16gf": 54_278_536,
    "regnet_x_32gf": 107_811_560, "convnext_tiny": 28_589_128, "convnext_small": 50_223_688,
    "convnext_base": 88_591_464, "convnext_large": 197_767_336, "vit_b_16": 86_567_656,
    "vit_b_32": 88_224_232, "vit_l_16": 304_326_632, "vit_l_32": 306_535_400,
    "vit_h_14": 633_470_440, "swin_t": 28_288_354, "swin_s": 49_606_258, "swin_b": 87_768_224,
    "swin_v2_t": 28_351_570, "swin_v2_s": 49_737_442, "swin_v2_b": 87_930_848,
  ]

  @Test(arguments: parameters.sorted { $0.key < $1.key })
  func hasThePublishedNumberOfParameters(name: String, count: Int) throws {
    #expect(ArchitectureSummary(try .named(name)).parameters == count)
    #expect(Architecture.known.contains(name))
  }

  /// What torchvision counts (`_ops`, in 10⁹); of attention it counts the products within.
  @Test(arguments: [
    ("googlenet", 1498), ("densenet121", 2834), ("mobilenet_v2", 301), ("mnasnet1_0", 314),
    ("shufflenet_v2_x1_0", 145), ("efficientnet_b3", 1827), ("regnet_y_3_2gf", 3176),
    ("regnet_x_8gf", 7995), ("convnext_tiny", 4456), ("resnext50_32x4d", 4230),
    ("swin_t", 4491), ("swin_s", 8741), ("swin_b", 15431), ("swin_v2_t", 5940),
  ])
  func hasTorchvisionsMultiplyAdds(name: String, millions: Int) throws {
    let found = ArchitectureSummary(try .named(name)).multiplyAdds
    #expect(abs(found / 1_000_000 - millions) <= max(3, millions / 100), "\(found)")
  }

  /// Layers that training gives the gradients of: an architecture is told to train if it has no others with parameters.
  @Test(arguments: Architecture.known)
  func trainsWhatHasGradients(name: String) throws {
    let architecture = try Architecture.named(name)
    let layers = ArchitectureSummary(architecture).layers
    let trains = architecture.nodes.indices.allSatisfy { node in
      switch architecture.nodes[node].layer {
      case .convolution(let layer): !layer.isOverTokens
      case .fullyConnected, .batchNormalisation: true
      default: layers[node].parameters == 0
      }
    }
    #expect(Architecture.trained.contains(name) == trains)
  }

  @Test func sidesThatNoLayerTakesAreRefused() throws {
    let error = #expect(throws: NetworkError.self) { try Architecture.named("vit_b_16", side: 225) }
    #expect(
      error?.description
        == "vit_b_16: expected images of at least 16 × 16, 4096 × 4096 at most, sides multiples of "
        + "16, found 225 × 225."
    )
    #expect(try Architecture.named("vit_h_14").input.height == 518)
    let smaller = try Architecture.named("vit_h_14", side: 224).weightNeeds.shapes
    #expect(smaller["encoder.pos_embedding"] == [1, 257, 1280])
  }

  /// torchvision's files of DenseNet and of vision transformers are older than its names.
  @Test(arguments: [
    ("densenet121", "denselayer1.norm1.", "denselayer1.norm.1."),
    ("densenet121", "denselayer2.conv2.", "denselayer2.conv.2."),
    ("vit_b_32", ".mlp.0.", ".mlp.linear_1."), ("vit_b_32", ".mlp.3.", ".mlp.linear_2."),
  ])
  func olderNamesAreTaken(name: String, now: String, before: String) throws {
    let needs = try Architecture.named(name, side: name == "vit_b_32" ? 32 : 224).weightNeeds
    let named = needs.shapes.keys.filter { $0.contains(now) }
    #expect(!named.isEmpty)
    for own in named {
      let former = own.replacing(now, with: before)
      #expect(needs.formerNames[former] == own)
    }
    #expect(needs.formerNames.values.allSatisfy { needs.shapes[$0] != nil })
  }

  /// torchvision's files have the tables that follow from a window's size; others are none of Swin's.
  @Test func tablesOfWindowsMayStandInFiles() throws {
    let network = Network(try .named("swin_v2_t", classes: 2, side: 32), seed: 1)
    var tensors = network.tensors
    let own = "features.1.0.attn.relative_"
    tensors[own + "position_index"] = Tensor(shape: [2], values: [1, 2])
    tensors[own + "coords_table"] = Tensor(shape: [1], values: [1])
    try network.load(tensors, path: "x")
    tensors["features.1.2.attn.relative_position_index"] = Tensor(shape: [1], values: [1])
    let error = #expect(throws: NetworkError.self) { try network.load(tensors, path: "x") }
    #expect(
      error?.description.contains("features.1.2.attn.relative_position_index is unexpected") == true
    )
  }

  @Test func auxiliaryClassifiersMayStandInFiles() throws {
    let network = Network(try .named("googlenet", classes: 2, side: 32), seed: 1)
    var tensors = network.tensors
    tensors["aux1.fc1.weight"] = Tensor(shape: [2, 1], values: [1, 2])
    try network.load(tensors, path: "x")
  }
}
