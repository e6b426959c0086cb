// The operations that readers translate their own into. Which of them the engine runs is the lowering's.

/// What an operation does, and its arguments by name. All are optional but `input` (`a` and `b` of two operands) and what
/// says "needed"; an argument that is left out has the value in brackets. Axes count from 0 over all axes, the batch's too,
/// and from the end where negative. A list of integers may be a `.value`, an integer tensor that is known once shapes are.
package enum OperationKind: String, Sendable, CaseIterable {
  /// The file's operation is none of these; `Operation.origin` names it.
  case unknown

  // Convolutions and products. A convolution or pooling is over rows and columns, or over one axis where its input has three:
  // weights have one axis less then, settings one number, and padding one or both ends.

  /// input, weight (outputs × inputs / groups × height × width, needed), bias, stride ([1, 1]), padding ([0, 0], both sides
  /// of rows and columns; [top, left, bottom, right]; or the text same, sameLower, valid), dilation ([1, 1]), groups (1).
  case convolution
  /// What a convolution's gradient by its input is. As convolution, over weights inputs × outputs / groups × height × width, and
  /// outputPadding ([0, 0]): rows and columns more behind the last ones.
  case transposedConvolution
  /// y = x Wᵀ + b over the last axis. input, weight (outputs × inputs, needed), bias.
  case linear
  /// y = alpha · a b + beta · c. a, b, c, alpha (1), beta (1), transposeA (false), transposeB (false).
  case gemm
  /// a, b, batched as NumPy's matmul.
  case matrixProduct
  /// softmax(scale · q kᵀ + mask) v over the last two axes. query, key, value, mask, scale (1 / √(last axis of the query)),
  /// causal (false).
  case attention

  // Normalisations.

  /// input, weight, bias, mean and variance (those of the operand: of constants, for of maps they would be the batch's), epsilon
  /// (1e-5); axis 1.
  case batchNormalisation
  /// Over the axes from `axis` on (−1), or over the last ones, as many as `normalisedShape` has. weight, bias, epsilon (1e-5).
  case layerNormalisation
  /// input, groups (needed), weight, bias, epsilon (1e-5), perGroup (false: weight and bias are a number for each channel);
  /// axis 1.
  case groupNormalisation
  /// input, weight, bias, epsilon (1e-5); over all axes from 2 on.
  case instanceNormalisation
  /// As layerNormalisation, without mean and bias.
  case rmsNormalisation
  /// x / (k + alpha / size · Σ x²)^beta. input, size (needed), alpha (1e-4), beta (0.75), k (1); axis 1.
  case localResponseNormalisation
  /// input, axis (−1).
  case softmax
  case logSoftmax

  // Elementwise, one operand: input.

  case rectifier, sigmoid, tanh
  /// x · sigmoid(x).
  case silu
  /// approximate: none (exact, by erf) or tanh.
  case gelu
  /// x · min(max(x + 3, 0), 6) / 6.
  case hardSwish
  /// min(max(alpha · x + beta, 0), 1), alpha (1 / 6), beta (1 / 2): PyTorch's. ONNX's own default of alpha is 0.2: its reader says so.
  case hardSigmoid
  /// minimum, maximum; each may be left out.
  case clip
  /// slope (0.01).
  case leakyRectifier
  /// weight (needed), along axis 1 unless it has one element.
  case parametricRectifier
  /// alpha (1): alpha · (eˣ − 1) where x < 0; scale (1), of both sides: SELU is this with its constants.
  case elu
  /// beta (1), threshold (20, of beta · x).
  case softplus
  case softsign, mish
  case exponential, logarithm, squareRoot, reciprocalSquareRoot, reciprocal, negation, absolute,
    errorFunction
  case floor, ceil, round, sign, sine, cosine, not
  case tangent, arcSine, arcCosine, arcTangent, hyperbolicSine, hyperbolicCosine, areaSine,
    areaCosine, areaTangent
  /// threshold (0.5), bias (0): x − bias above the threshold, x + bias below its negative, 0 between.
  case shrink
  /// limit (1), value (0): x > limit ? x : value.
  case threshold
  /// As it is: dropout in evaluation, copies, assertions about what is known. input.
  case identity
  /// input, type (a text, an `ElementType`'s raw value). Between kinds of float it is the identity.
  case cast

  // Elementwise, two operands with broadcasting: a, b; either may be a number.

  /// alpha (1), the factor of b; of subtraction too.
  case add, subtract
  /// rounding: floor, truncate (none); truncatesIntegers (false): whole numbers are cut towards 0 where both are integers, as
  /// ONNX divides.
  case multiply, divide
  case power, minimum, maximum
  /// Of the sign of b, as Python's; truncates (false): of the sign of a, as C's.
  case remainder
  case equal, less, lessOrEqual, greater, greaterOrEqual, and, or, exclusiveOr
  /// condition ? a : b.
  case choose

  // Over axes: input, axes (all), keepDimensions (false). The maximum of bools is whether any is true, the minimum whether all are.

  case mean, sum, maximumOver, minimumOver, productOver
  /// √Σ x².
  case l2Norm
  /// input, axis (needed): the sum of all elements up to each. excludes (false): without itself; reversed (false): from it on.
  case cumulativeSum

  // Shapes.

  /// input, shape (needed; one −1 is what is left), zeroCopies (false: a 0 is the input's size at that axis).
  case reshape
  /// The axes start (0) ... end (−1) become one. input.
  case flatten
  /// Two axes: those before `axis` (1) become one, those from it on the other.
  case flattenToMatrix
  /// order (reversed).
  case transpose
  /// input, first, second (both needed).
  case swapAxes
  /// axes (all of size 1); an axis of another size stays where `keepsOthers` (false; an error) is.
  case squeeze
  /// axes (needed), of the result.
  case unsqueeze
  /// axis (needed) becomes several of sizes (needed).
  case unflatten
  /// shape (needed; −1 and, aligned at the end, 1 keep the input's).
  case expand
  /// starts, ends (both needed, clamped), axes (the first ones), steps (1).
  case slice
  /// axis, index (both needed); the axis goes.
  case select
  /// axis (0); of sizes (a list), or of size (the last may be smaller), or count equal parts. As many outputs as parts.
  case split
  /// inputs (a list, needed), axis (0).
  case concatenate
  /// inputs (a list, needed), axis (0, new).
  case stack
  /// before, after (lists, needed) of axes (a list; all), mode: constant, reflect, edge, wrap (constant); value (0).
  case pad
  /// shifts, axes (both needed).
  case roll
  /// Like NumPy's take. input, indices (needed), axis (0).
  case gather
  /// PyTorch's x[i, j, …]. input, indices (a list of values; a `.list([])` keeps its axis whole).
  case index
  /// C · r² × H × W → C × H · r × W · r. input, factor (needed), columnFirst (false: PyTorch's order; ONNX's DepthToSpace DCR is true).
  case pixelShuffle
  /// The inverse. input, factor (needed), columnFirst (false).
  case pixelUnshuffle
  /// input, repeats (needed, one for each axis of the result).
  case tile
  /// PyTorch's x.unfold: windows of `size` elements of `axis`, each `step` behind the one before, a window an index; its
  /// elements are a last axis. input; all needed.
  case unfold
  /// input with its part starts, ends, axes, steps (as slice's) replaced by source (needed; as large as the part).
  case replaceSlice
  /// The lower triangle of the last two axes, or the upper one, 0 elsewhere. input, upper (false), diagonal (0).
  case triangle
  /// ONNX's GatherND: the last axis of indices (needed) holds positions of the first axes of the input. batchAxes (0).
  case gatherPoints
  /// ONNX's ScatterND: input with updates (needed) at indices (needed), as gatherPoints reads them.
  case replacePoints
  /// ShuffleNet's: channels in `groups` (needed) groups are dealt round. input.
  case channelShuffle
  /// input, sizes (of rows and columns) or scales (of rows and columns), mode: nearest, linear, cubic (needed), alignCorners (false),
  /// coordinates: halfPixel, halfPixelOfSeveral (where one row or column comes out, it is the first), halfPixelSymmetric (of sizes with fractions, centred), asymmetric, alignCorners (halfPixel), rounding: floor, roundHalfDown, roundHalfUp, ceil (floor), antialias (false), excludesOutside (false: neighbours beyond the ends are the last elements), slope (−0.75, the cubic kernel's at 1).
  case resize

  // Pooling over rows and columns.

  /// kernel (needed), stride (the kernel), padding (as a convolution's), dilation ([1, 1]), roundsUp (false).
  case maxPool
  /// The same without dilation; countsPadding (true), divisor.
  case averagePool
  /// size (needed, rows and columns).
  case adaptiveAveragePool, adaptiveMaxPool

  // What files compute of shapes.

  /// The sizes of all axes. input, start (0), end (all).
  case shape
  /// Of one axis. input, axis (needed).
  case size
  /// shape (needed), value (0; a number or a value of one element), type (a text).
  case full
  /// start (0), end (needed), step (1).
  case range
}
