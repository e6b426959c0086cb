// Which samples a network's run has, and of which token of theirs, as the run keeps it.

internal import DataSets
internal import FoundationEssentials

/// A selection with one key more where layers over tokens are in the run.
struct KeptSelection: Codable {
  let selection: Selection
  /// As `--tokens` has it.
  let tokens: String?

  private enum Key: CodingKey { case tokens }

  init(selection: Selection, tokens: String?) {
    self.selection = selection
    self.tokens = tokens
  }

  init(from decoder: any Decoder) throws {
    selection = try Selection(from: decoder)
    tokens = try decoder.container(keyedBy: Key.self).decodeIfPresent(String.self, forKey: .tokens)
  }

  func encode(to encoder: any Encoder) throws {
    try selection.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encodeIfPresent(tokens, forKey: .tokens)
  }
}

extension CaptureJob {
  /// As the warehouse keeps it: JSON.
  var selectionText: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      let kept = KeptSelection(selection: selection, tokens: model.tokens.map { "\($0)" })
      return String(decoding: try encoder.encode(kept), as: UTF8.self)
    }
  }
}
