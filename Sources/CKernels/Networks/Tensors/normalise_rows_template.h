// Rows normalised by their own mean and variance, for one instruction set: see vector_levels.h.

typedef double NAME(wide) __attribute__((vector_size(LANES * 8)));
#define WIDE(v) __builtin_convertvector(v, NAME(wide))
#define WHOLE(n) ((n) / LANES * LANES)

INLINE double NAME(lane_sum)(const NAME(wide) *v) {
  double lanes[LANES];
  UNROLL for (int l = 0; l < LANES; l++) lanes[l] = (*v)[l];
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lanes[l] += lanes[l + half];
  return lanes[0];
}

/// Σ (x − center) or Σ (x − center)² of a row. Four vectors make one in float, which is widened: their sum rounds as the
/// numbers themselves do, and widening each would take most of the time.
INLINE double NAME(row_sum)(const float *x, size_t n, float center, const int squared) {
  NAME(wide) sum = {0};
  size_t c = 0;
  for (; c + 4 * LANES <= n; c += 4 * LANES) {
    V v[4];
    UNROLL for (int i = 0; i < 4; i++) {
      v[i] = LOAD(x + c + i * LANES) - center;
      if (squared) v[i] *= v[i];
    }
    sum += WIDE((v[0] + v[1]) + (v[2] + v[3]));
  }
  for (; c < WHOLE(n); c += LANES) {
    V v = LOAD(x + c) - center;
    if (squared) v *= v;
    sum += WIDE(v);
  }
  double total = NAME(lane_sum)(&sum);
  for (; c < n; c++) {
    const double d = x[c] - center;
    total += squared ? d * d : d;
  }
  return total;
}

/// Mean and 1 / √(variance + epsilon) of a row. The mean is found from what is left when its first number is taken
/// off: digits that all of them share cost none.
INLINE void NAME(row_statistics)(const float *x, size_t n, double epsilon, int centred, float *mean, float *inverse) {
  const float first = centred ? x[0] : 0;
  const double shift = centred ? NAME(row_sum)(x, n, first, 0) / (double)n : 0;
  const float center = (float)(first + shift);
  const double variance = NAME(row_sum)(x, n, center, 1) / (double)n;
  *mean = center;
  *inverse = (float)(1 / sqrt(variance + epsilon));
}

static void NAME(normalise_rows)(const float *x, size_t rows, size_t n, double epsilon, int centred,
                                 const float *weight, const float *bias, float *y) {
  for (size_t r = 0; r < rows; r++, x += n, y += n) {
    float mean, inverse;
    NAME(row_statistics)(x, n, epsilon, centred, &mean, &inverse);
    for (size_t c = 0; c < WHOLE(n); c += LANES) {
      V v = (LOAD(x + c) - mean) * inverse;
      if (weight) v *= LOAD(weight + c);
      if (bias) v += LOAD(bias + c);
      STORE(y + c, v);
    }
    for (size_t c = WHOLE(n); c < n; c++)
      y[c] = (x[c] - mean) * inverse * (weight ? weight[c] : 1) + (bias ? bias[c] : 0);
  }
}

/// With g = weight · dy and x̂ the normalised x: dx = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + epsilon).
static void NAME(normalise_rows_backward)(const float *x, const float *dy, size_t rows, size_t n, double epsilon,
                                          int centred, const float *weight, float *dx) {
  for (size_t r = 0; r < rows; r++, x += n, dy += n, dx += n) {
    float mean, inverse;
    NAME(row_statistics)(x, n, epsilon, centred, &mean, &inverse);
    NAME(wide) sum = {0}, products = {0};
    for (size_t c = 0; c < WHOLE(n); c += LANES) {
      V g = LOAD(dy + c);
      if (weight) g *= LOAD(weight + c);
      const V normalised = (LOAD(x + c) - mean) * inverse;
      sum += WIDE(g);
      products += WIDE(g) * WIDE(normalised);
    }
    double mean_g = NAME(lane_sum)(&sum), mean_product = NAME(lane_sum)(&products);
    for (size_t c = WHOLE(n); c < n; c++) {
      const double g = weight ? dy[c] * weight[c] : dy[c];
      mean_g += g;
      mean_product += g * (x[c] - mean) * inverse;
    }
    const float shift = centred ? (float)(mean_g / (double)n) : 0, factor = (float)(mean_product / (double)n);
    for (size_t c = 0; c < WHOLE(n); c += LANES) {
      V g = LOAD(dy + c);
      if (weight) g *= LOAD(weight + c);
      STORE(dx + c, inverse * (g - shift - (LOAD(x + c) - mean) * inverse * factor));
    }
    for (size_t c = WHOLE(n); c < n; c++) {
      const float g = weight ? dy[c] * weight[c] : dy[c];
      dx[c] = inverse * (g - shift - (x[c] - mean) * inverse * factor);
    }
  }
}

#undef WIDE
#undef WHOLE
