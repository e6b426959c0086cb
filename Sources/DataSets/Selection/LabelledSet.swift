// What choosing samples and pairing classes need of a data set, whether its images are at hand or not.

/// Samples with labels.
package protocol LabelledSet {
  var name: String { get }
  var classes: [ClassName] { get }
  /// Positions in `classes`, one per sample; nil for a sample without a label.
  var labels: [Int?] { get }
  /// Whether a class that is called by a number is so for its position.
  var hasNumberedClasses: Bool { get }
}

extension ImageDataSet: LabelledSet {}
