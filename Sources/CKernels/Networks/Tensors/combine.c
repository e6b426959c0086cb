// Two operands combined element by element, either repeated along some axes, and the gradients.
#include <math.h>

#include "walk.h"
#include "../../levels.h"

#define INLINE static inline __attribute__((always_inline))

INLINE float value(const engram_operation operation, float a, float b) {
  switch (operation) {
  case engram_operation_add: return a + b;
  case engram_operation_subtract: return a - b;
  case engram_operation_multiply: return a * b;
  case engram_operation_divide: return a / b;
  case engram_operation_power: return powf(a, b);
  // NaN wins.
  case engram_operation_minimum: return a < b || a != a ? a : b;
  case engram_operation_maximum: return a > b || a != a ? a : b;
  case engram_operation_equal: return a == b;
  case engram_operation_less: return a < b;
  case engram_operation_less_or_equal: return a <= b;
  case engram_operation_and: return a != 0 && b != 0;
  case engram_operation_or: return a != 0 || b != 0;
  case engram_operation_exclusive_or: return (a != 0) != (b != 0);
  case engram_operation_keep: return a != 0 ? b : 0;
  case engram_operation_drop: return a != 0 ? 0 : b;
  }
  return 0;
}

INLINE float slope(const engram_operation operation, const int of_b, float a, float b) {
  switch (operation) {
  case engram_operation_add: return 1;
  case engram_operation_subtract: return of_b ? -1 : 1;
  case engram_operation_multiply: return of_b ? a : b;
  case engram_operation_divide: return of_b ? -a / (b * b) : 1 / b;
  case engram_operation_power:
    if (of_b) return a == 0 && b >= 0 ? 0 : powf(a, b) * logf(a);
    return b == 0 ? 0 : b * powf(a, b - 1);
  case engram_operation_minimum: return a == b ? 0.5f : (a < b) != of_b ? 1 : 0;
  case engram_operation_maximum: return a == b ? 0.5f : (a > b) != of_b ? 1 : 0;
  case engram_operation_keep: return of_b && a != 0 ? 1 : 0;
  case engram_operation_drop: return of_b && a == 0 ? 1 : 0;
  default: return 0;
  }
  return 0;
}

INLINE void row(const engram_operation operation, size_t n, const float *a, size_t a_stride, const float *b,
                size_t b_stride, float *restrict y) {
  if (a_stride == 1 && b_stride == 1) {
    for (size_t i = 0; i < n; i++) y[i] = value(operation, a[i], b[i]);
  } else if (a_stride == 1 && b_stride == 0) {
    const float second = *b;
    if (operation == engram_operation_power && second == 2)
      for (size_t i = 0; i < n; i++) y[i] = a[i] * a[i];
    else if (operation == engram_operation_power && second == 0.5f)
      for (size_t i = 0; i < n; i++) y[i] = sqrtf(a[i]);
    else
      for (size_t i = 0; i < n; i++) y[i] = value(operation, a[i], second);
  } else if (a_stride == 0 && b_stride == 1) {
    const float first = *a;
    for (size_t i = 0; i < n; i++) y[i] = value(operation, first, b[i]);
  } else {
    for (size_t i = 0; i < n; i++) y[i] = value(operation, a[i * a_stride], b[i * b_stride]);
  }
}

INLINE void combine(const engram_operation operation, const engram_walk *walk, const float *a, const float *b,
                    float *y) {
  const size_t last = walk->rank - 1, n = walk->sizes[last];
  walk_place place = {{0}, 0, 0};
  for (size_t rows = walk_rows(walk); rows > 0; rows--, y += n) {
    row(operation, n, a + place.a, walk->a[last], b + place.b, walk->b[last], y);
    walk_on(walk, &place);
  }
}

#define EACH(call)                                                                           \
  switch (operation) {                                                                       \
  case engram_operation_add: { enum { o = engram_operation_add }; call; break; }             \
  case engram_operation_subtract: { enum { o = engram_operation_subtract }; call; break; }   \
  case engram_operation_multiply: { enum { o = engram_operation_multiply }; call; break; }   \
  case engram_operation_divide: { enum { o = engram_operation_divide }; call; break; }       \
  case engram_operation_power: { enum { o = engram_operation_power }; call; break; }         \
  case engram_operation_minimum: { enum { o = engram_operation_minimum }; call; break; }     \
  case engram_operation_maximum: { enum { o = engram_operation_maximum }; call; break; }     \
  case engram_operation_equal: { enum { o = engram_operation_equal }; call; break; }                 \
  case engram_operation_less: { enum { o = engram_operation_less }; call; break; }                   \
  case engram_operation_less_or_equal: { enum { o = engram_operation_less_or_equal }; call; break; } \
  case engram_operation_and: { enum { o = engram_operation_and }; call; break; }                     \
  case engram_operation_or: { enum { o = engram_operation_or }; call; break; }                       \
  case engram_operation_exclusive_or: { enum { o = engram_operation_exclusive_or }; call; break; }   \
  case engram_operation_keep: { enum { o = engram_operation_keep }; call; break; }                   \
  case engram_operation_drop: { enum { o = engram_operation_drop }; call; break; }                   \
  }

ENGRAM_KERNEL(void, engram_combine,
    (engram_operation operation, const engram_walk *walk, const float *a, const float *b, float *y),
    (operation, walk, a, b, y)) {
  EACH(combine((engram_operation)o, walk, a, b, y))
}

/// A row that one element was repeated along: its sum in 16 lanes.
INLINE float row_sum(const engram_operation operation, const int of_b, size_t n, const float *a, size_t a_stride,
                     const float *b, size_t b_stride, const float *dy) {
  float lanes[16] = {0};
  size_t i = 0;
  if (a_stride + b_stride == 1)
    for (; i + 16 <= n; i += 16)
      for (size_t l = 0; l < 16; l++)
        lanes[l] += dy[i + l] * slope(operation, of_b, a_stride ? a[i + l] : *a, b_stride ? b[i + l] : *b);
  for (; i < n; i++) lanes[i % 16] += dy[i] * slope(operation, of_b, a[i * a_stride], b[i * b_stride]);
  for (size_t half = 8; half > 0; half /= 2)
    for (size_t l = 0; l < half; l++) lanes[l] += lanes[l + half];
  return lanes[0];
}

INLINE void combine_backward(const engram_operation operation, const int of_b, const engram_walk *walk, const float *a,
                             const float *b, const float *dy, float *target) {
  const size_t last = walk->rank - 1, n = walk->sizes[last];
  const size_t a_stride = walk->a[last], b_stride = walk->b[last], stride = of_b ? b_stride : a_stride;
  walk_place place = {{0}, 0, 0};
  for (size_t rows = walk_rows(walk); rows > 0; rows--, dy += n) {
    const float *x = a + place.a, *z = b + place.b;
    float *to = target + (of_b ? place.b : place.a);
    if (stride == 0)
      *to += row_sum(operation, of_b, n, x, a_stride, z, b_stride, dy);
    else if (a_stride == 1 && b_stride == 1)
      for (size_t i = 0; i < n; i++) to[i] += dy[i] * slope(operation, of_b, x[i], z[i]);
    else if (stride == 1 && a_stride + b_stride == 1) {
      for (size_t i = 0; i < n; i++) to[i] += dy[i] * slope(operation, of_b, x[i * a_stride], z[i * b_stride]);
    } else
      for (size_t i = 0; i < n; i++)
        to[i * stride] += dy[i] * slope(operation, of_b, x[i * a_stride], z[i * b_stride]);
    walk_on(walk, &place);
  }
}

ENGRAM_KERNEL(void, engram_combine_backward,
    (engram_operation operation, int of_b, const engram_walk *walk, const float *a, const float *b, const float *dy,
      float *target),
    (operation, of_b, walk, a, b, dy, target)) {
  if (of_b) {
    EACH(combine_backward((engram_operation)o, 1, walk, a, b, dy, target))
  } else {
    EACH(combine_backward((engram_operation)o, 0, walk, a, b, dy, target))
  }
}
