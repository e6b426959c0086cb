// Every claim is judged both ways on constructed rows, and not at all where rows are missing.

import Reports
import Testing
import Warehouse

@Suite struct ClaimTests {
  typealias Change = @Sendable (inout [StudyState: RunReport]) -> Void

  /// For every claim that has a rule, what turns the runs of `StudyRuns.asThePaperSays` against it.
  static let refutations: [(claim: String, change: Change)] = [
    ("always on, last layer", { $0[.best]?.layers[2].setLastBin(0.3) }),
    ("always on, last layer", { $0[.best]?.layers[2].setAlways(0.9) }),
    ("always on, second last layer", { $0[.untrained]?.layers[1].setLastBin(0) }),
    ("random labels, sparse penultimate layer", { $0[.random]?.layers[1].setMean(0.25) }),
    ("random labels, sparse penultimate layer", { $0[.untrained]?.layers[1].setMean(0.01) }),
    ("overtrained between random and best", { $0[.overtrained]?.layers[1].setMean(0.4) }),
    ("training separates", { $0[.best]?.layers[0].setSeparation(0.011, 0.1) }),
    ("training orders", { $0[.best]?.layers[0].setSeparation(0.4, 0.3) }),
    ("deeper layers ordered more", { $0[.best]?.layers[0].setSeparation(0.4, 0.01) }),
    (
      "entropy above separation at initialisation",
      { $0[.untrained]?.layers[2].setSeparation(0.5, 0.2) }
    ),
    ("random labels raise entropy", { $0[.random]?.layers[1].setSeparation(0.01, 0.21) }),
    ("random labels leave separation", { $0[.random]?.layers[1].setSeparation(0.02, 0.4) }),
    ("random labels leave separation", { $0[.random]?.layers[1].setSeparation(0.001, 0.4) }),
    ("best and overtrained alike", { $0[.overtrained]?.layers[0].reverseMatrix() }),
    ("overtrained weaker", { $0[.overtrained]?.layers[1].setSeparation(0.39, 0.2) }),
    ("overtraining forgets", { $0[.overtrained]?.layers[1].setSeparation(0.2, 0.01) }),
    ("random labels, higher rank", { $0[.random]?.setRanks([101, 102, 103]) }),
    ("random labels, more overlap", { $0[.random]?.setOverlaps([0, 0, 0]) }),
    ("best network, no overlap", { $0[.best]?.setOverlaps([-3, 0, 1]) }),
    ("overtraining raises ranks", { $0[.overtrained]?.setRanks([99, 100, 120]) }),
    (
      "memorisation, not in activations",
      { $0[.random]?.layers[1].setSeparation(0.4, -1, of: .activation) }
    ),
    ("memorisation, not in activations", { $0[.random]?.layers[1].setSeparation(0.5, 0.4) }),
  ]

  typealias DataChange = @Sendable (inout ReportData) -> Void

  /// The same for claims about shifted and attacked runs, which stand beside those runs.
  static let otherRefutations: [(claim: String, change: DataChange)] = [
    (
      "training sparsifies shifted data",
      { $0.change("best shifted") { $0.layers[2].setMean(0.5) } }
    ),
    ("clean data sparser", { $0.change("best shifted") { $0.layers[1].setMean(0.1) } }),
    (
      "shifted data, separation",
      { $0.change("best shifted") { $0.layers[0].setSeparation(0.001, 0.3) } }
    ),
    (
      "shifted data, entropy",
      { $0.change("best shifted") { $0.layers[0].setSeparation(0.3, 0.1) } }
    ),
    ("shifted data, nearer by training", { $0.setDivergences("best", toShifted: 0.9, toClean: 1) }),
    ("shifted data, asymmetry", { $0.setDivergences("best", toShifted: 0.2, toClean: 0.1) }),
    (
      "shifted data, asymmetry by depth",
      { $0.setDivergences("best", toShifted: 0.1, toClean: 0.2) }
    ),
    ("attacks lower likelihood", { $0.setAttack("best", [-0.1, 0.1]) }),
    ("attacks, random labels", { $0.setAttack("random", [-0.1, -0.1]) }),
    ("attack, not in activations", { $0.setAttack("best", [-0.2, -0.1], of: .activation) }),
    ("attack, not in activations", { $0.setAttack("best", [0.2, 0.1]) }),
    (
      "shift, not in activations",
      { $0.change("best blurred 3") { $0.layers[2].setSeparation(0.4, -1, of: .activation) } }
    ),
    (
      "every shift lowers separation",
      { $0.change("best shifted") { $0.layers[2].setSeparation(0.5, 0.3) } }
    ),
    // Above its floor, that is.
    (
      "every shift lowers separation",
      { $0.change("best/shapes") { $0.layers[2].setSeparation(0.4, 0.1, floor: 0.2) } }
    ),
  ]

  static func judge(_ runs: [StudyState: RunReport]) -> [String: Verdict] {
    judge(StudyRuns.study(runs))
  }

  static func judge(_ data: ReportData) -> [String: Verdict] {
    judgements(data).mapValues(\.verdict)
  }

  static func judgements(_ data: ReportData) -> [String: Judgement] {
    let comparison = Comparison.all(in: data)[0]
    return Dictionary(uniqueKeysWithValues: Claim.all.map { ($0.name, $0.judge(comparison)) })
  }

  @Test func allHoldOnRowsAsThePaperDescribesThem() {
    let verdicts = Self.judge(StudyRuns.asThePaperSays)
    for claim in Claim.all { #expect(verdicts[claim.name] == .holds, "\(claim.name)") }
  }

  @Test(arguments: refutations.indices)
  func eachFailsOnRowsAgainstIt(_ index: Int) {
    var runs = StudyRuns.asThePaperSays
    Self.refutations[index].change(&runs)
    #expect(Self.judge(runs)[Self.refutations[index].claim] == .doesNotHold)
  }

  @Test(arguments: otherRefutations.indices)
  func eachFailsOnShiftedAndAttackedRowsAgainstIt(_ index: Int) {
    var data = StudyRuns.study(StudyRuns.asThePaperSays)
    Self.otherRefutations[index].change(&data)
    #expect(Self.judge(data)[Self.otherRefutations[index].claim] == .doesNotHold)
  }

  @Test func everyClaimIsRefutedSomewhereAndSaysWhatItWasMadeOn() {
    let refuted = Set(Self.refutations.map(\.claim)).union(Self.otherRefutations.map(\.claim))
    #expect(Set(Claim.all.map(\.name)) == refuted)
    #expect(Set(Claim.all.map(\.madeOn)) == ["CIFAR-10", "ImageNet", "ImageNet, ImageNet-R", ""])
  }

  @Test func withoutShiftedOrAttackedRunsTheirClaimsSayWhatTheyNeed() {
    var data = ReportData()
    data.runs = StudyRuns.study(StudyRuns.asThePaperSays).runs.filter {
      $0.info.perturbation == "none" && $0.info.datasetID == 1
    }
    let verdicts = Self.judge(data)
    for name in Set(Self.otherRefutations.map(\.claim)) {
      guard case .notMeasurable(let reason) = verdicts[name] else {
        Issue.record("\(name): \(String(describing: verdicts[name]))")
        continue
      }
      #expect(reason.hasPrefix("needs ") && reason.contains("engram-ingest "))
    }
  }

  @Test func controlsAreJudgedByTheSameRule() throws {
    let judged = Self.judgements(StudyRuns.study(StudyRuns.asThePaperSays))
    let weaker = try #require(judged["overtrained weaker"])
    // The separations of activations are alike in every state.
    #expect(weaker.verdict == .holds && weaker.controls[.activation] == .doesNotHold)
    #expect(judged["always on, last layer"]?.controls == [.neuron: .holds])
    // A differential entropy has no ratio, and ranks are of inputs.
    #expect(judged["random labels raise entropy"]?.controls[.activation] == nil)
    #expect(judged["random labels, higher rank"]?.controls == [:])
    guard case .notMeasurable(let reason)? = weaker.controls[.neuron] else {
      Issue.record("neurons have no separation here")
      return
    }
    #expect(
      reason.contains("needs the divergences of the neurons of layer fc1: engram-ingest measure"))
  }

  @Test func severitiesOfAShiftHaveATrend() throws {
    let judged = Self.judgements(StudyRuns.study(StudyRuns.asThePaperSays))
    let claim = try #require(judged["every shift lowers separation"])
    #expect(
      claim.findings.map(\.what) == [
        "shapes-stylised:test, fc3", "blur:1, fc3", "blur:3, fc3", "blur:5, fc3", "trend of blur",
      ])
    // Of 0.399, 0.349, 0.249 and 0.099 over 0, 1, 3 and 5.
    #expect(abs((claim.findings[4].difference ?? 0) + 0.05932203) < 1e-6)
    #expect(
      claim.findings[4].holds
        && claim.findings[4].numbers.hasPrefix("separation by severity 0: 0.399, 1"))
  }

  @Test(arguments: StudyState.allCases)
  func aMissingStateLeavesItsClaimsUnmeasured(_ state: StudyState) {
    var runs = StudyRuns.asThePaperSays
    runs[state] = nil
    let verdicts = Self.judge(runs)
    #expect(
      verdicts.values.contains(
        .notMeasurable(
          "needs 1 run of a model in the state '\(state.rawValue)' over the same samples: "
            + "engram-ingest --weights FILE, --state STATE where the file does not tell")))
    #expect(verdicts.values.contains(.holds))
    #expect(!verdicts.values.contains(.doesNotHold))
  }

  @Test func withoutRunsOrMeasuresNothingIsMeasurable() {
    let bare = Dictionary(
      uniqueKeysWithValues: StudyState.allCases.map { ($0, RunReport(info: RunInfo())) })
    var data = StudyRuns.study(bare)
    data.attacks = []
    for verdict in [Self.judge([:]), Self.judge(data)].flatMap(\.values) {
      guard case .notMeasurable = verdict else {
        Issue.record("\(verdict)")
        continue
      }
    }
  }

  @Test func otherLayersDoNotStandForTheNetworksLast() {
    var runs = StudyRuns.asThePaperSays
    for state in StudyState.allCases { runs[state]?.layers.removeLast() }
    let verdicts = Self.judge(runs)
    guard case .notMeasurable(let reason) = verdicts["always on, last layer"] else {
      Issue.record("judged by another layer")
      return
    }
    #expect(reason.contains("did not capture"))
    #expect(verdicts["always on, second last layer"] == .holds)
    // The same layers, as all that the network has.
    for state in StudyState.allCases { runs[state]?.info.lastPosition = 1 }
    #expect(Self.judge(runs)["always on, last layer"] == .holds)
  }

  @Test func ranksLimitedBySamplesAreNotJudged() {
    var runs = StudyRuns.asThePaperSays
    runs[.best]?.limitBySamples()
    let verdicts = Self.judge(runs)
    for name in [
      "random labels, higher rank", "random labels, more overlap", "best network, no overlap",
      "overtraining raises ranks",
    ] {
      guard case .notMeasurable(let reason) = verdicts[name] else {
        Issue.record("\(name): \(String(describing: verdicts[name]))")
        continue
      }
      #expect(reason.contains("limited by the sample count"))
    }
  }

  @Test func findingsCarryTheNumbersUsed() throws {
    var comparison = Comparison(title: "test")
    for (state, run) in StudyRuns.asThePaperSays { comparison.add(run, as: state) }
    let claim = try #require(Claim.all.first { $0.name == "overtrained weaker" })
    let judgement = claim.judge(comparison)
    #expect(judgement.findings.count == 3)
    #expect(judgement.findings[2].text.contains("overtrained 0.200, best 0.400; ratio 0.500"))
    #expect(claim.rule.hasPrefix("Holds when"))
  }

  @Test func aSeparationAtItsFloorIsRemarkedOn() throws {
    var runs = StudyRuns.asThePaperSays
    runs[.untrained]?.layers[0].setSeparation(0.01, 0.2, floor: 0.009)
    var comparison = Comparison(title: "test")
    for (state, run) in runs { comparison.add(run, as: state) }
    let claim = try #require(
      Claim.all.first { $0.name == "entropy above separation at initialisation" })
    #expect(claim.judge(comparison).remarks.count == 1)
  }

  @Test func laterRunsOfAStateStandForIt() {
    var early = RunReport(info: RunInfo())
    early.info.name = "early"
    early.info.completed = "2025-01-01"
    var late = early
    late.info.name = "late"
    late.info.completed = "2025-01-02"
    for order in [[early, late], [late, early]] {
      var comparison = Comparison(title: "test")
      for run in order { comparison.add(run, as: .best) }
      #expect(comparison.runs[.best]?.info.name == "late")
      #expect(comparison.passedOver == ["early"])
    }
  }

  /// Each data set would be a shift of the other: the one that the best network classifies worse is.
  @Test func theShiftedDataIsThatOfTheLowerAccuracy() throws {
    var data = StudyRuns.study(StudyRuns.asThePaperSays)
    func shifts() -> [[String]] { Comparison.all(in: data).map { $0.shifts.map(\.title) } }
    let both = shifts()
    #expect(both.count == 2 && both.allSatisfy { !$0.isEmpty })
    data.change("best") { $0.info.accuracy = 0.7 }
    data.change("best shifted") { $0.info.accuracy = 0.4 }
    let one = shifts()
    #expect(one[0] == both[0] && one[1].isEmpty)
  }

  @Test(arguments: [("blur:3", true), ("odin:eps=0.0014,T=1000", false)])
  func odinsStepIsNoShift(perturbation: String, isShift: Bool) {
    var data = StudyRuns.study(StudyRuns.asThePaperSays)
    data.change("best shifted") {
      ($0.info.datasetID, $0.info.perturbation) = (1, perturbation)
    }
    let shifts = Comparison.all(in: data).flatMap { $0.shifts.map(\.title) }
    #expect(shifts.contains(perturbation) == isShift)
  }

  @Test func runsOfOtherDataOrAttackedDoNotCompare() {
    var data = ReportData()
    for (state, run) in StudyRuns.asThePaperSays.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      var placed = run
      placed.info.state = state.rawValue
      data.runs.append(placed)
    }
    #expect(Comparison.all(in: data).map(\.runs.count) == [4])
    data.runs[0].info.datasetID = 9
    data.runs[1].info.perturbation = "pgd"
    #expect(Comparison.all(in: data).map(\.runs.count) == [2])
    #expect(Comparison.all(in: ReportData()).map(\.runs.count) == [0])
  }
}

@Suite struct CorrelationTests {
  static func matrix(_ value: (Int, Int) -> Double?) -> ClassMatrix {
    var matrix = ClassMatrix(classes: [0: "a", 1: "b", 2: "c"])
    for row in 0..<3 { for column in 0..<3 { matrix[row, column] = value(row, column) } }
    return matrix
  }

  @Test func leavesTheDiagonalOut() throws {
    let a = Self.matrix { Double(3 * $0 + $1) + ($0 == $1 ? 100 : 0) }
    let b = Self.matrix { 2 * Double(3 * $0 + $1) + 5 + ($0 == $1 ? -900 : 0) }
    let same = try #require(a.correlation(with: b))
    #expect(abs(same - 1) < 1e-12)
    let opposite = try #require(
      a.correlation(with: Self.matrix { -Double(3 * $0 + $1) }))
    #expect(abs(opposite + 1) < 1e-12)
  }

  @Test func pairsByPositionAndNeedsThreePairs() throws {
    let a = Self.matrix { Double($0 * $0 + 3 * $1) }
    var larger = ClassMatrix(classes: [0: "a", 1: "b", 2: "c", 7: "d"])
    for row in 0..<4 { for column in 0..<4 { larger[row, column] = 50 } }
    for row in 0..<3 { for column in 0..<3 { larger[row, column] = a[row, column] } }
    let value = try #require(a.correlation(with: larger))
    #expect(abs(value - 1) < 1e-12)
    let poor = Self.matrix { $0 == 0 ? Double($1) : nil }
    #expect(a.correlation(with: poor) == nil)
    #expect(a.correlation(with: Self.matrix { _, _ in 1 }) == nil)
  }
}
