// Clean runs that may be compared: one architecture on the same samples.

/// Runs to be drawn in one figure or side by side.
struct RunGroup {
  /// "alexnet-cifar on cifar-10:test, 2000 samples", followed by the runs' names where another group would be called so.
  let title: String
  let runs: [PlacedRun]
  /// A larger group of the same data set stands on the page, too.
  let isLesser: Bool

  /// Positions of the layers of any run, last first.
  var layerPositions: [Int] {
    Set(runs.flatMap { $0.run.layers.map(\.position) }).sorted(by: >)
  }

  /// What `kind` of each run's layer at `position` holds, of those that have it.
  func layers(at position: Int) -> [(placed: PlacedRun, layer: LayerReport)] {
    runs.compactMap { placed in
      placed.run.layers.first { $0.position == position }.map { (placed, $0) }
    }
  }
}

extension ReportPage {
  /// The clean runs, by architecture, data set and number of samples, in order of appearance. Perturbed runs have
  /// sections of their own; only where a report has no clean run do they stand in.
  var groups: [RunGroup] {
    struct Key: Hashable {
      let architecture: String
      let dataset: Int
      let samples: Int
    }
    var order: [Key] = []
    var found: [Key: [RunReport]] = [:]
    let hasClean = data.runs.contains { $0.info.perturbation == "none" }
    for run in data.runs {
      guard run.info.perturbation == "none" || !hasClean else { continue }
      let key = Key(
        architecture: run.info.architecture, dataset: run.info.datasetID, samples: run.info.samples)
      if found[key] == nil { order.append(key) }
      found[key, default: []].append(run)
    }
    func title(_ key: Key) -> String {
      "\(key.architecture) on \(found[key]?.first?.info.dataset ?? ""), "
        + NumberText.count(key.samples, "sample", "samples")
    }
    let titles = order.map(title)
    let groups = order.map { key -> RunGroup in
      let runs = Self.placed(found[key] ?? [])
      let larger = order.contains {
        $0.architecture == key.architecture && $0.dataset == key.dataset && $0.samples > key.samples
      }
      // Data sets may have one name and other samples or classes: names of runs are unique.
      let isAlone = titles.count { $0 == title(key) } == 1
      let (named, more) = (runs.prefix(3).map { "'\($0.name)'" }, runs.count - 3)
      let which =
        ": " + named.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
      return RunGroup(title: title(key) + (isAlone ? "" : which), runs: runs, isLesser: larger)
    }
    return groups.filter { !$0.isLesser } + groups.filter(\.isLesser)
  }

  /// A state of training has one colour on the whole page, and further runs of it other dashes; a run of no known
  /// state goes by its place.
  static func placed(_ runs: [RunReport]) -> [PlacedRun] {
    var uses: [Int: Int] = [:]
    return runs.enumerated().map { place, run in
      let state = run.info.state.flatMap(StudyState.init(rawValue:))
      let color =
        state.flatMap(StudyState.allCases.firstIndex(of:))
        ?? (StudyState.allCases.count + place % RunStyle.others)
      let use = uses[color, default: 0]
      uses[color] = use + 1
      return PlacedRun(run: run, style: RunStyle(color + RunStyle.count * use))
    }
  }

  /// `body` of every group under the group's title, lesser groups folded; groups without blocks are left out.
  func perGroup(_ body: (RunGroup) -> [Block]) -> [Block] {
    groups.flatMap { group -> [Block] in
      let blocks = body(group)
      if blocks.isEmpty { return [] }
      if group.isLesser { return [.folded(group.title, blocks)] }
      return [.heading(group.title)] + blocks
    }
  }
}

/// A run with the look it has in every chart of its group.
struct PlacedRun {
  let run: RunReport
  let style: RunStyle

  var name: String { run.info.name }
}

extension Array {
  /// Consecutive parts of at most `size` elements.
  func parts(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: Swift.max(1, size)).map {
      Array(self[$0..<Swift.min(count, $0 + Swift.max(1, size))])
    }
  }
}
