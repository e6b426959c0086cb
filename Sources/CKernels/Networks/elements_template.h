// Functions of single elements and their derivatives, for one instruction set: see vector_levels.h.

#include "vector_math.h"

#define BELOW(v, limit) SELECT((v) < (limit), SPLAT(limit), v)
#define ABOVE(v, limit) SELECT((v) > (limit), SPLAT(limit), v)
/// The C library's, lane by lane.
#define BY_LANE(v, call) \
  V result = v; \
  for (int lane = 0; lane < LANES; lane++) { \
    const float u = (v)[lane]; \
    result[lane] = call; \
  } \
  return result;

INLINE V NAME(power)(V x, float exponent) {
  if (exponent == 2) return x * x;
  if (exponent == 3) return x * x * x;
  if (exponent == 1) return x;
  if (exponent == 0.5f) return SELECT(x == -__builtin_inff(), -x, __builtin_elementwise_sqrt(x + 0.0f));
  if (exponent == -1) return 1.0f / x;
  if (exponent == -2) return 1.0f / (x * x);
  BY_LANE(x, powf(u, exponent))
}

/// max(x, 0) − |x| / 2 · erfc(|x| / √2).
INLINE V NAME(gelu)(V x) {
  const V size = ABSOLUTE(x);
  return SELECT(x < 0, (V){0}, x) - (0.5f * size) * NAME(normal_tail)(size);
}

INLINE V NAME(gelu_slope)(V x) {
  const V half = 0.5f * NAME(normal_tail)(ABSOLUTE(x));
  return SELECT(x < 0, half, 1.0f - half) + x * 0.39894228f * NAME(coarse_exponential)(-0.5f * x * x);
}

/// The C library's where numbers are large.
INLINE V NAME(wave)(V x, const int isCosine) {
  const M isLarge = ~(ABSOLUTE(x) <= 8192.0f);
  const V y = NAME(circular)(SELECT(isLarge, (V){0}, x), isCosine);
  if (!__builtin_reduce_or(isLarge)) return y;
  V result = y;
  for (int lane = 0; lane < LANES; lane++)
    if (isLarge[lane]) result[lane] = isCosine ? cosf(x[lane]) : sinf(x[lane]);
  return result;
}

/// √(2 / π) · (x + 0.044715 · x³), twice.
INLINE V NAME(gelu_argument)(V x) { return x * (1.5957691f + 0.071354814f * (x * x)); }

/// tanh(ln(1 + e)), e = exp(x).
INLINE V NAME(mish_factor)(V x) {
  const V e = NAME(coarse_exponential)(ABOVE(x, 20.0f)), n = e * (e + 2.0f);
  return n / (n + 2.0f);
}

INLINE V NAME(value)(const int function, V x, float a, float b) {
  switch (function) {
    case ENGRAM_SIGMOID: return NAME(sigmoid)(x);
    case ENGRAM_TANH: return NAME(tangent)(x);
    case ENGRAM_SILU: return x / (1.0f + NAME(coarse_exponential)(-x));
    case ENGRAM_GELU: return NAME(gelu)(x);
    case ENGRAM_GELU_TANH: return x / (1.0f + NAME(coarse_exponential)(-NAME(gelu_argument)(x)));
    case ENGRAM_HARD_SWISH: {
      const V y = BELOW(x + 3.0f, 0.0f);
      return x * (ABOVE(y, 6.0f) * (1.0f / 6));
    }
    case ENGRAM_HARD_SIGMOID: {
      const V y = BELOW(a * x + b, 0.0f);
      return ABOVE(y, 1.0f);
    }
    case ENGRAM_CLAMP: {
      const V y = BELOW(x, a);
      return ABOVE(y, b);
    }
    case ENGRAM_LEAKY: return SELECT(x > 0, x, x * a);
    case ENGRAM_ELU: return b * SELECT(x > 0, x, a * NAME(expm1)(ABOVE(x, 0.0f)));
    case ENGRAM_SOFTPLUS:
      return SELECT(x * a > b, x, NAME(log1p)(NAME(exponential)(x * a)) * (1 / a));
    case ENGRAM_SOFTSIGN: return x / (1.0f + ABSOLUTE(x));
    case ENGRAM_MISH: return x * NAME(mish_factor)(x);
    case ENGRAM_EXPONENTIAL: return NAME(exponential)(x);
    case ENGRAM_LOGARITHM: return NAME(logarithm)(x);
    case ENGRAM_SQUARE_ROOT: return __builtin_elementwise_sqrt(x);
    case ENGRAM_RECIPROCAL_SQUARE_ROOT: return 1.0f / __builtin_elementwise_sqrt(x);
    case ENGRAM_RECIPROCAL: return 1.0f / x;
    case ENGRAM_NEGATION: return -x;
    case ENGRAM_ABSOLUTE: return ABSOLUTE(x);
    case ENGRAM_ERROR_FUNCTION: return NAME(error_function)(x);
    case ENGRAM_SINE: return NAME(wave)(x, 0);
    case ENGRAM_COSINE: return NAME(wave)(x, 1);
    case ENGRAM_AFFINE: return a * x + b;
    case ENGRAM_FLOOR: return __builtin_elementwise_floor(x);
    case ENGRAM_CEILING: return __builtin_elementwise_ceil(x);
    case ENGRAM_ROUND: return __builtin_elementwise_roundeven(x);
    case ENGRAM_SIGN: return SELECT(x > 0, SPLAT(1.0f), SELECT(x < 0, SPLAT(-1.0f), x));
    case ENGRAM_NOT: return SELECT(x == 0, SPLAT(1.0f), (V){0});
    case ENGRAM_TRUTH: return SELECT(x == 0, (V){0}, SPLAT(1.0f));
    case ENGRAM_SHRINK: {
      const V between = SELECT(x == x, (V){0}, x);
      return SELECT(x > a, x - b, SELECT(x < -a, x + b, between));
    }
    case ENGRAM_THRESHOLD: return SELECT(x <= a, SPLAT(b), x);
    case ENGRAM_TANGENT: { BY_LANE(x, tanf(u)) }
    case ENGRAM_ARC_SINE: { BY_LANE(x, asinf(u)) }
    case ENGRAM_ARC_COSINE: { BY_LANE(x, acosf(u)) }
    case ENGRAM_ARC_TANGENT: { BY_LANE(x, atanf(u)) }
    case ENGRAM_SINH: { BY_LANE(x, sinhf(u)) }
    case ENGRAM_COSH: { BY_LANE(x, coshf(u)) }
    case ENGRAM_ARSINH: { BY_LANE(x, asinhf(u)) }
    case ENGRAM_ARCOSH: { BY_LANE(x, acoshf(u)) }
    case ENGRAM_ARTANH: { BY_LANE(x, atanhf(u)) }
    default: return NAME(power)(x, a);
  }
}

/// dy/dx.
INLINE V NAME(slope)(const int function, V x, V y, float a, float b) {
  const V zero = {0}, one = SPLAT(1.0f);
  switch (function) {
    case ENGRAM_SIGMOID: return y * (1.0f - y);
    case ENGRAM_TANH: return 1.0f - y * y;
    case ENGRAM_SILU: {
      const V s = NAME(sigmoid)(x);
      return s * (1.0f + x * (1.0f - s));
    }
    case ENGRAM_GELU: return NAME(gelu_slope)(x);
    case ENGRAM_GELU_TANH: {
      const V s = NAME(sigmoid)(NAME(gelu_argument)(x));
      return s + x * s * (1.0f - s) * (1.5957691f + 0.21406444f * (x * x));
    }
    case ENGRAM_HARD_SWISH:
      return SELECT(x < -3.0f, zero, SELECT(x <= 3.0f, x * (1.0f / 3) + 0.5f, one));
    case ENGRAM_HARD_SIGMOID: {
      const V u = a * x + b;
      return SELECT((u > 0) & (u < 1), SPLAT(a), zero);
    }
    case ENGRAM_CLAMP: return SELECT((x >= a) & (x <= b), one, zero);
    case ENGRAM_LEAKY: return SELECT(x > 0, one, SPLAT(a));
    case ENGRAM_ELU: return SELECT(x > 0, SPLAT(b), y + a * b);
    case ENGRAM_SOFTPLUS: return SELECT(x * a > b, one, NAME(sigmoid)(x * a));
    case ENGRAM_SOFTSIGN: {
      const V d = 1.0f + ABSOLUTE(x);
      return 1.0f / (d * d);
    }
    case ENGRAM_MISH: {
      const V t = NAME(mish_factor)(x);
      return t + x * NAME(sigmoid)(x) * (1.0f - t * t);
    }
    case ENGRAM_EXPONENTIAL: return y;
    case ENGRAM_LOGARITHM: return 1.0f / x;
    case ENGRAM_SQUARE_ROOT: return 0.5f / y;
    case ENGRAM_RECIPROCAL_SQUARE_ROOT: return -0.5f * (y * y * y);
    case ENGRAM_RECIPROCAL: return -(y * y);
    case ENGRAM_NEGATION: return -one;
    case ENGRAM_ABSOLUTE: return SELECT(x > 0, one, SELECT(x < 0, -one, zero));
    case ENGRAM_ERROR_FUNCTION: return 1.1283792f * NAME(coarse_exponential)(-(x * x));
    case ENGRAM_SINE: return NAME(wave)(x, 1);
    case ENGRAM_COSINE: return -NAME(wave)(x, 0);
    case ENGRAM_AFFINE: return SPLAT(a);
    case ENGRAM_FLOOR: case ENGRAM_CEILING: case ENGRAM_ROUND: case ENGRAM_SIGN: case ENGRAM_NOT: case ENGRAM_TRUTH:
      return zero;
    case ENGRAM_SHRINK: return SELECT((x > a) | (x < -a), one, zero);
    case ENGRAM_THRESHOLD: return SELECT(x <= a, zero, one);
    case ENGRAM_TANGENT: return 1.0f + y * y;
    case ENGRAM_ARC_SINE: return 1.0f / __builtin_elementwise_sqrt(1.0f - x * x);
    case ENGRAM_ARC_COSINE: return -1.0f / __builtin_elementwise_sqrt(1.0f - x * x);
    case ENGRAM_ARC_TANGENT: return 1.0f / (1.0f + x * x);
    case ENGRAM_SINH: { BY_LANE(x, coshf(u)) }
    case ENGRAM_COSH: { BY_LANE(x, sinhf(u)) }
    case ENGRAM_ARSINH: return 1.0f / __builtin_elementwise_sqrt(x * x + 1.0f);
    case ENGRAM_ARCOSH: return 1.0f / __builtin_elementwise_sqrt(x * x - 1.0f);
    case ENGRAM_ARTANH: return 1.0f / (1.0f - x * x);
    default: return a == 0 ? zero : a * NAME(power)(x, a - 1);
  }
}

#define FUNCTION(function) \
  static void NAME(apply_##function)(const float *x, size_t count, float a, float b, float *y) { \
    size_t i = 0; \
    for (; i + LANES <= count; i += LANES) STORE(y + i, NAME(value)(function, LOAD(x + i), a, b)); \
    if (i == count) return; \
    V rest = {0}; \
    memcpy(&rest, x + i, (count - i) * sizeof(float)); \
    rest = NAME(value)(function, rest, a, b); \
    memcpy(y + i, &rest, (count - i) * sizeof(float)); \
  } \
  static void NAME(back_##function)(const float *x, const float *y, const float *dy, size_t count, float a, float b, \
                                    float *dx) { \
    size_t i = 0; \
    for (; i + LANES <= count; i += LANES) \
      STORE(dx + i, LOAD(dy + i) * NAME(slope)(function, LOAD(x + i), LOAD(y + i), a, b)); \
    if (i == count) return; \
    V values[3] = {{0}}; \
    memcpy(&values[0], x + i, (count - i) * sizeof(float)); \
    memcpy(&values[1], y + i, (count - i) * sizeof(float)); \
    memcpy(&values[2], dy + i, (count - i) * sizeof(float)); \
    values[0] = values[2] * NAME(slope)(function, values[0], values[1], a, b); \
    memcpy(dx + i, &values[0], (count - i) * sizeof(float)); \
  }
ENGRAM_ELEMENT_FUNCTIONS(FUNCTION)
#undef FUNCTION

#define FUNCTION(function) case function: return NAME(apply_##function)(x, count, a, b, y);
static void NAME(apply)(engram_element_function function, const float *x, size_t count, float a, float b, float *y) {
  switch (function) { ENGRAM_ELEMENT_FUNCTIONS(FUNCTION) }
}
#undef FUNCTION

#define FUNCTION(function) case function: return NAME(back_##function)(x, y, dy, count, a, b, dx);
static void NAME(apply_backward)(engram_element_function function, const float *x, const float *y, const float *dy,
                                 size_t count, float a, float b, float *dx) {
  switch (function) { ENGRAM_ELEMENT_FUNCTIONS(FUNCTION) }
}
#undef FUNCTION

#undef BELOW
#undef ABOVE
#undef BY_LANE
#undef M
#undef SPLAT
#undef SELECT
#undef ABSOLUTE
#undef SIGNED_AS
