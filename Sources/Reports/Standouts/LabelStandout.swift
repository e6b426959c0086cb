// Labels that the samples' patterns contradict.

extension Standout {
  static let labels = Standout(
    subject: "suspicious labels", remedy: "engram-ingest measure WAREHOUSE --run NAME"
  ) { evidence in
    guard let misfits = evidence.focus.misfits else { return nil }
    let share =
      NumberText.percent(Double(misfits.count) / Double(misfits.samples))
      + Interval.percent(misfits.count, of: misfits.samples)
    guard misfits.count > 0, let worst = misfits.worst else {
      return Sentence(
        text: """
          No label looks wrong: in \(misfits.layer) all \(misfits.samples) patterns fit their own class best.
          """, section: "runs")
    }
    return Sentence(
      text: """
        Labels to look at: the patterns of \(misfits.count) of \(misfits.samples) samples (\(share)) fit another class than \
        their label says in \(misfits.layer); \
        \(misfits.agreed) of them the network takes for that class. First: <b>\(worst.sample)</b>, labelled \
        \(worst.label), looks like \(worst.fits); the query label_audit ranks them all.
        """, section: "samples")
  }
}
