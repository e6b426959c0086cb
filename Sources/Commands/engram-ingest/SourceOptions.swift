// What commands that run a network over a data set have in common: the options that name both, and reading them.

import Basics
import Capture
import CommandLineTool
import DataSets
import Networks
import Warehouse

let sourceOptions = [
  Option(
    "model", "NAME",
    "architecture: " + Architecture.known.joined(separator: ", ")
      + "; or a model file, net.onnx or net.pt2 (see: engram-ingest help models)"),
  Option(
    "weights", "FILE",
    "the network's weights, a .safetensors or PyTorch .pth file, or FILE:KEY, a dictionary in it "
      + "such as state_dict_ema; a model file brings its own"),
  Option(
    "data", "DATA",
    "DIR:test or DIR:train (CIFAR, MNIST, Tiny ImageNet and other published data sets in their own files), "
      + "shapes:test, shapes-stylised:test, npy:FOLDER (images.npy, labels.npy), FILE.npz:test, "
      + "or a folder of JPEG, PNG, WebP, BMP and PNM files: a folder a class, or with labels.csv "
      + "(folder:DIR and labels:FILE choose)"),
  Option(
    "preprocess", "STEPS",
    "imagenet, imagenet-299, caffe, cifar, cifar-alexnet or unit, and options with commas: resize=N or "
      + "squash=N, crop=N, filter=bilinear, scale=255, mean=R/G/B, std=R/G/B or standardise, order=rgb "
      + "(default: the network's own)"),
  Option(
    "class-list", "FILE",
    "what the network's outputs are called: a key a line, or a key, a tab and a name, or JSON (default: what "
      + "the weight file says; ImageNet's for 1,000 outputs)"),
  Option("unlabelled", nil, "leave the data set's labels aside"),
  Option("strict", nil, "stop at the first image that cannot be read instead of leaving it out"),
  Option(
    "state", "STATE",
    "what the weights are where their file does not say so: untrained, best, overtrained or random"),
  Option("limit", "N", "take N samples, drawn by seed"),
  Option("per-class", "N", "take N samples of each class, drawn by seed"),
  Option(
    "classes", "LIST",
    "take some classes: 3,5,7 or names or random:K, or run:NAME, those of a run in the warehouse"),
  Option("seed", "N", "seeds the selection and the permuted labels", default: "0"),
  Option(
    "attack", "ATTACK",
    "attack every image first: fgsm:eps=8/255, or pgd:eps=8/255,step=2/255,steps=20 with restarts=N, norm=l2, start=zero, target=CLASS (a key, a name or a position of an output), seed=N; odin:eps=0.0014,T=1000, the step towards its prediction that the detector odin scores"
  ),
  Option(
    "shift", "SHIFT",
    "shift every image first: gaussian-noise, blur, contrast, brightness, pixelate or jpeg, :1 to :5, or sign-noise:eps=8/255"
  ),
  Option("threads", "N", "worker threads (default: one per core)"),
]

func readInput(
  _ arguments: Arguments, needsLayers: Bool, tokens: TokenChoice? = nil
) throws -> CaptureInput {
  var model = try arguments.required("model")
  let isFile = isModelFile(model)
  if !isFile {
    model = try arguments.choice("model", of: Architecture.known, as: "architecture") ?? ""
  } else if arguments.isGiven("weights") {
    throw UsageError("--weights: \(model) is a model file and brings its own; leave it out")
  }
  let states = ["untrained", "best", "overtrained", "random"]
  let input = try CaptureInput(
    model: model, weights: isFile ? nil : try arguments.required("weights"),
    modelName: arguments.isGiven("model-name") ? arguments.string("model-name") : nil,
    state: try arguments.choice("state", of: states), data: try arguments.required("data"),
    preprocessing: try arguments.string("preprocess").map { try usage(Preprocessing(parsing: $0)) },
    classList: try arguments.string("class-list").map { try ClassList(path: $0) },
    tokens: tokens, isUnlabelled: arguments.flag("unlabelled"), needsLayers: needsLayers)
  for line in input.notes + input.data.notes { note(line) }
  return input
}

/// Whether a model is named by a file, not by an architecture.
func isModelFile(_ model: String) -> Bool {
  !Architecture.known.contains(model)
    && (ImportedModel.endings.contains { model.hasSuffix($0) } || ImportedModel.isModelFile(model))
}

/// - Parameter warehouse: Where `--classes run:NAME` looks for the run.
func readSelection(_ arguments: Arguments, warehouse: String?) throws -> Selection {
  Selection(
    limit: try arguments.int("limit", in: 1...Int.max),
    perClass: try arguments.int("per-class", in: 1...Int.max),
    classes: try arguments.string("classes").map { try readClasses($0, warehouse: warehouse) },
    seed: UInt64(try arguments.int("seed") ?? 0))
}

private func readClasses(_ text: String, warehouse: String?) throws -> ClassChoice {
  guard text.hasPrefix("run:") else { return try usage(ClassChoice(parsing: text)) }
  guard let path = warehouse else {
    throw UsageError("--classes run:NAME needs the warehouse that holds the run: --into WAREHOUSE")
  }
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  let run = try run(named: String(text.dropFirst("run:".count)), in: warehouse)
  return .listed(try warehouse.classKeys(run: run.id))
}

/// What can be told before the network is read: an attack's target, which one of its outputs is, is not.
/// - Returns: Whether images are perturbed.
@discardableResult
func checkPerturbation(_ arguments: Arguments) throws -> Bool {
  try readPerturbation(arguments, output: { Int($0) ?? 0 }) != .none
}

func readPerturbation(_ arguments: Arguments, of model: CapturedModel) throws -> Perturbation {
  try readPerturbation(arguments) { name in
    let outputs = model.outputs
    if let position = outputs.firstIndex(where: { $0.key.hasBytes(of: name) })
      ?? outputs.firstIndex(where: { $0.name.hasBytes(of: name) }) ?? Int(name)
    {
      return position
    }
    throw UsageError("--attack: " + unknown("output", name, known: outputs.map(\.name)))
  }
}

private func readPerturbation(
  _ arguments: Arguments, output: (String) throws -> Int?
) throws -> Perturbation {
  switch (arguments.string("attack"), arguments.string("shift")) {
  case (nil, nil): .none
  case (let attack?, nil): .attack(try usage(Attack(parsing: attack, output: output)))
  case (nil, let shift?): .shift(try usage(Shift(parsing: shift)))
  case (_?, _?): throw UsageError("--attack and --shift exclude each other")
  }
}

/// Shows how far a job is and what it says.
func observer(of progress: Progress) -> CaptureObserver {
  var unreadable = 0
  return CaptureObserver(
    advanced: { progress.update($0) },
    stage: {
      progress.clear()
      note($0)
    },
    isCancelled: { Interrupt.isRequested },
    captured: { Interrupt.unwatch() },
    unreadable: {
      unreadable += 1
      // The warehouse lists them all, and the summary counts them.
      guard unreadable <= 20 else {
        if unreadable == 21 {
          progress.clear()
          note("left out: more images that cannot be read, which are only counted")
        }
        return
      }
      progress.clear()
      note("left out: \($0)")
    })
}
