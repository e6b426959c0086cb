// The hand-made answers of the saved queries on measures; QueryAnswers.swift has the form of a line.

extension QueryAnswers {
  static let sparsity = [
    Answer(
      "sparsity_by_layer",
      """
      clean|fc1|interaction|6|0.12|0.05|0.045
      clean|fc2|interaction|6|0.11|0.05|0.035
      """),
    Answer(
      "sparsity_by_layer run=clean kind=neuron",
      """
      clean|fc1|neuron|6|0.12|10.05|10.045
      clean|fc2|neuron|6|0.11|10.05|10.035
      """),
    Answer(
      "sparsity_histogram",
      """
      clean|fc2|interaction|-|0.0|0.05|0.5
      clean|fc2|interaction|-|0.05|0.1|0.25
      clean|fc2|interaction|-|0.1|0.15|0.0
      clean|fc2|interaction|-|0.15|0.2|0.0
      clean|fc2|interaction|-|0.2|0.25|0.0
      clean|fc2|interaction|-|0.25|0.3|0.0
      clean|fc2|interaction|-|0.3|0.35|0.0
      clean|fc2|interaction|-|0.35|0.4|0.0
      clean|fc2|interaction|-|0.4|0.45|0.0
      clean|fc2|interaction|-|0.45|0.5|0.0
      clean|fc2|interaction|-|0.5|0.55|0.0
      clean|fc2|interaction|-|0.55|0.6|0.0
      clean|fc2|interaction|-|0.6|0.65|0.0
      clean|fc2|interaction|-|0.65|0.7|0.0
      clean|fc2|interaction|-|0.7|0.75|0.0
      clean|fc2|interaction|-|0.75|0.8|0.0
      clean|fc2|interaction|-|0.8|0.85|0.0
      clean|fc2|interaction|-|0.85|0.9|0.0
      clean|fc2|interaction|-|0.9|0.95|0.0
      clean|fc2|interaction|-|0.95|1.0|0.25
      """),
    Answer(
      "sparsity_histogram run=clean layer=fc1 kind=neuron class=bee",
      """
      clean|fc1|neuron|bee|0.0|0.05|0.5
      clean|fc1|neuron|bee|0.05|0.1|0.25
      clean|fc1|neuron|bee|0.1|0.15|0.0
      clean|fc1|neuron|bee|0.15|0.2|0.0
      clean|fc1|neuron|bee|0.2|0.25|0.0
      clean|fc1|neuron|bee|0.25|0.3|0.0
      clean|fc1|neuron|bee|0.3|0.35|0.0
      clean|fc1|neuron|bee|0.35|0.4|0.0
      clean|fc1|neuron|bee|0.4|0.45|0.0
      clean|fc1|neuron|bee|0.45|0.5|0.0
      clean|fc1|neuron|bee|0.5|0.55|0.0
      clean|fc1|neuron|bee|0.55|0.6|0.0
      clean|fc1|neuron|bee|0.6|0.65|0.0
      clean|fc1|neuron|bee|0.65|0.7|0.0
      clean|fc1|neuron|bee|0.7|0.75|0.0
      clean|fc1|neuron|bee|0.75|0.8|0.0
      clean|fc1|neuron|bee|0.8|0.85|0.0
      clean|fc1|neuron|bee|0.85|0.9|0.0
      clean|fc1|neuron|bee|0.9|0.95|0.0
      clean|fc1|neuron|bee|0.95|1.0|0.25
      """),
    Answer(
      "always_on",
      """
      clean|fc1|ant|6|0.046|10.046
      clean|fc1|bee|6|0.047|10.047
      clean|fc1|cat|6|0.048|10.048
      clean|fc2|ant|6|0.036|10.036
      clean|fc2|bee|6|0.037|10.037
      clean|fc2|cat|6|0.038|10.038
      """),
    Answer(
      "always_on run=clean layer=fc1",
      """
      clean|fc1|ant|6|0.046|10.046
      clean|fc1|bee|6|0.047|10.047
      clean|fc1|cat|6|0.048|10.048
      """),
  ]

  static let divergence = [
    Answer(
      "entropy_by_class",
      """
      clean|fc1|ant|2|1210.0|1.21
      clean|fc1|bee|2|1220.0|1.22
      clean|fc1|cat|2|1230.0|1.23
      clean|fc2|ant|2|1110.0|1.11
      clean|fc2|bee|2|1120.0|1.12
      clean|fc2|cat|2|1130.0|1.13
      """),
    Answer(
      "entropy_by_class run=clean layer=fc2 kind=neuron",
      """
      clean|fc2|ant|2|11110.0|11.11
      clean|fc2|bee|2|11120.0|11.12
      clean|fc2|cat|2|11130.0|11.13
      """),
    Answer(
      "kl_matrix",
      """
      clean|fc2|ant|ant|entropy|1110.0|1.11
      clean|fc2|ant|bee|divergence|1132.0|1.132
      clean|fc2|ant|cat|divergence|1131.0|1.131
      clean|fc2|bee|ant|divergence|1123.0|1.123
      clean|fc2|bee|bee|entropy|1120.0|1.12
      clean|fc2|bee|cat|divergence|1121.0|1.121
      clean|fc2|cat|ant|divergence|1113.0|1.113
      clean|fc2|cat|bee|divergence|1112.0|1.112
      clean|fc2|cat|cat|entropy|1130.0|1.13
      """),
    Answer(
      "kl_matrix run=clean layer=fc1 kind=neuron",
      """
      clean|fc1|ant|ant|entropy|11210.0|11.21
      clean|fc1|ant|bee|divergence|11232.0|11.232
      clean|fc1|ant|cat|divergence|11231.0|11.231
      clean|fc1|bee|ant|divergence|11223.0|11.223
      clean|fc1|bee|bee|entropy|11220.0|11.22
      clean|fc1|bee|cat|divergence|11221.0|11.221
      clean|fc1|cat|ant|divergence|11213.0|11.213
      clean|fc1|cat|bee|divergence|11212.0|11.212
      clean|fc1|cat|cat|entropy|11230.0|11.23
      """),
    Answer(
      "separation_by_layer",
      """
      clean|fc1|1.222|101.222|-100.0|1.22|611/610
      clean|fc2|1.122|101.122|-100.0|1.12|561/560
      """),
    Answer(
      "separation_by_layer run=clean kind=neuron",
      """
      clean|fc1|11.222|111.222|-100.0|11.22|11.222/11.22
      clean|fc2|11.122|111.122|-100.0|11.12|11.122/11.12
      """),
    Answer(
      "separation_by_layer run=clean kind=activation", since: 13,
      """
      clean|fc1|21.222|121.222|-100.0|21.22|-
      clean|fc2|21.122|121.122|-100.0|21.12|-
      """),
    Answer(
      "control", since: 13,
      """
      clean|fc1|1.222|1.222/101.222|11.222|11.222/111.222|21.222|21.222/121.222
      clean|fc2|1.122|1.122/101.122|11.122|11.122/111.122|21.122|21.122/121.122
      attacked|fc1|2.222|2.222/102.222|12.222|12.222/112.222|-|-
      attacked|fc2|2.122|2.122/102.122|12.122|12.122/112.122|-|-
      """),
    Answer(
      "control layer=fc1 run=attacked", "attacked|fc1|2.222|2.222/102.222|12.222|12.222/112.222|-|-"
    ),
    Answer(
      "closest_classes",
      """
      clean|fc2|bee|cat|1.121|1.112|2.233|0
      clean|fc2|ant|cat|1.131|1.113|2.244|1
      clean|fc2|ant|bee|1.132|1.123|2.255|1
      """),
    Answer(
      "closest_classes run=clean layer=fc1 kind=neuron limit=1",
      """
      clean|fc1|bee|cat|11.221|11.212|22.433|0
      """),
  ]

  static let groupings = [
    Answer(
      "groupings",
      """
      clean|fc1|1.222|201.222|301.222|101.222
      clean|fc2|1.122|201.122|301.122|101.122
      """),
    Answer(
      "groupings run=clean kind=neuron",
      """
      clean|fc1|11.222|211.222|311.222|111.222
      clean|fc2|11.122|211.122|311.122|111.122
      """),
    Answer(
      "labellings", since: 11,
      """
      tiny|scene|2|5|1|scenes.csv
      """),
    // The mean of 401.212 and 401.221, of one label's KL to the other.
    Answer(
      "hypotheses run=clean layer=fc1", since: 11,
      """
      clean|fc1|assigned|3|301.222|101.222|200.0|1.0000066396653606
      clean|fc1|predicted|3|201.222|101.222|100.0|1.0000099393698440
      clean|fc1|scene|2|401.2165|501.2165|-100.0|1.0000037386438694
      clean|fc1|true|3|1.222|101.222|-100.0|1.001639344262295
      """),
    Answer(
      "hypotheses", since: 11,
      """
      clean|fc1|assigned|3|301.222|101.222|200.0|150611/150610
      clean|fc1|predicted|3|201.222|101.222|100.0|100611/100610
      clean|fc1|scene|2|401.2165|501.2165|-100.0|802433/802430
      clean|fc1|true|3|1.222|101.222|-100.0|611/610
      clean|fc2|assigned|3|301.122|101.122|200.0|150561/150560
      clean|fc2|predicted|3|201.122|101.122|100.0|100561/100560
      clean|fc2|scene|2|401.1165|501.1165|-100.0|267411/267410
      clean|fc2|true|3|1.122|101.122|-100.0|561/560
      """),
    // The attacked run was measured by no labels of one's own.
    Answer(
      "hypotheses run=attacked",
      """
      attacked|fc1|predicted|3|202.222|102.222|100.0|1.0000098902185740
      attacked|fc1|true|3|2.222|102.222|-100.0|1.000900900900901
      attacked|fc2|predicted|3|202.122|102.122|100.0|1.0000098951118148
      attacked|fc2|true|3|2.122|102.122|-100.0|1.000943396226415
      """),
    Answer(
      "slices", since: 11,
      """
      clean|scene|park|3|2/3|0.20765495512648788|0.9385096847238393|1.0|-1/3|23/30|0.2
      clean|scene|sea|2|1.0|1250/3651|1.0|2/3|1/3|0.6|0.45
      """),
    // ant is right of 2, bee of the first; of cat's the first.
    Answer(
      "slices run=attacked", since: 11,
      """
      attacked|scene|park|3|1/3|0.061490315276160556|0.792345044873512|0.5|-1/6|2.2/3|2.0
      attacked|scene|sea|2|0.5|0.09452865480086614|0.9054713451991339|1/3|1/6|0.6|4.5
      """),
    Answer(
      "kl_matrix run=clean layer=fc2 grouping=scene", since: 11,
      """
      clean|fc2|park|park|entropy|401110.0|401.11
      clean|fc2|park|sea|divergence|401112.0|401.112
      clean|fc2|sea|park|divergence|401121.0|401.121
      clean|fc2|sea|sea|entropy|401120.0|401.12
      """),
    // A class's KL to the other two: codes of the column classes 3, 2 and 1 in the last digit.
    Answer(
      "train_test",
      """
      clean|attacked|fc2|ant|1.11|2.11|-1.0|1.1315|2.1315|-1.0
      clean|attacked|fc2|bee|1.12|2.12|-1.0|1.122|2.122|-1.0
      clean|attacked|fc2|cat|1.13|2.13|-1.0|1.1125|2.1125|-1.0
      """),
    Answer(
      "train_test run=clean other_run=attacked layer=fc1 kind=neuron",
      """
      clean|attacked|fc1|ant|11.21|12.21|-1.0|11.2315|12.2315|-1.0
      clean|attacked|fc1|bee|11.22|12.22|-1.0|11.222|12.222|-1.0
      clean|attacked|fc1|cat|11.23|12.23|-1.0|11.2125|12.2125|-1.0
      """),
    Answer("train_test other_run=unfinished", ""),
  ]

  static let manifolds = [
    Answer(
      "rank_by_class",
      """
      clean|fc2|ant|1e-2|11|2|192|8.0|0.08|0|1.5|1.25
      clean|fc2|bee|1e-2|21|2|192|8.0|0.08|0|1.5|1.25
      clean|fc2|cat|1e-2|31|2|192|8.0|0.08|1|1.5|1.25
      """),
    Answer(
      "rank_by_class run=clean rule=energy-99",
      """
      clean|fc2|ant|energy-99|111|2|192|8.0|-|0|1.5|1.25
      clean|fc2|bee|energy-99|121|2|192|8.0|-|0|1.5|1.25
      clean|fc2|cat|energy-99|131|2|192|8.0|-|1|1.5|1.25
      """),
    Answer(
      "rank_ladder",
      """
      clean|fc2|energy-99|121.0|111|131|192|1
      clean|fc2|1e-2|21.0|11|31|192|1
      """),
    Answer(
      "entanglement",
      """
      clean|fc2|bee|cat|15|50|60|95|192|0|0.5
      clean|fc2|ant|cat|14|50|60|96|192|0|0.5
      clean|fc2|ant|bee|13|50|60|97|192|0|0.5
      """),
    Answer(
      "entanglement run=clean rule=energy-99 class=ant",
      """
      clean|fc2|ant|cat|14|50|60|96|192|0|0.5
      clean|fc2|ant|bee|13|50|60|97|192|0|0.5
      """),
  ]
}
