// The functions of single elements that activations apply.

internal import CKernels

/// A function of one number. Values and derivatives are within 2e-7 of the formula, relative where it matters, else
/// absolute; of NaN they are NaN but where told.
package enum ElementFunction: Hashable, Sendable {
  case sigmoid, tanh, silu, gelu
  /// GELU with ½ (1 + tanh(√(2 / π) (x + 0.044715 x³))) for the normal distribution's.
  case geluTanh
  /// x · min(max(x + 3, 0), 6) / 6.
  case hardSwish
  /// min(max(alpha · x + beta, 0), 1).
  case hardSigmoid(alpha: Float = 1 / 6, beta: Float = 0.5)
  /// Its derivative is 1 at the limits.
  case clamp(minimum: Float, maximum: Float)
  case leakyRectifier(slope: Float)
  /// scale · (x > 0 ? x : alpha · (exp(x) − 1)).
  case elu(alpha: Float = 1, scale: Float = 1)
  /// ln(1 + exp(beta · x)) / beta, or x where beta · x > threshold.
  case softplus(beta: Float = 1, threshold: Float = 20)
  case softsign, mish
  case exponential, logarithm, squareRoot, reciprocalSquareRoot, reciprocal
  case negation, absolute, errorFunction, sine, cosine
  /// factor · x + offset.
  case affine(factor: Float, offset: Float)
  case power(exponent: Float)
  /// Steps, whose derivative is 0; to the nearest whole number, of two that are as near the even one.
  case floor, ceiling, round, sign
  /// 1 where x is 0, else 0; and the reverse. NaN is not 0.
  case not, truth
  /// x − bias above the threshold, x + bias below its negative, 0 between.
  case shrink(threshold: Float, bias: Float)
  /// x > limit ? x : value.
  case threshold(limit: Float, value: Float)
  case tangent, arcSine, arcCosine, arcTangent
  case hyperbolicSine, hyperbolicCosine, areaSine, areaCosine, areaTangent

  /// What the kernels know of a function.
  private struct Entry {
    let name: String
    let kernel: engram_element_function
    let a: Float
    let b: Float

    init(_ name: String, _ kernel: engram_element_function, _ a: Float = 0, _ b: Float = 0) {
      self.name = name
      self.kernel = kernel
      self.a = a
      self.b = b
    }
  }

  private var entry: Entry {
    switch self {
    case .sigmoid: Entry("sigmoid", ENGRAM_SIGMOID)
    case .tanh: Entry("tanh", ENGRAM_TANH)
    case .silu: Entry("SiLU", ENGRAM_SILU)
    case .gelu: Entry("GELU", ENGRAM_GELU)
    case .geluTanh: Entry("GELU by tanh", ENGRAM_GELU_TANH)
    case .hardSwish: Entry("hard swish", ENGRAM_HARD_SWISH)
    case .hardSigmoid(let alpha, let beta):
      Entry("hard sigmoid", ENGRAM_HARD_SIGMOID, alpha, beta)
    case .clamp(let minimum, let maximum): Entry("clamp", ENGRAM_CLAMP, minimum, maximum)
    case .leakyRectifier(let slope): Entry("leaky rectifier", ENGRAM_LEAKY, slope)
    case .elu(let alpha, let scale): Entry("ELU", ENGRAM_ELU, alpha, scale)
    case .softplus(let beta, let threshold): Entry("softplus", ENGRAM_SOFTPLUS, beta, threshold)
    case .softsign: Entry("softsign", ENGRAM_SOFTSIGN)
    case .mish: Entry("Mish", ENGRAM_MISH)
    case .exponential: Entry("exponential", ENGRAM_EXPONENTIAL)
    case .logarithm: Entry("logarithm", ENGRAM_LOGARITHM)
    case .squareRoot: Entry("square root", ENGRAM_SQUARE_ROOT)
    case .reciprocalSquareRoot:
      Entry("reciprocal square root", ENGRAM_RECIPROCAL_SQUARE_ROOT)
    case .reciprocal: Entry("reciprocal", ENGRAM_RECIPROCAL)
    case .negation: Entry("negation", ENGRAM_NEGATION)
    case .absolute: Entry("absolute value", ENGRAM_ABSOLUTE)
    case .errorFunction: Entry("error function", ENGRAM_ERROR_FUNCTION)
    case .sine: Entry("sine", ENGRAM_SINE)
    case .cosine: Entry("cosine", ENGRAM_COSINE)
    case .affine(let factor, let offset): Entry("affine", ENGRAM_AFFINE, factor, offset)
    case .power(let exponent): Entry("power", ENGRAM_POWER, exponent)
    case .floor: Entry("floor", ENGRAM_FLOOR)
    case .ceiling: Entry("ceiling", ENGRAM_CEILING)
    case .round: Entry("round", ENGRAM_ROUND)
    case .sign: Entry("sign", ENGRAM_SIGN)
    case .not: Entry("not", ENGRAM_NOT)
    case .truth: Entry("truth", ENGRAM_TRUTH)
    case .shrink(let threshold, let bias): Entry("shrink", ENGRAM_SHRINK, threshold, bias)
    case .threshold(let limit, let value): Entry("threshold", ENGRAM_THRESHOLD, limit, value)
    case .tangent: Entry("tangent", ENGRAM_TANGENT)
    case .arcSine: Entry("arc sine", ENGRAM_ARC_SINE)
    case .arcCosine: Entry("arc cosine", ENGRAM_ARC_COSINE)
    case .arcTangent: Entry("arc tangent", ENGRAM_ARC_TANGENT)
    case .hyperbolicSine: Entry("hyperbolic sine", ENGRAM_SINH)
    case .hyperbolicCosine: Entry("hyperbolic cosine", ENGRAM_COSH)
    case .areaSine: Entry("area hyperbolic sine", ENGRAM_ARSINH)
    case .areaCosine: Entry("area hyperbolic cosine", ENGRAM_ARCOSH)
    case .areaTangent: Entry("area hyperbolic tangent", ENGRAM_ARTANH)
    }
  }

  var name: String { entry.name }

  /// As kernels know it.
  var kernel: (function: engram_element_function, a: Float, b: Float) {
    let entry = entry
    return (entry.kernel, entry.a, entry.b)
  }

  /// y = f(x), element by element; they may be the same memory.
  func apply(_ x: Floats, count: Int, y: Floats) {
    let entry = entry
    unsafe engram_apply(entry.kernel, x, count, entry.a, entry.b, y)
  }

  /// dx = dy · f′(x), y being f(x); dx may be dy.
  func applyBackward(_ x: Floats, y: Floats, dy: Floats, count: Int, dx: Floats) {
    let entry = entry
    unsafe engram_apply_backward(entry.kernel, x, y, dy, count, entry.a, entry.b, dx)
  }
}
