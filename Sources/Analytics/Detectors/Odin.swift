// ODIN: the largest softmax probability at a high temperature, of the image moved a step towards its own prediction. The
// logits that it scores have to be those of the moved image; the step is an attack's to make
// (Networks/Attacks, --attack odin:eps=0.0014,T=1000).

extension Detector {
  static let odin = Detector(
    "odin",
    formula: "max softmax(z / T), z of the image moved by −ε sign ∇ of its prediction's loss",
    source: "Liang, Li & Srikant 2018, Enhancing the Reliability of Out-of-distribution Image "
      + "Detection in Neural Networks, arXiv 1706.02690",
    needs: [.logits],
    parameters: [.real("T", 1000, in: 1e-3...1e9, "the temperature")]
  ) { settings, _ in
    let temperature = settings["T"]
    return .ofRows { block, row in Softmax(block.z(row).map { $0 / temperature }).confidence }
  }
}
