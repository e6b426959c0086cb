// Few rows times weights as they lie, for one instruction set: see vector_levels.h.
//
// A sum lives in the lanes of one vector, term k in lane k % LANES, whatever the register tile it is computed in.

#if LANES == 16
#define MOST_ROWS 4
#else
#define MOST_ROWS 2
#endif

/// sums[i][j] += x[i] · weight[j] over `length` terms, a multiple of LANES.
INLINE void NAME(add_terms)(const int rows, const int outputs, const float *x, const float *weight, size_t inputs,
                            size_t length, float (*sums)[SIDE][16]) {
  V sum[MOST_ROWS][SIDE];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < outputs; j++) sum[i][j] = LOAD(sums[i][j]);
  for (size_t k = 0; k < length; k += LANES) {
    V value[MOST_ROWS];
    UNROLL for (int i = 0; i < rows; i++) value[i] = LOAD(x + i * inputs + k);
    UNROLL for (int j = 0; j < outputs; j++) {
      const V w = LOAD(weight + j * inputs + k);
      // One row does not wait for arithmetic.
      if (rows == 1) __builtin_prefetch(weight + j * inputs + k + AHEAD, 0, 3);
      UNROLL for (int i = 0; i < rows; i++) sum[i][j] += value[i] * w;
    }
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < outputs; j++) STORE(sums[i][j], sum[i][j]);
}

INLINE void NAME(add_rows)(const int outputs, const float *x, size_t rows, const float *weight, size_t inputs,
                           size_t length, float (*sums)[SIDE][16]) {
  size_t r = 0;
  for (; r + MOST_ROWS <= rows; r += MOST_ROWS)
    NAME(add_terms)(MOST_ROWS, outputs, x + r * inputs, weight, inputs, length, sums + r);
  for (; r < rows; r++) NAME(add_terms)(1, outputs, x + r * inputs, weight, inputs, length, sums + r);
}

static void NAME(row_products)(const float *x, size_t rows, size_t inputs, const float *weight, size_t outputs,
                               const float *bias, float *z, size_t z_stride) {
  const size_t whole = inputs / LANES * LANES;
  for (size_t n = 0; n < outputs; n += SIDE, weight += SIDE * inputs) {
    const size_t side = outputs - n < SIDE ? outputs - n : SIDE;
    float sums[ROWS][SIDE][16] __attribute__((aligned(64)));
    for (size_t r = 0; r < rows; r++)
      for (size_t j = 0; j < SIDE; j++)
        for (size_t l = 0; l < LANES; l++) sums[r][j][l] = 0;
    for (size_t k = 0; k < whole; k += LENGTH) {
      const size_t length = whole - k < LENGTH ? whole - k : LENGTH;
      if (side == SIDE)
        NAME(add_rows)(SIDE, x + k, rows, weight + k, inputs, length, sums);
      else
        for (size_t j = 0; j < side; j++)
          NAME(add_rows)(1, x + k, rows, weight + j * inputs + k, inputs, length, (float (*)[SIDE][16])sums[0][j]);
    }
    for (size_t r = 0; r < rows; r++)
      for (size_t j = 0; j < side; j++) {
        float *lanes = sums[r][j];
        for (size_t half = LANES / 2; half > 0; half /= 2)
          for (size_t l = 0; l < half; l++) lanes[l] += lanes[l + half];
        float sum = lanes[0];
        for (size_t k = whole; k < inputs; k++) sum += x[r * inputs + k] * weight[j * inputs + k];
        if (bias) sum += bias[n + j];
        z[r * z_stride + n + j] = sum;
      }
  }
}

#undef MOST_ROWS
