// The keys of a part's samples, which its metadata has as JSON.

internal import FoundationEssentials

enum RecordedKeys {
  /// nil for what is no list of texts.
  static func parse(_ text: String) -> [String]? {
    try? JSONDecoder().decode([String].self, from: Data(text.utf8))
  }
}
