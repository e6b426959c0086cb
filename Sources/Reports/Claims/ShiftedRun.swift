// A run over shifted data beside a clean run of the same network, and how severe its shift is. Leaves out divergences
// between the two (ShiftEffect).

/// One shift of one severity.
package struct ShiftedRun: Sendable {
  /// "blur:3", or the other data set.
  package let title: String
  /// "blur"; nil where the data are another set, or the shift has no severity.
  package let family: String?
  package let severity: Double?
  package let clean: RunReport
  package let shifted: RunReport

  /// Every run of a network over shifted data of its own classes, in the order of runs, each beside the clean run that is nearest to it: over the same
  /// samples where there is one, else `own`.
  static func all(in data: ReportData, of own: RunReport) -> [ShiftedRun] {
    let clean = data.runs.filter { $0.isClean && $0.isTwin(of: own) }
    return data.runs.compactMap { run in
      let info = run.info
      // Classes that are no outputs of the network are other classes, and not shifted ones.
      guard info.weightsHash == own.info.weightsHash, info.isShifted(from: own.info),
        info.accuracy != nil, info.foreign == 0
      else { return nil }
      let twin = clean.first {
        $0.info.datasetID == info.datasetID && $0.info.sampleSet == info.sampleSet
      }
      let isPerturbed = PerturbationKind(info.perturbation) == .shift
      let parts = info.perturbation.split(separator: ":", maxSplits: 1)
      let severity = parts.last?.split(separator: ",").first.flatMap { Double($0) }
      let isGraded = isPerturbed && parts.count == 2 && severity != nil
      return ShiftedRun(
        title: isPerturbed
          ? info.perturbation
            + (info.datasetID == own.info.datasetID ? "" : " of \(info.dataset)")
          : info.dataset,
        family: isGraded && info.datasetID == own.info.datasetID
          ? parts.first.map(String.init) : nil,
        severity: isGraded ? severity : nil, clean: twin ?? own, shifted: run)
    }
  }
}
