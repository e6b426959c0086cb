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
      accuracy|-|clean|attacked|2/3|1/3|1/3
      always-on share|fc1|clean|attacked|0.045|0.07|-0.025
      always-on share|fc2|clean|attacked|0.035|0.06|-0.025
      mean entropy|fc1|clean|attacked|1.22|2.22|-1.0
      mean entropy|fc2|clean|attacked|1.12|2.12|-1.0
      separation|fc1|clean|attacked|1.222|2.222|-1.0
      separation|fc2|clean|attacked|1.122|2.122|-1.0
      separation, labels permuted|fc1|clean|attacked|101.222|102.222|-1.0
      separation, labels permuted|fc2|clean|attacked|101.122|102.122|-1.0
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
      clean|attacked|fc1|ant|1.2211|2.1211
      clean|attacked|fc1|bee|1.2222|2.1222
      clean|attacked|fc1|cat|1.2233|2.1233
      clean|attacked|fc2|ant|1.2111|2.1111
      clean|attacked|fc2|bee|1.2122|2.1122
      clean|attacked|fc2|cat|1.2133|2.1133
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
      clean|fc2|ant|0.5|0.15|1.11|11|cat|1.131|bee|1
      clean|fc2|bee|1.0|0.35|1.12|21|cat|1.121|-|0
      clean|fc2|cat|0.5|0.55|1.13|31|bee|1.112|ant|1
      """),
    Answer(
      "class_report run=clean layer=fc1 class=bee",
      """
      clean|fc1|bee|1.0|0.35|1.22|21|cat|1.221|-|0
      """),
    Answer(
      "most_moved_classes",
      """
      clean|attacked|cat|1.2183|1.2233|fc1
      clean|attacked|bee|1.2172|1.2222|fc1
      clean|attacked|ant|1.2161|1.2211|fc1
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
      clean|fc2|s3|bee|cat|bee|98.9
      clean|fc2|s1|ant|cat|bee|98.7
      clean|fc2|s0|ant|cat|ant|98.6
      """),
    Answer("misfits run=clean layer=fc1 limit=1", "clean|fc1|s3|bee|cat|bee|99.9"),
    Answer(
      "suspicious_labels",
      """
      clean|fc2|s5|cat|ant|0.95|61.6
      clean|fc2|s1|ant|bee|0.6|61.2
      """),
    Answer(
      "suspicious_labels confidence=0.95",
      """
      clean|fc2|s5|cat|ant|0.95|61.6
      """),
    Answer(
      "typical_samples",
      """
      clean|fc2|ant|1|s0|ant|-111.1
      clean|fc2|ant|2|s1|bee|-111.2
      clean|fc2|bee|1|s2|bee|-111.3
      clean|fc2|bee|2|s3|bee|-111.4
      clean|fc2|cat|1|s4|cat|-111.5
      clean|fc2|cat|2|s5|ant|-111.6
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
      clean|s5|cat|ant|0.95|0.6
      clean|s4|cat|cat|0.5|0.5
      clean|s3|bee|bee|0.7|0.4
      clean|s2|bee|bee|0.8|0.3
      clean|s1|ant|bee|0.6|0.2
      clean|s0|ant|ant|0.9|0.1
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
      clean|ant|2|1|0.5|0.75|0.15
      clean|bee|2|2|1.0|0.75|0.35
      clean|cat|2|1|0.5|0.725|0.55
      """),
    Answer(
      "accuracy_by_class run=attacked",
      """
      attacked|ant|2|0|0.0|0.8|1.5
      attacked|bee|2|1|0.5|0.7|3.5
      attacked|cat|2|1|0.5|0.695|5.5
      """),
    Answer(
      "confusion_matrix",
      """
      clean|ant|ant|1|0.5
      clean|ant|bee|1|0.5
      clean|ant|cat|0|0.0
      clean|bee|ant|0|0.0
      clean|bee|bee|2|1.0
      clean|bee|cat|0|0.0
      clean|cat|ant|1|0.5
      clean|cat|bee|0|0.0
      clean|cat|cat|1|0.5
      """),
    Answer(
      "confused_pairs",
      """
      clean|ant|bee|1|0.5|0.6
      clean|cat|ant|1|0.5|0.95
      """),
    Answer(
      "confused_pairs run=clean limit=1",
      """
      clean|ant|bee|1|0.5|0.6
      """),
    Answer(
      "confident_mistakes",
      """
      clean|s5|cat|ant|0.95|0.6
      clean|s1|ant|bee|0.6|0.2
      """),
    Answer(
      "confident_mistakes run=clean limit=1",
      """
      clean|s5|cat|ant|0.95|0.6
      """),
    Answer(
      "densest_samples",
      """
      clean|fc1|s0|ant|2|0.25
      clean|fc1|s3|bee|2|0.25
      clean|fc1|s1|ant|1|0.125
      clean|fc1|s4|cat|1|0.125
      clean|fc1|s5|cat|1|0.125
      clean|fc1|s2|bee|0|0.0
      clean|fc2|s2|bee|4|4/9
      clean|fc2|s0|ant|3|1/3
      clean|fc2|s4|cat|3|1/3
      clean|fc2|s1|ant|2|2/9
      clean|fc2|s3|bee|1|1/9
      clean|fc2|s5|cat|0|0.0
      """),
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
