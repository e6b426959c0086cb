// Softmax of rows, for one instruction set: see vector_levels.h.

#include "row_vectors.h"

static void NAME(softmax)(const float *x, size_t rows, size_t n, int logarithm, float *y) {
  const size_t whole = n / LANES * LANES, rest = n - whole;
  for (size_t r = 0; r < rows; r++, x += n, y += n) {
    const V tail = NAME(load_some)(x + whole, rest, -INFINITY);
    V largest = tail;
    for (size_t c = 0; c < whole; c += LANES) largest = NAME(larger)(largest, LOAD(x + c));
    const float most = NAME(lanes_maximum)(largest);
    const V last = NAME(exp)(tail - most);
    V sum = last;
    for (size_t c = 0; c < whole; c += LANES) {
      const V e = NAME(exp)(LOAD(x + c) - most);
      if (!logarithm) STORE(y + c, e);
      sum += e;
    }
    const float total = NAME(lanes_sum)(sum);
    if (logarithm) {
      const float shift = most + logf(total);
      for (size_t c = 0; c < n; c++) y[c] = x[c] - shift;
      continue;
    }
    const float scale = 1 / total;
    for (size_t c = 0; c < whole; c += LANES) STORE(y + c, LOAD(y + c) * scale);
    NAME(store_some)(y + whole, rest, last * scale);
  }
}

/// dx = y · (dy − Σ y · dy), or dy − exp(y) · Σ dy of the logarithm.
static void NAME(softmax_backward)(const float *y, const float *dy, size_t rows, size_t n, int logarithm, float *dx) {
  const size_t whole = n / LANES * LANES, rest = n - whole;
  for (size_t r = 0; r < rows; r++, y += n, dy += n, dx += n) {
    const V tail = NAME(load_some)(y + whole, rest, 0), slope = NAME(load_some)(dy + whole, rest, 0);
    V sum = logarithm ? slope : slope * tail;
    for (size_t c = 0; c < whole; c += LANES) sum += logarithm ? LOAD(dy + c) : LOAD(dy + c) * LOAD(y + c);
    const float total = NAME(lanes_sum)(sum);
    for (size_t c = 0; c < whole; c += LANES) {
      const V v = LOAD(y + c), g = LOAD(dy + c);
      STORE(dx + c, logarithm ? g - NAME(exp)(v) * total : v * (g - total));
    }
    NAME(store_some)(dx + whole, rest, logarithm ? slope - NAME(exp)(tail) * total : tail * (slope - total));
  }
}
