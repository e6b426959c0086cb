// A sample as the readers of a run give it: where it stands, and the classes it has by every labelling.

/// Which sample a streamed row is of.
package struct SampleRow: Sendable, Hashable {
  package let id: Int
  /// In its data set.
  package let position: Int
  /// The true class; nil for a sample without one.
  package let label: Label?
  /// What the permuted labels give it; nil in runs of schema version 1.
  package let permutedClassID: Int?
  /// The class of the data set that the output stands for; the output itself where it stands for none.
  package let predictedClassID: Int?
  /// Of the label that the network was trained on; nil where it is not known to have been trained on the sample.
  package let assignedClassID: Int?

  /// A class's id, and its position in the data set.
  package struct Label: Sendable, Hashable {
    package let id: Int
    package let position: Int
  }

  package var classID: Int? { label?.id }
  package var classPosition: Int? { label?.position }

  /// The sample's class by those labels; nil where it has none.
  package func classID(under grouping: ProfileGrouping) -> Int? {
    switch grouping {
    case .true: classID
    case .permuted: permutedClassID
    case .predicted: predictedClassID
    case .assigned: assignedClassID
    case .own(let labels): labels.classIDs[id]
    }
  }
}
