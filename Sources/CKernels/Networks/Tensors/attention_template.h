// The softmax between attention's two products, for one instruction set: see vector_levels.h.

#include "row_vectors.h"

/// Lanes before `rest` keep theirs, the others are −∞.
INLINE V NAME(cut)(V v, size_t rest) {
  NAME(mask) lane;
  UNROLL for (int l = 0; l < LANES; l++) lane[l] = l;
  return SELECT(lane < (int)rest, v, (V){0} - INFINITY);
}

/// Scores of a row made exp(scale · score + masks − their maximum), 0 from `n` up to `stride`; returns 1 / their sum.
INLINE float NAME(weigh_row)(float *row, size_t n, size_t stride, float scale, const float *const *masks) {
  const size_t whole = n / LANES * LANES, rest = n - whole;
  V largest = (V){0} - INFINITY;
  if (masks[0] || masks[1] || scale < 0) {
    for (size_t c = 0; c < n; c += LANES) {
      V v = LOAD(row + c) * scale;
      for (int m = 0; m < ENGRAM_MASKS; m++)
        if (masks[m]) v += c < whole ? LOAD(masks[m] + c) : NAME(load_some)(masks[m] + c, rest, 0);
      if (c >= whole) v = NAME(cut)(v, rest);
      STORE(row + c, v);
      largest = NAME(larger)(largest, v);
    }
    scale = 1;
  } else {
    for (size_t c = 0; c < whole; c += LANES) largest = NAME(larger)(largest, LOAD(row + c));
    if (rest) {
      const V v = NAME(cut)(LOAD(row + whole), rest);
      STORE(row + whole, v);
      largest = NAME(larger)(largest, v);
    }
  }
  float most = NAME(lanes_maximum)(largest);
  if (most == -INFINITY) most = 0;
  V sum = {0};
  size_t c = 0;
  for (; c < n; c += LANES) {
    const V e = NAME(exp)((LOAD(row + c) - most) * scale);
    STORE(row + c, e);
    sum += e;
  }
  for (; c < stride; c += LANES) STORE(row + c, (V){0});
  const float total = NAME(lanes_sum)(sum);
  return total == 0 ? 0 : 1 / total;
}

/// Rows first ..< last of scores, a row for each query; the inverse sums into `inverses`.
static void NAME(weigh)(const engram_attention *a, size_t first, size_t last, float *scores, size_t stride,
                        float *inverses) {
  for (size_t i = first; i < last; i++, scores += stride) {
    const float *masks[ENGRAM_MASKS];
    for (int m = 0; m < ENGRAM_MASKS; m++) masks[m] = a->masks[m] ? a->masks[m] + i * a->mask_strides[m] : 0;
    const size_t n = a->causal && i + 1 < a->keys ? i + 1 : a->keys;
    inverses[i - first] = NAME(weigh_row)(scores, n, stride, a->scale, masks);
  }
}

static void NAME(scale_rows)(float *y, size_t rows, size_t columns, size_t stride, const float *factors) {
  for (size_t r = 0; r < rows; r++, y += stride) {
    size_t c = 0;
    for (; c + LANES <= columns; c += LANES) STORE(y + c, LOAD(y + c) * factors[r]);
    for (; c < columns; c++) y[c] *= factors[r];
  }
}
