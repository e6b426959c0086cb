// The answers of the saved queries on QueryFixture's warehouse, worked out by hand from its measures.
// A line is a row: `-` for null, reals with a point or as a fraction.

enum QueryAnswers {
  static let all =
    runs + samples + classes + sparsity + divergence + groupings + manifolds + detectors

  private static let runs = [
    Answer(
      "runs",
      """
      clean|net|best|tiny|none|6|6|4/6|0.35|0|0|stored|noon
      attacked|net|best|tiny|pgd|6|6|2/6|3.5|0|0|derived|one
      unfinished|net|best|tiny|none|6|0|-|-|0|0|derived|-
      """),
    Answer(
      "run_comparison",
      """
      accuracy|-|attacked|clean|2/6|4/6|-2/6
      always-on share|fc1|attacked|clean|0.07|0.045|0.025
      always-on share|fc2|attacked|clean|0.06|0.035|0.025
      mean entropy|fc1|attacked|clean|2.22|1.22|1.0
      mean entropy|fc2|attacked|clean|2.12|1.12|1.0
      separation|fc1|attacked|clean|2.222|1.222|1.0
      separation|fc2|attacked|clean|2.122|1.122|1.0
      separation, labels permuted|fc1|attacked|clean|102.222|101.222|1.0
      separation, labels permuted|fc2|attacked|clean|102.122|101.122|1.0
      """),
    Answer(
      "run_comparison run=clean other_run=unfinished kind=neuron",
      """
      accuracy|-|clean|unfinished|4/6|-|-
      always-on share|fc1|clean|unfinished|10.045|-|-
      always-on share|fc2|clean|unfinished|10.035|-|-
      mean entropy|fc1|clean|unfinished|11.22|-|-
      mean entropy|fc2|clean|unfinished|11.12|-|-
      separation|fc1|clean|unfinished|11.222|-|-
      separation|fc2|clean|unfinished|11.122|-|-
      separation, labels permuted|fc1|clean|unfinished|111.222|-|-
      separation, labels permuted|fc2|clean|unfinished|111.122|-|-
      """),
    Answer(
      "run_divergence",
      """
      attacked|clean|fc1|ant|2.1211|1.2211
      attacked|clean|fc1|bee|2.1222|1.2222
      attacked|clean|fc1|cat|2.1233|1.2233
      attacked|clean|fc2|ant|2.1111|1.2111
      attacked|clean|fc2|bee|2.1122|1.2122
      attacked|clean|fc2|cat|2.1133|1.2133
      """),
    Answer(
      "run_divergence run=clean other_run=attacked layer=fc2 kind=neuron",
      """
      clean|attacked|fc2|ant|11.2111|12.1111
      clean|attacked|fc2|bee|11.2122|12.1122
      clean|attacked|fc2|cat|11.2133|12.1133
      """),
    Answer("run_divergence other_run=unfinished", ""),
  ]

  private static let classes = [
    Answer(
      "class_report",
      """
      attacked|fc2|ant|0.0|1.5|2.11|12|cat|2.131|bee|2
      attacked|fc2|bee|0.5|3.5|2.12|22|cat|2.121|cat|1
      attacked|fc2|cat|0.5|5.5|2.13|32|bee|2.112|ant|1
      """),
    Answer(
      "class_report run=clean layer=fc1 class=bee",
      """
      clean|fc1|bee|1.0|0.35|1.22|21|cat|1.221|-|0
      """),
    Answer(
      "most_moved_classes",
      """
      attacked|clean|cat|2.1183|2.1233|fc1
      attacked|clean|bee|2.1172|2.1222|fc1
      attacked|clean|ant|2.1161|2.1211|fc1
      """),
    Answer(
      "most_moved_classes run=clean other_run=attacked kind=neuron limit=1",
      """
      clean|attacked|cat|11.2183|11.2233|fc1
      """),
    Answer(
      "layer_ranking",
      """
      attacked|fc1|1|2.222|-100.0|2.222/102.222
      attacked|fc2|2|2.122|-100.0|2.122/102.122
      clean|fc1|1|1.222|-100.0|1.222/101.222
      clean|fc2|2|1.122|-100.0|1.122/101.122
      """),
    Answer(
      "misfits",
      """
      attacked|fc2|s3|bee|cat|cat|208.9
      attacked|fc2|s1|ant|cat|bee|208.7
      attacked|fc2|s0|ant|cat|bee|208.6
      """),
    Answer("misfits run=clean layer=fc1 limit=1", "clean|fc1|s3|bee|cat|bee|99.9"),
    Answer(
      "suspicious_labels",
      """
      attacked|fc2|s5|cat|ant|0.99|171.6
      attacked|fc2|s0|ant|bee|0.9|171.1
      attacked|fc2|s3|bee|cat|0.8|171.4
      attacked|fc2|s1|ant|bee|0.7|171.2
      """),
    Answer("suspicious_labels confidence=0.95", "attacked|fc2|s5|cat|ant|0.99|171.6"),
    Answer(
      "typical_samples",
      """
      attacked|fc2|ant|1|s0|bee|-221.1
      attacked|fc2|ant|2|s1|bee|-221.2
      attacked|fc2|bee|1|s2|bee|-221.3
      attacked|fc2|bee|2|s3|cat|-221.4
      attacked|fc2|cat|1|s4|cat|-221.5
      attacked|fc2|cat|2|s5|ant|-221.6
      """),
    Answer(
      "typical_samples run=clean layer=fc1 class=bee limit=1", "clean|fc1|bee|1|s2|bee|-112.3"),
    Answer(
      "likelihood_comparison",
      """
      clean|attacked|fc1|ant|2|-112.15/8|-212.15/8|-100.0/8|1.0
      clean|attacked|fc1|bee|2|-112.35/8|-212.35/8|-100.0/8|1.0
      clean|attacked|fc1|cat|2|-112.55/8|-212.55/8|-100.0/8|1.0
      clean|attacked|fc2|ant|2|-111.15/9|-211.15/9|-100.0/9|1.0
      clean|attacked|fc2|bee|2|-111.35/9|-211.35/9|-100.0/9|1.0
      clean|attacked|fc2|cat|2|-111.55/9|-211.55/9|-100.0/9|1.0
      """),
    Answer(
      "hardest_samples",
      """
      attacked|s5|cat|ant|0.99|6.0
      attacked|s4|cat|cat|0.4|5.0
      attacked|s3|bee|cat|0.8|4.0
      attacked|s2|bee|bee|0.6|3.0
      attacked|s1|ant|bee|0.7|2.0
      attacked|s0|ant|bee|0.9|1.0
      """),
    Answer(
      "hardest_samples run=clean class=cat",
      """
      clean|s5|cat|ant|0.95|0.6
      clean|s4|cat|cat|0.5|0.5
      """),
  ]

  private static let samples = [
    Answer(
      "accuracy_by_class",
      """
      attacked|ant|2|0|0.0|0.8|1.5
      attacked|bee|2|1|0.5|0.7|3.5
      attacked|cat|2|1|0.5|0.695|5.5
      """),
    Answer(
      "accuracy_by_class run=clean",
      """
      clean|ant|2|1|0.5|0.75|0.15
      clean|bee|2|2|1.0|0.75|0.35
      clean|cat|2|1|0.5|0.725|0.55
      """),
    Answer(
      "confusion_matrix",
      """
      attacked|ant|ant|0|0.0
      attacked|ant|bee|2|1.0
      attacked|ant|cat|0|0.0
      attacked|bee|ant|0|0.0
      attacked|bee|bee|1|0.5
      attacked|bee|cat|1|0.5
      attacked|cat|ant|1|0.5
      attacked|cat|bee|0|0.0
      attacked|cat|cat|1|0.5
      """),
    Answer(
      "confused_pairs",
      """
      attacked|ant|bee|2|1.0|0.8
      attacked|bee|cat|1|0.5|0.8
      attacked|cat|ant|1|0.5|0.99
      """),
    Answer(
      "confused_pairs run=clean limit=1",
      """
      clean|ant|bee|1|0.5|0.6
      """),
    Answer(
      "confident_mistakes",
      """
      attacked|s5|cat|ant|0.99|6.0
      attacked|s0|ant|bee|0.9|1.0
      attacked|s3|bee|cat|0.8|4.0
      attacked|s1|ant|bee|0.7|2.0
      """),
    Answer(
      "confident_mistakes run=clean limit=1",
      """
      clean|s5|cat|ant|0.95|0.6
      """),
    Answer("densest_samples", ""),
    Answer(
      "densest_samples run=clean limit=2",
      """
      clean|fc1|s0|ant|2|0.25
      clean|fc1|s3|bee|2|0.25
      clean|fc2|s2|bee|4|4/9
      clean|fc2|s0|ant|3|3/9
      """),
    Answer(
      "densest_samples run=clean limit=1 layer=fc2",
      """
      clean|fc2|s2|bee|4|4/9
      """),
  ]
}
