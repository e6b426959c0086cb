// GradNorm: the L1 norm of the gradient of KL(uniform ‖ p) with respect to W, times C, in closed form.

extension Detector {
  static let gradientNorm = Detector(
    "gradnorm", formula: "‖x‖₁ Σ over c of |C p_c − 1|",
    source: "Huang, Geng & Li 2021, On the Importance of Gradients for Detecting Distributional "
      + "Shifts in the Wild, arXiv 2110.00218",
    needs: [.logits, .inputs]
  ) { _, layer in
    let outputs = Double(layer.outputs)
    return .ofRows { block, row in
      let gradient = block.softmax(row).probabilities.reduce(0) { $0 + abs(outputs * $1 - 1) }
      return block.x(row).reduce(0) { $0 + abs($1) } * gradient
    }
  }
}
