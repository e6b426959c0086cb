// NCI: how far x, seen from the reference's mean, points along the weights of its predicted class, and, weighted by α, how
// large x is. The mean itself points nowhere: 0.

extension Detector {
  static let neuralCollapse = Detector(
    "nci", formula: "W_ẑ · (x − mean X) / ‖x − mean X‖ + α ‖x‖₁",
    source: "Liu & Qin 2025, Detecting Out-of-Distribution Through the Lens of Neural Collapse, "
      + "arXiv 2311.01479",
    needs: [.logits, .inputs, .weights], lesson: .samples,
    parameters: [.real("alpha", 0, in: 0...1e6, "α, the weight of ‖x‖₁")]
  ) { settings, layer, _ in
    let alpha = settings["alpha"]
    return MeanTeacher(layer) { mean in
      .ofRows { block, row in
        let x = block.x(row)
        let direction = unit(zip(x, mean).map { $0 - $1 })
        let start = block.predicted[row] * layer.inputs
        var score = 0.0
        for (column, value) in direction.enumerated() {
          score += value * layer.weights[start + column]
        }
        return alpha == 0 ? score : score + alpha * x.reduce(0) { $0 + abs($1) }
      }
    }
  }
}
