// The detector that is worth using, and where it does worst.

extension Standout {
  static let detectors = Standout(
    subject: "detectors", remedy: "engram-ingest measure WAREHOUSE --run NAME --detect REFERENCE"
  ) { evidence in
    let benchmark = DetectorBenchmark.all(of: evidence.data.detections).first {
      $0.inside == evidence.run.info.id
    }
    guard let benchmark, let best = benchmark.rows.first else { return nil }
    let told = zip(benchmark.comparisons, best.results).compactMap { comparison, result in
      result.map { (run: comparison.outside, result: $0) }
    }
    guard let worst = told.min(by: { $0.result.auroc < $1.result.auroc }) else { return nil }
    let names = Dictionary(
      evidence.data.runs.map { ($0.info.id, $0.info.name) }, uniquingKeysWith: { first, _ in first }
    )
    let (low, high) = (worst.result.interval.low, worst.result.interval.high)
    let mean = NumberText.fixed(best.mean, decimals: 3)
    let range = "[\(NumberText.fixed(low, decimals: 3)), \(NumberText.fixed(high, decimals: 3))]"
    let against: Markup =
      "'\(names[worst.run] ?? "run \(worst.run)")' \(NumberText.fixed(worst.result.auroc, decimals: 3)) \(range)"
    return Sentence(
      text: told.count == 1
        ? "Detector to use: <b>\(best.detector)</b>, AUROC against \(against), first of \(benchmark.rows.count)."
        : """
        Detector to use: <b>\(best.detector)</b>, mean AUROC \(mean) over \(told.count) other runs, first of \
        \(benchmark.rows.count); it does worst against \(against).
        """, section: "detectors")
  }
}
