// What a merge is to do, found out before anything is written: which runs the files hold, whole or in parts, and
// whether the parts of each make it whole.

internal import Basics

/// A run, or a part of one, in one of the files.
struct MergeSource: Sendable {
  let path: String
  let run: Stored<RunRecord>
  let model: String
  let dataSet: String
  let layers: [String]
  /// Which class of the data set each output of the model says.
  let pairing: [Int?]

  var range: Range<Int> { run.range }
  /// "part 2/3 in b.db".
  var told: String { "\(run.shard.map { "part \($0)" } ?? "the whole run") in \(path)" }

  /// Throws, naming what differs, where both cannot be of one run.
  func check(fits other: MergeSource) throws(MergeError) {
    for (what, a, b) in [
      ("weights", model, other.model), ("data set", dataSet, other.dataSet),
      ("layers", layers.joined(separator: ","), other.layers.joined(separator: ",")),
      ("samples", "\(run.sampleCount)", "\(other.run.sampleCount)"),
      ("selection", run.selection, other.run.selection),
      ("seed", "\(run.permutationSeed)", "\(other.run.permutationSeed)"),
      ("preprocessing", run.preprocessing, other.run.preprocessing),
      ("perturbation", run.perturbation, other.run.perturbation),
      ("bitsets", run.bitsets.rawValue, other.run.bitsets.rawValue),
      ("profiles", run.profiles.rawValue, other.run.profiles.rawValue),
      ("activations", run.activations.rawValue, other.run.activations.rawValue),
    ] where !a.hasBytes(of: b) {
      throw MergeError(
        "run \(run.name): \(told) and \(other.told) do not fit: \(what) \(a) there, \(b) here")
    }
    // Of the same model, so of as many outputs.
    if let output = pairing.indices.first(where: { pairing[$0] != other.pairing[$0] }) {
      func said(_ source: MergeSource) -> String {
        source.pairing[output].map { "class \($0)" } ?? "no class"
      }
      throw MergeError(
        "run \(run.name): \(told) and \(other.told) do not fit: output \(output) is \(said(self)) of the data set "
          + "there, \(said(other)) here")
    }
  }
}

/// A run to be made from sources in order of their samples.
struct MergedRun: Sendable {
  let sources: [MergeSource]
  /// Which part of the run the sources make; nil for the whole run.
  let shard: Shard?
  var first: MergeSource { sources[0] }
  /// Whether it is taken over as it is.
  var isWhole: Bool { first.run.shard == nil }

  /// Remarks on the sources, a line each.
  var notes: [String] {
    let levels = Set(sources.map(\.run.cpuLevel)).sorted()
    guard levels.count > 1 else { return [] }
    return [
      "run \(first.run.name): its parts were computed on \(levels.joined(separator: " and ")), which may differ "
        + "in last bits"
    ]
  }
}

/// Why files do not make a warehouse; one line.
package struct MergeError: Error, CustomStringConvertible, Equatable {
  package let description: String
  init(_ description: String) { self.description = description }
}

/// Samples that no source holds; one line.
private struct MergeGap: Error {
  let description: String
}

extension MergedRun {
  /// The runs of the files, in the order in which they first occur. One file is open at a time.
  /// - Parameter isPartial: Whether parts that follow each other may be less than the run.
  static func plan(_ paths: [String], isPartial: Bool) throws -> [MergedRun] {
    var order: [String] = []
    var groups: [String: [MergeSource]] = [:]
    for path in paths {
      let warehouse = try Warehouse.open(path, mode: .readOnly)
      let runs = try warehouse.runs()
      guard !runs.isEmpty else { throw MergeError("\(path): it holds no run") }
      for run in runs {
        guard run.completedAt != nil else {
          throw MergeError(
            "\(path): run \(run.name): \(try warehouse.committedSamples(run: run.id)) of \(run.range.count) samples "
              + "are stored, or its measures are missing; finish its ingest first")
        }
        let stored = try warehouse.committedSamples(run: run.id)
        guard stored == run.range.count else {
          throw WarehouseError.corrupt(
            path: path,
            message: "run \(run.name) is complete, and has \(stored) of \(run.range.count) samples")
        }
        if groups[run.identity] == nil { order.append(run.identity) }
        let pairing = try warehouse.pairing(model: run.modelID, dataSet: run.dataSetID)
        let first = groups[run.identity]?.first
        groups[run.identity, default: []].append(
          MergeSource(
            path: path, run: run, model: try warehouse.model(run.modelID).weightsSHA256,
            dataSet: try warehouse.dataSet(run.dataSetID).fingerprint,
            layers: try warehouse.layers(run: run.id).map(\.name),
            // Of a thousand outputs, a part: kept once.
            pairing: first.flatMap { $0.pairing == pairing ? $0.pairing : nil } ?? pairing))
      }
    }
    return try order.map { identity in
      let sources = groups[identity] ?? []
      do { return try MergedRun(sources, isPartial: isPartial) } catch let gap as MergeGap {
        // A part of another run of that name is likely to be meant for it.
        let others = order.filter { $0 != identity }.flatMap { groups[$0] ?? [] }
        if let other = others.first(where: {
          $0.run.shard != nil && $0.run.name.hasBytes(of: sources[0].run.name)
        }) {
          try sources[0].check(fits: other)
        }
        throw MergeError(gap.description)
      }
    }
  }

  /// Throws, naming run, files and samples, where the sources are of different options, overlap or leave
  /// samples out.
  private init(_ unordered: [MergeSource], isPartial: Bool) throws {
    let sources = unordered.sorted {
      ($0.range.lowerBound, ByteText($0.path)) < ($1.range.lowerBound, ByteText($1.path))
    }
    let first = sources[0]
    let name = first.run.name
    for source in sources.dropFirst() { try first.check(fits: source) }
    let start = isPartial ? first.range.lowerBound : 0
    var end = start
    var previous: MergeSource?
    for source in sources {
      if let previous, source.range.lowerBound < end {
        let overlap = source.range.lowerBound..<min(end, source.range.upperBound)
        throw MergeError(
          "run \(name): \(previous.told) and \(source.told) both hold \(Self.told(overlap))")
      }
      guard source.range.lowerBound == end else {
        throw MergeGap(
          description: "run \(name): no file holds \(Self.told(end..<source.range.lowerBound)); "
            + Self.missing(before: source))
      }
      end = source.range.upperBound
      previous = source
    }
    guard isPartial || end == first.run.sampleCount else {
      throw MergeGap(
        description: "run \(name): no file holds \(Self.told(end..<first.run.sampleCount)); "
          + Self.missing(after: sources[sources.count - 1]))
    }
    self.sources = sources
    shard =
      start == 0 && end == first.run.sampleCount
      ? nil : try Self.span(of: sources.compactMap(\.run.shard), run: name)
  }

  /// From the first to the last of some parts that follow each other, which may be cut unequally fine.
  private static func span(of shards: [Shard], run: String) throws -> Shard? {
    guard let first = shards.first, let last = shards.last else { return nil }
    var count = 1
    for shard in shards where count % shard.count != 0 {
      var (a, b) = (count, shard.count)
      while b != 0 { (a, b) = (b, a % b) }
      count = count / a * shard.count
      guard Limits.shards.contains(count) else {
        throw MergeError(
          "run \(run): parts of \(Set(shards.map(\.count)).sorted().map(String.init).joined(separator: ", ")) cannot "
            + "be told as parts of one number; merge those of each number first")
      }
    }
    let (low, high) = (first.cut(into: count / first.count), last.cut(into: count / last.count))
    return Shard(index: low.index, last: high.last, count: count)
  }

  private static func told(_ samples: Range<Int>) -> String {
    "samples \(samples.lowerBound) to \(samples.upperBound - 1)"
  }

  private static func missing(before source: MergeSource) -> String {
    guard let shard = source.run.shard else { return "ingest them" }
    return "\(source.path) is part \(shard): ingest the parts before it" + partialAdvice
  }

  private static func missing(after source: MergeSource) -> String {
    guard let shard = source.run.shard else { return "ingest them" }
    return "\(source.path) is part \(shard): ingest the parts behind it" + partialAdvice
  }

  private static let partialAdvice =
    ", or merge parts that follow each other with --partial, and the others later"
}
