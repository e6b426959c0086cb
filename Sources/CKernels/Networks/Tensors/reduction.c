// Elements of some axes made one: sums, extremes, products.
#include <math.h>

#include "walk.h"
#include "../../levels.h"

#define INLINE static inline __attribute__((always_inline))

INLINE float joined(const engram_reduction reduction, float y, float x) {
  switch (reduction) {
  case engram_reduction_sum: return y + x;
  case engram_reduction_squares: return y + x * x;
  // NaN wins.
  case engram_reduction_maximum: return x > y || x != x ? x : y;
  case engram_reduction_minimum: return x < y || x != x ? x : y;
  case engram_reduction_product: return y * x;
  case engram_reduction_product_of_others: return x == 0 ? y : y * x;
  case engram_reduction_zeros: return x == 0 ? y + 1 : y;
  }
  return 0;
}

/// Two lanes' results made one.
INLINE float merged(const engram_reduction reduction, float a, float b) {
  switch (reduction) {
  case engram_reduction_sum:
  case engram_reduction_squares:
  case engram_reduction_zeros: return a + b;
  case engram_reduction_product_of_others: return a * b;
  default: return joined(reduction, a, b);
  }
}

/// A row's elements joined in 16 lanes, then with y.
INLINE float row(const engram_reduction reduction, size_t n, const float *x, size_t stride, float y) {
  const float neutral = reduction == engram_reduction_maximum ? -INFINITY
    : reduction == engram_reduction_minimum ? INFINITY
    : reduction == engram_reduction_product || reduction == engram_reduction_product_of_others ? 1 : 0;
  float lanes[16];
  for (size_t l = 0; l < 16; l++) lanes[l] = neutral;
  size_t i = 0;
  if (stride == 1)
    for (; i + 16 <= n; i += 16)
      for (size_t l = 0; l < 16; l++) lanes[l] = joined(reduction, lanes[l], x[i + l]);
  for (; i < n; i++) lanes[i % 16] = joined(reduction, lanes[i % 16], x[i * stride]);
  for (size_t half = 8; half > 0; half /= 2)
    for (size_t l = 0; l < half; l++) lanes[l] = merged(reduction, lanes[l], lanes[l + half]);
  return merged(reduction, y, lanes[0]);
}

INLINE void reduce(const engram_reduction reduction, const engram_walk *walk, const float *x, float *y) {
  const size_t last = walk->rank - 1, n = walk->sizes[last];
  const size_t stride = walk->a[last], to = walk->b[last];
  walk_place place = {{0}, 0, 0};
  for (size_t rows = walk_rows(walk); rows > 0; rows--) {
    const float *restrict from = x + place.a;
    float *restrict target = y + place.b;
    if (to == 0)
      *target = row(reduction, n, from, stride, *target);
    else if (to == 1 && stride == 1)
      for (size_t i = 0; i < n; i++) target[i] = joined(reduction, target[i], from[i]);
    else
      for (size_t i = 0; i < n; i++) target[i * to] = joined(reduction, target[i * to], from[i * stride]);
    walk_on(walk, &place);
  }
}

ENGRAM_KERNEL(void, engram_reduce,
    (engram_reduction reduction, const engram_walk *walk, const float *x, float *y),
    (reduction, walk, x, y)) {
  switch (reduction) {
  case engram_reduction_sum: return reduce(engram_reduction_sum, walk, x, y);
  case engram_reduction_squares: return reduce(engram_reduction_squares, walk, x, y);
  case engram_reduction_maximum: return reduce(engram_reduction_maximum, walk, x, y);
  case engram_reduction_minimum: return reduce(engram_reduction_minimum, walk, x, y);
  case engram_reduction_product: return reduce(engram_reduction_product, walk, x, y);
  case engram_reduction_product_of_others: return reduce(engram_reduction_product_of_others, walk, x, y);
  case engram_reduction_zeros: return reduce(engram_reduction_zeros, walk, x, y);
  }
}

void engram_count_equal(const engram_walk *walk, const float *x, const float *y, float *counts) {
  const size_t last = walk->rank - 1;
  walk_place place = {{0}, 0, 0};
  for (size_t rows = walk_rows(walk); rows > 0; rows--) {
    for (size_t i = 0; i < walk->sizes[last]; i++) {
      const size_t to = place.b + i * walk->b[last];
      if (x[place.a + i * walk->a[last]] == y[to]) counts[to] += 1;
    }
    walk_on(walk, &place);
  }
}

INLINE float spread_to(const engram_spread spread, float x, float a, float b) {
  switch (spread) {
  case engram_spread_plain: return a;
  case engram_spread_scaled: return a * x;
  case engram_spread_equal: return x == b ? a : 0;
  case engram_spread_quotient: return x == 0 ? b : a / x;
  }
  return 0;
}

INLINE void spread_reduced(const engram_spread spread, const engram_walk *walk, const float *x, const float *a,
                           const float *b, float *dx) {
  const size_t last = walk->rank - 1, n = walk->sizes[last], stride = walk->a[last], from = walk->b[last];
  walk_place place = {{0}, 0, 0};
  for (size_t rows = walk_rows(walk); rows > 0; rows--) {
    const float *restrict source = x + place.a, *restrict first = a + place.b, *restrict second = b + place.b;
    float *restrict target = dx + place.a;
    if (from == 0 && stride == 1)
      for (size_t i = 0; i < n; i++) target[i] = spread_to(spread, source[i], *first, *second);
    else if (from == 1 && stride == 1)
      for (size_t i = 0; i < n; i++) target[i] = spread_to(spread, source[i], first[i], second[i]);
    else
      for (size_t i = 0; i < n; i++)
        target[i * stride] = spread_to(spread, source[i * stride], first[i * from], second[i * from]);
    walk_on(walk, &place);
  }
}

ENGRAM_KERNEL(void, engram_spread_reduced,
    (engram_spread spread, const engram_walk *walk, const float *x, const float *a, const float *b, float *dx),
    (spread, walk, x, a, b, dx)) {
  switch (spread) {
  case engram_spread_plain: return spread_reduced(engram_spread_plain, walk, x, a, b, dx);
  case engram_spread_scaled: return spread_reduced(engram_spread_scaled, walk, x, a, b, dx);
  case engram_spread_equal: return spread_reduced(engram_spread_equal, walk, x, a, b, dx);
  case engram_spread_quotient: return spread_reduced(engram_spread_quotient, walk, x, a, b, dx);
  }
}
