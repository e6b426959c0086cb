// Trainings on a few generated images: what they write, and that stopping leaves no trace.

import DataSets
import FoundationEssentials
import NetworkTestSupport
import Networks
import TestSupport
import Testing
import Training
import WeightFiles

/// A folder of its own, taken away at the end.
private final class Scratch {
  let folder: TrainingFolder

  init() {
    let name = "engram-\(UUID().uuidString)"
    folder = TrainingFolder(FileManager.default.temporaryDirectory.appending(path: name).path())
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.path) }

  func holds(_ state: TrainingState) -> Bool {
    FileManager.default.fileExists(atPath: folder.file(state))
  }

  func bytes(_ state: TrainingState) -> Data? {
    FileManager.default.contents(atPath: folder.file(state))
  }
}

private func options(labels: LabelMode = .true) -> TrainingOptions {
  var options = TrainingOptions(data: "shapes:train:48")
  options.test = "shapes:test:20"
  options.limit = 40
  options.labels = labels
  options.epochs = 3
  options.batchSize = 16
  options.decayEvery = 4
  options.seed = 5
  return options
}

private func begin(
  _ options: TrainingOptions, in scratch: Scratch, replacing: Bool = false, threads: Int = 2
) throws -> Training {
  try Training(
    options, into: scratch.folder, replacing: replacing, engramVersion: "test", threads: threads)
}

private func lines(_ scratch: Scratch) throws -> [Data] {
  try #require(FileManager.default.contents(atPath: scratch.folder.log))
    .split(separator: UInt8(ascii: "\n")).map { Data($0) }
}

@Test(arguments: [LabelMode.true, .random(fraction: 0.5)])
func resumedTrainingsEndInTheSameBytes(labels: LabelMode) throws {
  let (whole, parts) = (Scratch(), Scratch())
  let options = options(labels: labels)
  let final = try begin(options, in: whole).run { _ in true }

  // Stopped within the second epoch, which is lost, then after the second, then not at all.
  var training = try begin(options, in: parts, threads: 1)
  let first = try training.run { progress in
    if case .step(2, let samples, _) = progress { return samples < 32 }
    return true
  }
  #expect(first == nil)
  #expect(try parts.folder.history().epochs.count == 1)
  training = try Training(resuming: parts.folder, options: options, threads: 1)
  let second = try training.run { progress in
    if case .epoch(let outcome) = progress { return outcome.epoch < 2 }
    return true
  }
  #expect(second == nil)
  training = try Training(resuming: parts.folder, options: options, threads: 3)
  let third = try training.run { _ in true }

  let state = labels == .true ? TrainingState.overtrained : .random
  #expect(final == state)
  #expect(third == state)
  for state in [.untrained, .best, state] {
    #expect(difference(whole.bytes(state) ?? Data(), parts.bytes(state) ?? Data()) == nil)
  }
  #expect(try difference(lines(whole), lines(parts)) == nil)
}

@Test func filesCarryStateAndHistory() throws {
  let scratch = Scratch()
  let training = try begin(options(), in: scratch)
  _ = try training.run { _ in true }
  #expect(!scratch.holds(.random))
  for state in [TrainingState.untrained, .best, .overtrained] {
    let path = scratch.folder.file(state)
    let file = try WeightFile.read(path)
    #expect(file.metadata["state"] == state.rawValue)
    #expect(try Network(file, path: path).parameterCount == 1_387_786)
    #expect(try TrainingFolder.history(of: file, at: path).options == options())
  }
  let best = try #require(training.history.best)
  let path = scratch.folder.file(.best)
  let kept = try TrainingFolder.history(of: try WeightFile.read(path), at: path)
  #expect(kept.epochs.last == best)
  #expect(training.history.epochs.allSatisfy { $0.testAccuracy ?? 2 <= best.testAccuracy ?? -1 })
}

@Test func theLogHasALineForEachEpoch() throws {
  let scratch = Scratch()
  let training = try begin(options(), in: scratch)
  _ = try training.run { _ in true }
  let lines = try lines(scratch)
  let head = try JSONDecoder().decode(TrainingHistory.self, from: lines[0])
  #expect(head.options == options())
  #expect(head.train.samples == 40)
  let epochs = try lines.dropFirst().map { try JSONDecoder().decode(EpochOutcome.self, from: $0) }
  #expect(epochs == training.history.epochs)
  #expect(epochs.map(\.epoch) == [1, 2, 3])
  // 3 steps an epoch, a decay every 4: the last steps are numbers 2, 5 and 8.
  #expect(zip(epochs, [0.01, 0.0095, 0.009025]).allSatisfy { abs($0.learningRate - $1) < 1e-12 })
}

@Test func aLogThatLacksItsLastEpochIsMadeWhole() throws {
  let scratch = Scratch()
  var options = options()
  options.epochs = 1
  _ = try begin(options, in: scratch).run { _ in true }
  let whole = try lines(scratch)
  try whole[0].write(to: URL(filePath: scratch.folder.log))
  _ = try Training(resuming: scratch.folder, options: options, threads: 2).run { _ in true }
  #expect(whole.count == 2)
  #expect(try difference(lines(scratch), whole) == nil)
}

@Test(arguments: [-1, 1_000_001, 1 << 62])
func historiesOfUnheardLengthAreRefused(epochs: Int) throws {
  let scratch = Scratch()
  let history = try begin(options(), in: scratch).history
  var hostile = history
  hostile.options.epochs = epochs
  #expect(try TrainingHistory(json: history.json()) == history)
  #expect(throws: TrainingError.self) { try TrainingHistory(json: hostile.json()) }
}

@Test func aScheduledEpochIsFiftyThousandImages() {
  #expect(TrainingOptions(data: "").decayEvery == 391)
  #expect([1, 64, 128, 4096].map(TrainingOptions.scheduleEpoch) == [50_000, 782, 391, 13])
}

@Test func randomLabelsEndInOneStateOfTheirOwn() throws {
  let scratch = Scratch()
  var options = options(labels: .random(fraction: 1))
  options.epochs = 1
  #expect(try begin(options, in: scratch).run { _ in true } == .random)
  #expect(scratch.holds(.untrained) && scratch.holds(.random))
  #expect(!scratch.holds(.best) && !scratch.holds(.overtrained))
}

@Test func noEpochsLeaveTheUntrainedNetworkAlone() throws {
  let (bare, whole) = (Scratch(), Scratch())
  var options = options()
  _ = try begin(options, in: whole)
  options.epochs = 0
  #expect(try begin(options, in: bare).run { _ in false } == .untrained)
  #expect(
    try FileManager.default.contentsOfDirectory(atPath: bare.folder.path)
      == ["untrained.safetensors"])
  let (ours, theirs) = (bare.folder.file(.untrained), whole.folder.file(.untrained))
  #expect(try difference(WeightFile.read(ours).tensors, WeightFile.read(theirs).tensors) == nil)
}

@Test func zeroErrorEndsATraining() throws {
  let scratch = Scratch()
  var options = options(labels: .random(fraction: 1))
  options.limit = 4
  options.batchSize = 4
  options.decayEvery = 1000
  options.epochs = 400
  options.untilZeroError = true
  options.learningRate = 0.05
  let training = try begin(options, in: scratch)
  #expect(try training.run { _ in true } == .random)
  #expect(training.history.epochs.last?.trainAccuracy == 1)
  #expect(training.history.epochs.dropLast().allSatisfy { $0.trainAccuracy < 1 })
  #expect(training.history.epochs.count < 400)
}

@Test func trainingsAreNotOverwrittenUnasked() throws {
  func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }
  let scratch = Scratch()
  var options = options()
  options.epochs = 1
  _ = try begin(options, in: scratch)
  #expect(
    message { _ = try begin(options, in: scratch) }.contains("holds a training of 0 of 1 epochs"))
  _ = try Training(resuming: scratch.folder, options: options, threads: 2).run { _ in true }
  #expect(message { _ = try begin(options, in: scratch) }.contains("holds a finished training"))
  _ = try begin(options, in: scratch, replacing: true)
  #expect(!scratch.holds(.overtrained))

  options.batchSize = 8
  #expect(
    message { _ = try Training(resuming: scratch.folder, options: options, threads: 2) }
      .contains("begun with --batch-size 16, found 8"))
  options.batchSize = 16
  options.data = "shapes:train:47"
  #expect(
    message { _ = try Training(resuming: scratch.folder, options: options, threads: 2) }
      .contains("found other content"))
  let empty = Scratch()
  #expect(
    message { _ = try Training(resuming: empty.folder, options: options, threads: 2) }
      .hasSuffix("expected a training's checkpoint to resume, found none"))
}

@Test func splitsLeftOutAreFilledIn() throws {
  var options = TrainingOptions(data: "")
  func chosen(_ data: String, _ test: String?) throws -> [String?] {
    try options.chooseData(data, test: test)
    return [options.data, options.test]
  }
  #expect(try chosen("shapes@3", nil) == ["shapes:train@3", "shapes:test@3"])
  #expect(try chosen("shapes:train:50", nil) == ["shapes:train:50", "shapes:test"])
  #expect(try chosen("shapes:test", nil) == ["shapes:test", nil])
  #expect(try chosen("shapes", "none") == ["shapes:train", nil])
  #expect(
    try chosen("shapes", "shapes-stylised") == ["shapes:train", "shapes-stylised:test"])
  // Tiny ImageNet is tested on `val`.
  let scratch = Scratch()
  for split in ["train", "val"] {
    try FileManager.default.createDirectory(
      atPath: "\(scratch.folder.path)/\(split)", withIntermediateDirectories: true)
  }
  try Data("n01443537".utf8).write(to: URL(filePath: "\(scratch.folder.path)/wnids.txt"))
  let folder = scratch.folder.path
  #expect(try chosen(folder, nil) == ["\(folder):train", "\(folder):val"])
  #expect(try chosen("\(folder):val", nil) == ["\(folder):val", nil])
  #expect(try chosen("shapes", folder) == ["shapes:train", "\(folder):val"])
}
