// The hand-made answers of the saved queries on detectors; QueryAnswers.swift has the form of a line.

extension QueryAnswers {
  static let detectors = [
    Answer(
      "detectors run=clean",
      """
      clean|attacked|unfinished|fc2|energy|1.0|0.0|1.0|6|6
      clean|attacked|unfinished|fc2|pattern-distance|7/8|3/6|272/315|6|6
      clean|attacked|unfinished|fc2|likelihood|61/72|3/6|0.8|6|6
      clean|attacked|unfinished|fc1|likelihood|0.5|1.0|0.5|6|6
      clean|attacked|unfinished|fc1|likelihood-ratio|0.5|1.0|0.5|6|6
      clean|attacked|unfinished|fc2|likelihood-ratio|0.5|1.0|0.5|6|6
      clean|attacked|unfinished|fc2|max-softmax|0.5|5/6|67/132|6|6
      clean|attacked|unfinished|fc2|mahalanobis|0.0|1.0|0.5|6|6
      """),
    Answer(
      "detectors run=attacked other_run=clean reference=unfinished",
      """
      attacked|clean|unfinished|fc2|mahalanobis|1.0|0.0|1.0|6|6
      attacked|clean|unfinished|fc1|likelihood|0.5|1.0|0.5|6|6
      attacked|clean|unfinished|fc1|likelihood-ratio|0.5|1.0|0.5|6|6
      attacked|clean|unfinished|fc2|likelihood-ratio|0.5|1.0|0.5|6|6
      attacked|clean|unfinished|fc2|max-softmax|0.5|1.0|7/12|6|6
      attacked|clean|unfinished|fc2|likelihood|11/72|1.0|10273/27720|6|6
      attacked|clean|unfinished|fc2|pattern-distance|1/8|1.0|5021/13860|6|6
      attacked|clean|unfinished|fc2|energy|0.0|1.0|0.5|6|6
      """),
    Answer("detectors run=clean other_run=unfinished", ""),
    Answer("detectors run=clean reference=clean", ""),
    Answer(
      "detector_benchmark run=clean detector=energy replicates=0 near=attacked",
      """
      clean|attacked|pgd|unfinished|fc2|energy|1.0|-|-|0.0|-|-|1.0|-|-|1.0|-|-|6|6
      clean|near|-|unfinished|fc2|energy|1.0|-|-|0.0|-|-|1.0|-|-|1.0|-|-|6|6
      """),
    Answer(
      "detector_benchmark run=attacked detector=mahalanobis replicates=0",
      """
      attacked|clean|none|unfinished|fc2|mahalanobis|1.0|-|-|0.0|-|-|1.0|-|-|1.0|-|-|6|6
      """),
    Answer("detector_benchmark reference=clean replicates=0", ""),
    Answer(
      "detector_curve",
      """
      clean|attacked|unfinished|fc2|likelihood|-|0.0|0.0
      clean|attacked|unfinished|fc2|likelihood|-1/8|0.0|1/6
      clean|attacked|unfinished|fc2|likelihood|-2/8|1/6|3/6
      clean|attacked|unfinished|fc2|likelihood|-3/8|1/6|4/6
      clean|attacked|unfinished|fc2|likelihood|-4/8|1/6|5/6
      clean|attacked|unfinished|fc2|likelihood|-5/8|2/6|5/6
      clean|attacked|unfinished|fc2|likelihood|-6/8|3/6|1.0
      clean|attacked|unfinished|fc2|likelihood|-7/8|4/6|1.0
      clean|attacked|unfinished|fc2|likelihood|-8/8|5/6|1.0
      clean|attacked|unfinished|fc2|likelihood|-9/8|1.0|1.0
      """),
    Answer(
      "detector_curve points=3",
      """
      clean|attacked|unfinished|fc2|likelihood|-|0.0|0.0
      clean|attacked|unfinished|fc2|likelihood|-2/8|1/6|3/6
      clean|attacked|unfinished|fc2|likelihood|-5/8|2/6|5/6
      clean|attacked|unfinished|fc2|likelihood|-9/8|1.0|1.0
      """),
    Answer(
      "detector_curve run=attacked other_run=clean layer=fc2 detector=energy",
      """
      attacked|clean|unfinished|fc2|energy|-|0.0|0.0
      attacked|clean|unfinished|fc2|energy|9.0|1.0|0.0
      attacked|clean|unfinished|fc2|energy|8.0|1.0|1.0
      """),
    Answer("detector_curve layer=fc1 detector=mahalanobis", ""),
    Answer("detector_curve reference=attacked", ""),
  ]
}
