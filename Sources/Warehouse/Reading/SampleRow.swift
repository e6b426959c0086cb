// A sample as the readers of a run give it: where it stands, and the classes it has by every labelling.

/// Which sample a streamed row is of.
package struct SampleRow: Sendable, Hashable {
  package let id: Int
  /// In its data set.
  package let position: Int
  /// The true class: its id and its position, which is the label.
  package let classID: Int
  package let classPosition: Int
  /// What the permuted labels give it; nil in runs of schema version 1.
  package let permutedClassID: Int?
  package let predictedClassID: Int?
  /// Of the label that the network was trained on; nil where it is not known to have been trained on the sample.
  package let assignedClassID: Int?

  /// The sample's class by those labels; nil where it has none.
  package func classID(under grouping: ProfileGrouping) -> Int? {
    switch grouping {
    case .true: classID
    case .permuted: permutedClassID
    case .predicted: predictedClassID
    case .assigned: assignedClassID
    }
  }
}
