// Which samples of a recording a run has, and what they were taken of, as the run keeps it.

internal import DataSets
internal import FoundationEssentials

/// As a run of a recording keeps it.
private struct RecordedSelection: Encodable {
  struct Origin: Encodable {
    let tokens: String?
    /// Arrays that are no F32.
    let types: [String: String]
    let notes: String?
  }
  private enum Key: CodingKey { case recording }

  let selection: Selection
  let origin: Origin

  func encode(to encoder: any Encoder) throws {
    try selection.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(origin, forKey: .recording)
  }
}

extension RecordingJob {
  var selectionText: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      let all = RecordedSelection(
        selection: selection,
        origin: .init(
          tokens: samples.tokens.map { "\($0)" }, types: samples.types, notes: recording.notes))
      return String(decoding: try encoder.encode(all), as: UTF8.self)
    }
  }
}
