// Detectors as an option names them: `all`, or names with commas between them, each with values of its parameters behind a
// colon: "energy,gen:gamma=0.2,M=50,knn". What holds an equals sign and no colon is one more value of the last name.

internal import Basics

/// A detector with values of its parameters.
package struct ChosenDetector: Sendable, CustomStringConvertible {
  package let detector: Detector
  package let settings: DetectorSettings

  /// With the defaults.
  package init(_ detector: Detector) { self.init(detector, [:]) }

  private init(_ detector: Detector, _ given: [String: Double]) {
    self.detector = detector
    let standard = detector.parameters.compactMap { one in one.standard.map { (one.name, $0) } }
    settings = DetectorSettings(
      Dictionary(uniqueKeysWithValues: standard).merging(given) { $1 })
  }

  /// The canonical text: its name and what is not a default, in the order of the list. Parsing it gives this again.
  package var description: String {
    let values = detector.parameters.compactMap { one -> String? in
      guard let value = settings.value(one.name), value != one.standard else { return nil }
      return "\(one.name)=\(Self.number(value))"
    }
    return detector.name + (values.isEmpty ? "" : ":" + values.joined(separator: ","))
  }

  /// Whole numbers without a point.
  private static func number(_ value: Double) -> String {
    abs(value) < 1e15 && value == value.rounded() ? "\(Int(value))" : "\(value)"
  }

  /// What a text names, in its order; `all` is every one of those that are asked for. Throws one line on what is unknown,
  /// of the others, out of range or given twice.
  /// - Parameter ofFeatureMaps: Whether those are asked for that look at feature maps, or those that look at what is stored.
  package static func parse(
    _ text: String, ofFeatureMaps: Bool = false
  ) throws(AnalyticsError) -> [ChosenDetector] {
    if text == "all" {
      return Detector.all.filter { $0.isOfFeatureMaps == ofFeatureMaps }.map(Self.init)
    }
    var pieces: [(name: Substring, values: [Substring])] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 1, item.contains("="), !pieces.isEmpty {
        pieces[pieces.count - 1].values.append(item)
      } else {
        pieces.append((parts[0], Array(parts.dropFirst())))
      }
    }
    var chosen: [ChosenDetector] = []
    for piece in pieces {
      let one = try Self(named: String(piece.name), piece.values)
      guard one.detector.isOfFeatureMaps == ofFeatureMaps else {
        throw AnalyticsError(
          "detector \(one.detector.name) "
            + (ofFeatureMaps
              ? "reads what is stored: engram-ingest measure --detect scores by it"
              : "reads feature maps, which are not stored: engram-ingest detect runs the network again and scores by it")
        )
      }
      guard !chosen.contains(where: { $0.description == one.description }) else {
        throw AnalyticsError("detector \(one) is given twice")
      }
      chosen.append(one)
    }
    return chosen
  }

  private init(named name: String, _ values: [Substring]) throws(AnalyticsError) {
    guard let detector = Detector.all.first(where: { $0.name == name }) else {
      let known = ["all"] + Detector.all.map(\.name)
      // Behind the nearest name all are listed: a person chooses among them.
      throw AnalyticsError(unknown("detector", name, known: known, most: known.count))
    }
    var given: [String: Double] = [:]
    for text in values {
      let (key, value) = try Self.value(text, of: detector)
      guard given.updateValue(value, forKey: key) == nil else {
        throw AnalyticsError("detector \(name): \(key) is given twice")
      }
    }
    self.init(detector, given)
  }

  private static func value(
    _ text: Substring, of detector: Detector
  ) throws(AnalyticsError) -> (String, Double) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw AnalyticsError(
        "detector \(detector.name): expected key=value, found '\(String(text).shown(200))'")
    }
    let key = String(parts[0])
    guard let parameter = detector.parameters.first(where: { $0.name == key }) else {
      let known = detector.parameters.map(\.name)
      throw AnalyticsError(
        "detector \(detector.name): " + unknown("parameter", key, known: known))
    }
    let (low, high) = (parameter.range.lowerBound, parameter.range.upperBound)
    guard parts[1].utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
      let number = Double(parts[1]), parameter.range.contains(number),
      !parameter.isWhole || number == number.rounded()
    else {
      throw AnalyticsError(
        "detector \(detector.name): \(key) is '\(String(parts[1]).shown(200))', expected a "
          + "\(parameter.isWhole ? "whole " : "")number from \(Self.number(low)) to \(Self.number(high))"
      )
    }
    return (key, number)
  }
}
