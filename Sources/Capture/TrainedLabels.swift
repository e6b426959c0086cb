// The labels that a network was trained on, computed anew from the record in its weight file.

internal import Basics
package import DataSets
internal import Networks
internal import Training
internal import Warehouse

extension CapturedModel {
  /// One for each sample of a data set, nil for those that the network was not trained on. Nil altogether where the
  /// file has no record, or one of another data set, or the network was not trained yet.
  package func assignedLabels(in set: ImageDataSet) -> [Int?]? {
    // A part of ImageNet's classes was trained on as all of them.
    let trained = set.fitting(network.classCount)
    guard let training, let history = try? TrainingHistory(json: training),
      !history.epochs.isEmpty, history.train.fingerprint == trained.fingerprint,
      let indices = try? history.options.selection.indices(in: trained),
      indices.count == history.train.samples + (history.train.unreadable ?? 0)
    else { return nil }
    let labels = DataSets.assignedLabels(
      for: trained, mode: history.options.labels, seed: history.options.seed)
    let positions = Dictionary(
      uniqueKeysWithValues: set.classes.enumerated().map { (ByteText($1.key), $0) })
    var assigned = [Int?](repeating: nil, count: set.count)
    for index in indices {
      assigned[index] = labels[index].flatMap { positions[ByteText(trained.classes[$0].key)] }
    }
    return assigned
  }
}

extension CaptureJob {
  /// Puts the labels where samples of the run were stored without them: by an earlier version, or from a weight file
  /// of the same weights without a record.
  func fillAssignedLabels(of run: Stored<RunRecord>, in warehouse: borrowing Warehouse) throws {
    guard let assignedLabels else { return }
    var known: [Int: Int] = [:]
    for (position, label) in zip(positions, assignedLabels) { known[position] = label }
    try warehouse.fillAssigned(known, of: run)
  }
}
