// One network's weights as people have them, which PyTorch's own wrappers named
// (tools/goldens/weight_wrappings.py): every wrapping in every format is the plain file's.

import Foundation
import Testing
import WeightFiles

struct WrappingTests {
  static let shapes: [(name: String, shape: [Int])] = [
    ("features.0.weight", [2, 3, 2, 2]), ("features.0.bias", [2]), ("features.1.weight", [2]),
    ("features.1.bias", [2]), ("features.1.running_mean", [2]), ("features.1.running_var", [2]),
    ("fc.weight", [3, 4]), ("fc.bias", [3]),
  ]

  static let needs = WeightNeeds(
    shapes: Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, $0.shape) }),
    rowsOfClasses: ["fc.weight", "fc.bias"])

  /// Multiples of 1/4 from `start`/4 on, tensor after tensor.
  static func state(start: Int = 0) -> [String: Tensor] {
    var next = start
    var tensors = ["features.1.num_batches_tracked": Tensor(shape: [], values: [0])]
    for (name, shape) in shapes {
      let count = shape.reduce(1, *)
      tensors[name] = Tensor(shape: shape, values: (next..<next + count).map { Float($0) / 4 })
      next += count
    }
    return tensors
  }

  static func fixture(_ name: String) throws -> [UInt8] {
    let folder = try #require(
      Bundle.module.url(forResource: "wrappings", withExtension: nil, subdirectory: "Fixtures"))
    return Array(try Data(contentsOf: folder.appending(path: name)))
  }

  static func found(_ file: String, key: String? = nil) throws -> FoundWeights {
    try WeightFile.found(decoding: fixture(file), path: "w", key: key, for: needs)
  }

  /// Name, what is said of PyTorch's formats, and of safetensors, where nested dictionaries are prefixes.
  private static let wrappings: [(name: String, torch: [String], safetensors: [String])] = [
    ("plain", [], []),
    ("module", ["took names without module."], ["took names without module."]),
    ("orig-mod", ["took names without _orig_mod."], ["took names without _orig_mod."]),
    (
      "module-orig-mod", ["took names without module._orig_mod."],
      ["took names without module._orig_mod."]
    ),
    (
      "orig-mod-module", ["took names without _orig_mod.module."],
      ["took names without _orig_mod.module."]
    ),
    (
      "lightning-model",
      [
        "took the dictionary state_dict, names without model.",
        "ignored 1 tensor beside the network's: class_weights",
      ],
      [
        "took names without state_dict.model.",
        "ignored 1 tensor beside the network's: state_dict.class_weights",
      ]
    ),
    (
      "lightning-net",
      [
        "took the dictionary state_dict, names without net.",
        "ignored 1 tensor beside the network's: class_weights",
      ],
      [
        "took names without state_dict.net.",
        "ignored 1 tensor beside the network's: state_dict.class_weights",
      ]
    ),
    (
      "inner-module",
      [
        "took 6 tensors without a wrapper's level within their names: "
          + ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"]
          .map { "features.module." + $0 }.joined(separator: ", ")
      ],
      [
        "took 6 tensors without a wrapper's level within their names: "
          + ["0.bias", "0.weight", "1.bias", "1.running_mean", "1.running_var", "1.weight"]
          .map { "features.module." + $0 }.joined(separator: ", ")
      ]
    ),
    (
      "averaged",
      ["took names without module.", "ignored 1 tensor beside the network's: n_averaged"],
      ["took names without module.", "ignored 1 tensor beside the network's: n_averaged"]
    ),
    (
      "own-prefix",
      ["took names without backbone.", "ignored 1 tensor beside the network's: class_weights"],
      ["took names without backbone.", "ignored 1 tensor beside the network's: class_weights"]
    ),
  ]

  @Test(arguments: wrappings.indices)
  func everyWrappingIsThePlainFile(_ index: Int) throws {
    let (name, torch, safetensors) = Self.wrappings[index]
    for (file, notes) in [
      (name + ".pth", torch), (name + "-legacy.pth", torch), (name + ".safetensors", safetensors),
    ] {
      let found = try Self.found(file)
      #expect(found.file.tensors == Self.state(), "\(file)")
      #expect(found.notes == notes.map { "w: " + $0 }, "\(file)")
      #expect(found.normalisation == nil && found.key == nil && found.path == "w")
    }
  }

  /// The weights first, their average on demand; several fit, and that is said.
  @Test(arguments: [
    ("timm", "state_dict", "state_dict_ema", "state_dict_ema"),
    ("torchvision-ema", "model", "model_ema", "model_ema.module"),
    ("params", "params", "params_ema", "params_ema"),
    ("nested", "models.network", "models.ema_state_dict", "models.ema_state_dict"),
  ])
  func aDictionaryIsChosenByItsKey(name: String, own: String, other: String, full: String) throws {
    for ending in [".pth", "-legacy.pth", ".safetensors"] {
      let file = name + ending
      let usual = try Self.found(file)
      #expect(usual.file.tensors == Self.state(), "\(file)")
      #expect(
        usual.notes.contains("w: also fits: \(full); --weights FILE:KEY takes such a one"),
        "\(file): \(usual.notes)")
      let chosen = try Self.found(file, key: other)
      #expect(chosen.file.tensors == Self.state(start: 100), "\(file)")
      #expect(chosen.label == "w:\(full)" && chosen.key == other, "\(file): \(chosen.label)")
      #expect(!chosen.notes.contains { $0.contains("also fits") }, "\(file): \(chosen.notes)")
      #expect(try Self.found(file, key: own).file.tensors == Self.state(), "\(file)")
      let error = #expect(throws: WeightFileError.self) { try Self.found(file, key: "swa") }
      let text = error?.description ?? ""
      #expect(text.hasPrefix("w: expected a dictionary or prefix swa, found "), "\(text)")
      // A part of the network is no prefix to choose.
      #expect(
        text.contains(", found \(own), \(full)") && !text.contains("features"), "\(text)")
    }
  }

  /// Weights below `module.model.`, the same again in the attacker, mean and standard deviation beside.
  @Test(arguments: ["robustness.pth", "robustness-legacy.pth", "robustness.safetensors"])
  func theRobustnessLibrarysAreRead(file: String) throws {
    let found = try Self.found(file)
    #expect(found.file.tensors == Self.state())
    #expect(found.label == "w:model.module.model")
    #expect(
      found.normalisation
        == FoundWeights.Normalisation(mean: [0.5, 0.25, 0.125], std: [0.25, 0.5, 0.75]))
    #expect(
      found.notes.contains {
        $0.hasSuffix("names without module.model.")
          || $0.hasSuffix("names without model.module.model.")
      })
    #expect(
      found.notes.contains(
        "w: also fits: model.module.attacker.model; --weights FILE:KEY takes such a one"))
    #expect(
      found.notes.contains { $0.hasPrefix("w: ignored 13 tensors beside the network's: ") },
      "\(found.notes)")
  }

  /// As `prune.remove` makes of them what they compute with.
  @Test(arguments: ["pruned.pth", "pruned-legacy.pth", "pruned.safetensors"])
  func prunedPairsAreMultiplied(file: String) throws {
    let found = try Self.found(file)
    let removed = try WeightFile(decoding: Self.fixture("pruned-removed.safetensors"), path: "r")
    #expect(found.file.tensors == removed.tensors)
    #expect(removed.tensors["fc.weight"]?.values.count { $0 == 0 } == 6)
    try #require(found.notes.count == 1)
    #expect(found.notes[0].hasPrefix("w: multiplied 2 tensors by a pruning mask: "))
    #expect(found.notes[0].contains("fc.weight") && found.notes[0].contains("features.0.weight"))
  }

  /// What fits most is what a fault is told of.
  @Test(arguments: ["headless.pth", "headless-legacy.pth", "headless.safetensors"])
  func whatDoesNotFitIsReadAsFarAsItDoes(file: String) throws {
    let found = try Self.found(file)
    var expected = Self.state()
    expected["fc.weight"] = nil
    #expect(found.file.tensors == expected)
    #expect(found.label == "w:state_dict")
  }

  /// A prefix is one only if every tensor of the network is below it: what is below none stays.
  @Test func unknownTensorsBesidePlainNamesStay() throws {
    var tensors = Self.state()
    tensors["head.weight"] = Tensor(shape: [1], values: [0])
    // The same name with a wrapper's level and without: the one as it stands counts.
    tensors["features.module.0.bias"] = Tensor(shape: [2], values: [9, 9])
    let found = try WeightFile.found(
      decoding: WeightFile(tensors: tensors).encoded(), path: "w", for: Self.needs)
    #expect(found.file.tensors == tensors)
    #expect(found.notes == [])
  }

  @Test func anyNumberOfClassesFits() throws {
    var tensors = Self.state()
    tensors["fc.weight"] = Tensor(shape: [1, 4], values: [1, 2, 3, 4])
    tensors["fc.bias"] = Tensor(shape: [1], values: [1])
    var both = tensors
    // A network of another width fits no more, whatever its names.
    for (name, tensor) in Self.state() {
      both["a." + name] = name == "features.0.bias" ? Tensor(shape: [1], values: [0]) : tensor
    }
    var prefixed: [String: Tensor] = [:]
    for (name, tensor) in both { prefixed[name.hasPrefix("a.") ? name : "b." + name] = tensor }
    let found = try WeightFile.found(
      decoding: WeightFile(tensors: prefixed).encoded(), path: "w", for: Self.needs)
    #expect(found.file.tensors == tensors)
    #expect(found.label == "w:b")
  }

  /// Numbers that would make every pixel infinite are no normalisation.
  @Test func normalisationsAreChecked() throws {
    var tensors = Dictionary(
      uniqueKeysWithValues: Self.state().map { ("model." + $0.key, $0.value) })
    tensors["normalizer.new_mean"] = Tensor(shape: [3, 1, 1], values: [0, 0, 0])
    tensors["normalizer.new_std"] = Tensor(shape: [3, 1, 1], values: [1, 0, 1])
    let error = #expect(throws: WeightFileError.self) {
      try WeightFile.found(
        decoding: WeightFile(tensors: tensors).encoded(), path: "w", for: Self.needs)
    }
    #expect(
      error?.description.hasPrefix(
        "w: expected normalizer.new_mean and new_std to be finite, the latter above 0, found ")
        == true)
  }

  /// Ten thousand prefixes, each of which a name of the network follows: a pass over all names for each
  /// would take minutes.
  @Test func manyPrefixesAreRead() throws {
    var tensors = Self.state()
    let row = Tensor(shape: [3], values: [1, 2, 3])
    for i in 0..<10_000 { tensors["p\(i).fc.bias"] = row }
    let bytes = WeightFile(tensors: tensors).encoded()
    let found = try WeightFile.found(decoding: bytes, path: "w", for: Self.needs)
    #expect(found.file.tensors == tensors)
  }

  @Test func colonsNameADictionaryUnlessTheyAreAFilesOwn() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "w-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { remove(folder.path) }
    for name in ["a.pth", "b:c.pth", "d.pth", "d.pth:ema"] {
      try Data(Self.fixture("timm.pth")).write(to: folder.appending(path: name))
    }
    func reference(_ name: String) -> [String?] {
      let reference = WeightReference(folder.path + "/" + name)
      return [String(reference.path.dropFirst(folder.path.count + 1)), reference.key]
    }
    #expect(reference("a.pth") == ["a.pth", nil])
    #expect(reference("a.pth:state_dict_ema") == ["a.pth", "state_dict_ema"])
    #expect(reference("a.pth:x:y") == ["a.pth", "x:y"])
    #expect(reference("b:c.pth") == ["b:c.pth", nil])
    #expect(reference("b:c.pth:ema.model") == ["b:c.pth", "ema.model"])
    #expect(reference("d.pth:ema") == ["d.pth:ema", nil])
    #expect(reference("none.pth:ema") == ["none.pth:ema", nil])
    let found = try WeightFile.found(
      at: folder.path + "/b:c.pth:state_dict_ema", for: Self.needs)
    #expect(found.file.tensors == Self.state(start: 100))
    #expect(found.path == folder.path + "/b:c.pth")
  }
}
