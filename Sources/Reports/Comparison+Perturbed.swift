// What a report holds of attacked and shifted runs of the networks in a comparison.

extension Comparison {
  /// This comparison with every shift and attack of its networks in `data`, whichever clean run of the data set they
  /// were measured against.
  func withPerturbed(from data: ReportData) -> Comparison {
    var comparison = self
    for (state, run) in runs {
      comparison.shifts[state] = Self.shifts(of: run, in: data)
      comparison.attacks[state] = Self.attacks(on: run, in: data)
    }
    return comparison
  }

  private static func shifts(of run: RunReport, in data: ReportData) -> [ShiftReport] {
    let own = data.runs.filter { $0.info.weightsHash == run.info.weightsHash }
    return own.filter { $0.info.isShifted(from: run.info) }.compactMap { shifted in
      // The clean run that was measured against it; without one, the comparison's own.
      let partners = data.between.filter { $0.from == shifted.info.id || $0.to == shifted.info.id }
        .map { $0.from == shifted.info.id ? $0.to : $0.from }
      let clean = own.first { partners.contains($0.info.id) && $0.info.isClean(beside: run.info) }
      var report = ShiftReport(clean: clean ?? run, shifted: shifted)
      guard let clean else { return report }
      for one in data.between {
        let isForth = (one.from, one.to) == (clean.info.id, shifted.info.id)
        let isBack = (one.to, one.from) == (clean.info.id, shifted.info.id)
        guard isForth || isBack, !one.matrix.diagonal.isEmpty else { continue }
        let place =
          report.layers.firstIndex { $0.position == one.layerPosition } ?? report.layers.count
        if place == report.layers.count {
          report.layers.append(
            ShiftedLayer(
              position: one.layerPosition, name: one.layer, toShifted: nil, toClean: nil))
        }
        let mean = Claim.mean(one.matrix.diagonal)
        if isForth {
          report.layers[place].toShifted = mean
        } else {
          report.layers[place].toClean = mean
        }
      }
      report.layers.sort { $0.position < $1.position }
      return report
    }
  }

  private static func attacks(on run: RunReport, in data: ReportData) -> [AttackReport] {
    func info(_ id: Int) -> RunInfo? { data.runs.first { $0.info.id == id }?.info }
    func isOf(_ kind: Perturbation, _ one: LikelihoodComparison) -> Bool {
      info(one.other).map { Perturbation($0.perturbation) == kind } ?? false
    }
    let scored = data.likelihoods.filter { one in
      one.kind == "interaction" && !one.classes.isEmpty
        && info(one.clean).map {
          $0.weightsHash == run.info.weightsHash && $0.isClean(beside: run.info)
        } == true
    }
    return scored.filter { isOf(.attack, $0) }.compactMap { one in
      info(one.other).map { attack in
        AttackReport(
          attack: attack, likelihood: one,
          control: scored.first {
            isOf(.control, $0) && $0.clean == one.clean && $0.layerPosition == one.layerPosition
          })
      }
    }
  }
}

extension RunInfo {
  fileprivate func isClean(beside run: RunInfo) -> Bool {
    perturbation == "none" && datasetID == run.datasetID
  }

  /// Shifted images of the same data, or another data set of another kind than a part of the same one.
  fileprivate func isShifted(from run: RunInfo) -> Bool {
    switch Perturbation(perturbation) {
    case .shift: true
    case .none: family != run.family
    case .attack, .control: false
    }
  }
}
