// PyTorch's convolutions, matrix products, attention and normalisations, before decomposition and after.

extension PT2Operator {
  static let products: [PT2Operator] = [
    PT2Operator(
      "aten.conv2d.default", "aten.conv2d.padding", as: .convolution,
      [
        "input": "input", "weight": "weight", "bias": "bias", "stride": .pair("stride"),
        "padding": .pair("padding"), "dilation": .pair("dilation"), "groups": "groups",
      ]),
    PT2Operator(
      "aten.conv1d.default", "aten.conv1d.padding", as: .convolution,
      [
        "input": "input", "weight": "weight", "bias": "bias", "stride": .list("stride"),
        "padding": .list("padding"), "dilation": .list("dilation"), "groups": "groups",
      ]),
    PT2Operator(
      "aten.conv_transpose2d.input", as: .transposedConvolution,
      [
        "input": "input", "weight": "weight", "bias": "bias", "stride": .pair("stride"),
        "padding": .pair("padding"), "output_padding": .pair("outputPadding"),
        "dilation": .pair("dilation"), "groups": "groups",
      ]),
    PT2Operator("aten.convolution.default", "aten._convolution.default") { step in
      let isTransposed = step.flag("transposed")
      guard let planes = step.list("stride")?.count, (1...2).contains(planes) else { return nil }
      step.ignore("benchmark", "deterministic", "cudnn_enabled", "allow_tf32")
      let beyond = step["output_padding"]
      return [
        step.make(
          isTransposed ? .transposedConvolution : .convolution,
          [
            "outputPadding": isTransposed ? beyond : nil,
            "input": step["input"], "weight": step["weight"], "bias": step["bias"],
            "stride": step["stride"], "padding": step["padding"], "dilation": step["dilation"],
            "groups": step["groups"],
          ])
      ]
    },
    PT2Operator(
      "aten.linear.default", as: .linear, ["input": "input", "weight": "weight", "bias": "bias"]),
    PT2Operator(
      "aten.addmm.default", as: .gemm,
      ["self": "c", "mat1": "a", "mat2": "b", "alpha": "alpha", "beta": "beta"]),
    PT2Operator(
      "aten.mm.default", "aten.bmm.default", as: .matrixProduct, ["self": "a", "mat2": "b"]),
    PT2Operator(
      "aten.matmul.default", "aten.__matmul__.default", as: .matrixProduct,
      ["self": "a", "other": "b"]),
    PT2Operator("aten.baddbmm.default") { step in
      guard (step.number("alpha") ?? 1) == 1, (step.number("beta") ?? 1) == 1 else { return nil }
      let product = step.part("product")
      return [
        step.make(.matrixProduct, ["a": step["batch1"], "b": step["batch2"]], to: [product]),
        step.make(.add, ["a": step["self"], "b": .value(product)]),
      ]
    },
    PT2Operator("aten.einsum.default") { step in
      guard let tensors = step.list("tensors"), let equation = step.text("equation") else {
        return nil
      }
      return Einsum(equation, tensors)?.operations(into: step.output, part: step.part) {
        step.make($0, $1, to: [$2])
      }
    },
    PT2Operator(
      "aten.scaled_dot_product_attention.default",
      "aten._scaled_dot_product_flash_attention_for_cpu.default"
    ) { step in
      guard (step.number("dropout_p") ?? 0) == 0, !step.flag("enable_gqa") else { return nil }
      step.ignore("return_debug_mask")
      return [
        step.make(
          .attention,
          [
            "query": step["query"], "key": step["key"], "value": step["value"],
            "mask": step["attn_mask"], "scale": step["scale"], "causal": step["is_causal"],
          ])
      ]
    },
  ]

  static let normalisations: [PT2Operator] = [
    PT2Operator(
      "aten.batch_norm.default", "aten.native_batch_norm.default",
      "aten._native_batch_norm_legit_no_training.default",
      "aten._native_batch_norm_legit.default", "aten._native_batch_norm_legit.no_stats"
    ) { step in
      // In training running means are written, not read.
      let isTraining = step.flag("training")
      return step.plain(
        .batchNormalisation,
        [
          "input": "input", "weight": "weight", "bias": "bias",
          "running_mean": isTraining ? .ignored : "mean",
          "running_var": isTraining ? .ignored : "variance", "eps": "epsilon",
          "training": .ignored, "momentum": .ignored, "cudnn_enabled": .ignored,
        ]
      ).map { [$0] }
    },
    PT2Operator(
      "aten.layer_norm.default", "aten.native_layer_norm.default", as: .layerNormalisation,
      [
        "input": "input", "normalized_shape": .list("normalisedShape"), "weight": "weight",
        "bias": "bias", "eps": "epsilon", "cudnn_enable": .ignored,
      ]),
    PT2Operator(
      "aten.rms_norm.default", as: .rmsNormalisation,
      [
        "input": "input", "normalized_shape": .list("normalisedShape"), "weight": "weight",
        "eps": "epsilon",
      ], with: ["epsilon": .float(Double(Float.ulpOfOne))]),
    PT2Operator(
      "aten.group_norm.default", as: .groupNormalisation,
      [
        "input": "input", "num_groups": "groups", "weight": "weight", "bias": "bias",
        "eps": "epsilon", "cudnn_enabled": .ignored,
      ]),
    PT2Operator(
      "aten.native_group_norm.default", as: .groupNormalisation,
      [
        "input": "input", "weight": "weight", "bias": "bias", "N": .ignored, "C": .ignored,
        "HxW": .ignored, "group": "groups", "eps": "epsilon",
      ]),
    PT2Operator(
      "aten.instance_norm.default", as: .instanceNormalisation,
      [
        "input": "input", "weight": "weight", "bias": "bias", "running_mean": .ignored,
        "running_var": .ignored, "use_input_stats": .only(.bool(true)), "momentum": .ignored,
        "eps": "epsilon", "cudnn_enabled": .ignored,
      ]),
    PT2Operator(
      "aten.softmax.int", "aten._softmax.default", "aten._safe_softmax.default", as: .softmax,
      ["self": "input", "dim": "axis", "dtype": .floating, "half_to_float": .ignored]),
    PT2Operator(
      "aten.log_softmax.int", "aten._log_softmax.default", as: .logSoftmax,
      ["self": "input", "dim": "axis", "dtype": .floating, "half_to_float": .ignored]),
  ]
}
