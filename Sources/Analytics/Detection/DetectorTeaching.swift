// How detectors are taught and how they score: blocks of a reference run, as many passes as the slowest learner asks for,
// then blocks of any run. Neither the size of blocks nor the number of threads changes a bit of a score.

internal import Basics

/// What a detector learns, block by block. Rows that are not finite never come.
protocol DetectorTeacher: Sendable {
  /// Passes over the reference run that it wants to see.
  var passes: Int { get }
  mutating func add(_ block: SampleBlock)
  mutating func endPass() throws
  func scorer() throws -> DetectorScorer
}

/// What scores samples.
struct DetectorScorer: Sendable {
  /// What a person has to know, a line each.
  var notes: [String] = []
  /// Of every row; not a number where there is no score.
  let scores: @Sendable (SampleBlock) -> [Double]

  /// Row by row.
  static func ofRows(_ score: @escaping @Sendable (SampleBlock, Int) -> Double) -> Self {
    Self { block in (0..<block.count).map { score(block, $0) } }
  }
}

/// Nothing to learn.
struct Untaught: DetectorTeacher {
  private let known: DetectorScorer
  init(_ scorer: DetectorScorer) { known = scorer }
  var passes: Int { 0 }
  mutating func add(_ block: SampleBlock) {}
  mutating func endPass() {}
  func scorer() -> DetectorScorer { known }
}

/// Some detectors while a reference run teaches them.
package struct DetectorTeaching {
  private let layer: LastLayer
  private let chosen: [ChosenDetector]
  private var teachers: [Result<any DetectorTeacher, any Error>]
  /// How often all blocks of the reference run have to be added, each time followed by `endPass`.
  package let passes: Int
  /// Passes that were made.
  private var passed = 0
  /// Samples of the reference run that are not finite: they teach nothing.
  package private(set) var leftOut = 0

  /// - Parameters:
  ///   - chosen: of the last layer.
  ///   - samples: of the reference run.
  package init(_ chosen: [ChosenDetector], layer: LastLayer, samples: Int) {
    self.chosen = chosen
    self.layer = layer
    teachers = chosen.map { one in
      guard let start = one.detector.start else {
        preconditionFailure("\(one) is scored from profiles")
      }
      return Result { try start(one.settings, layer, samples) }
    }
    var most = 0
    for case .success(let teacher) in teachers { most = max(most, teacher.passes) }
    passes = most
  }

  /// The next block of this pass.
  package mutating func add(_ block: SampleBlock) {
    let (finite, leftOut) = block.finite()
    if passed == 0 { self.leftOut += leftOut }
    let passed = passed
    unsafe teachers.withUnsafeMutableBufferPointer { teachers in
      nonisolated(unsafe) let teachers = unsafe teachers
      // Every teacher sees the blocks in their order: threads take different teachers.
      unsafe Parallel.run(teachers.count) { _, index in
        guard case .success(var teacher) = unsafe teachers[index], passed < teacher.passes else {
          return
        }
        // Not two owners of its arrays.
        unsafe teachers[index] = .failure(AnalyticsError("at work"))
        teacher.add(finite)
        unsafe teachers[index] = .success(teacher)
      }
    }
  }

  /// After all blocks of a pass.
  package mutating func endPass() {
    let passed = passed
    unsafe teachers.withUnsafeMutableBufferPointer { teachers in
      nonisolated(unsafe) let teachers = unsafe teachers
      unsafe Parallel.run(teachers.count) { _, index in
        guard case .success(var teacher) = unsafe teachers[index], passed < teacher.passes else {
          return
        }
        unsafe teachers[index] = .failure(AnalyticsError("at work"))
        unsafe teachers[index] = Result {
          try teacher.endPass()
          return teacher
        }
      }
    }
    self.passed += 1
  }

  /// After all passes: what can score, and why the others cannot.
  package consuming func taught() -> TaughtDetectors {
    precondition(passed == passes, "every pass teaches something")
    let teachers = teachers
    let scorers = Parallel.map(teachers.count) { range in
      Result { try teachers[range.lowerBound].get().scorer() }
    }
    var taught = TaughtDetectors(layer: layer)
    for (one, scorer) in zip(chosen, scorers) {
      switch scorer {
      case .success(let scorer): taught.add(one, scorer)
      case .failure(let error): taught.failures.append((one, "\(error)"))
      }
    }
    return taught
  }
}

/// Detectors that can score.
package struct TaughtDetectors: Sendable {
  private let layer: LastLayer
  private var scorers: [DetectorScorer] = []
  /// In the order in which they were chosen, but for those that failed.
  package private(set) var detectors: [ChosenDetector] = []
  /// What could not be taught, and why.
  package fileprivate(set) var failures: [(detector: ChosenDetector, reason: String)] = []

  /// Rows that are scored as one piece of work.
  private static let rowsAtATime = 256

  fileprivate init(layer: LastLayer) { self.layer = layer }

  fileprivate mutating func add(_ detector: ChosenDetector, _ scorer: DetectorScorer) {
    detectors.append(detector)
    scorers.append(scorer)
  }

  /// What a person has to know of scores to come, a line each.
  package var notes: [String] {
    zip(detectors, scorers).flatMap { one, scorer in scorer.notes.map { "\(one): \($0)" } }
  }

  /// By detector, the score of every row; nil where there is none: x or z is not finite, or the definition gives no
  /// number.
  package func scores(of block: SampleBlock) -> [[Double?]] {
    let tiles = (block.count + Self.rowsAtATime - 1) / Self.rowsAtATime
    let parts = Parallel.map(scorers.count * tiles) { item -> [Double?] in
      let (one, tile) = (item.lowerBound / tiles, item.lowerBound % tiles)
      let range =
        tile * Self.rowsAtATime..<min((tile + 1) * Self.rowsAtATime, block.count)
      return scores(of: block.rows(range), by: one)
    }
    return scorers.indices.map { one in Array(parts[one * tiles..<(one + 1) * tiles].joined()) }
  }

  private func scores(of block: SampleBlock, by one: Int) -> [Double?] {
    let needsInputs = detectors[one].detector.needs.contains(.inputs)
    let finite = (0..<block.count).filter { block.isFinite(row: $0, inputs: needsInputs) }
    let scores = scorers[one].scores(block.rows(finite))
    precondition(scores.count == finite.count, "a score a row")
    var all = [Double?](repeating: nil, count: block.count)
    for (row, score) in zip(finite, scores) where score.isFinite { all[row] = score }
    return all
  }
}
