// Ends of rows and what the lanes of a vector are together, for one instruction set: see vector_levels.h.

#include "vector_exp.h"

/// `count` floats, the other lanes `rest`.
INLINE V NAME(load_some)(const float *p, size_t count, float rest) {
  float lanes[LANES];
  for (size_t l = 0; l < LANES; l++) lanes[l] = l < count ? p[l] : rest;
  return LOAD(lanes);
}

INLINE void NAME(store_some)(float *p, size_t count, V v) {
  float lanes[LANES];
  STORE(lanes, v);
  for (size_t l = 0; l < count; l++) p[l] = lanes[l];
}

/// The larger of two; NaN wins where it is in a.
INLINE V NAME(larger)(V a, V b) { return SELECT(a < b, b, a); }

/// Lane l of lane l + n, round the end.
#define TURNED(v, n)                                                                                        \
  __builtin_shufflevector(v, v, PLACES(n))
#if LANES == 16
#define PLACES(n)                                                                                            \
  (n) & 15, (1 + (n)) & 15, (2 + (n)) & 15, (3 + (n)) & 15, (4 + (n)) & 15, (5 + (n)) & 15, (6 + (n)) & 15,  \
    (7 + (n)) & 15, (8 + (n)) & 15, (9 + (n)) & 15, (10 + (n)) & 15, (11 + (n)) & 15, (12 + (n)) & 15,       \
    (13 + (n)) & 15, (14 + (n)) & 15, (15 + (n)) & 15
#elif LANES == 8
#define PLACES(n)                                                                                            \
  (n) & 7, (1 + (n)) & 7, (2 + (n)) & 7, (3 + (n)) & 7, (4 + (n)) & 7, (5 + (n)) & 7, (6 + (n)) & 7, (7 + (n)) & 7
#else
#define PLACES(n) (n) & 3, (1 + (n)) & 3, (2 + (n)) & 3, (3 + (n)) & 3
#endif

INLINE float NAME(lanes_maximum)(V v) {
#if LANES == 16
  v = NAME(larger)(v, TURNED(v, 8));
#endif
#if LANES >= 8
  v = NAME(larger)(v, TURNED(v, 4));
#endif
  v = NAME(larger)(v, TURNED(v, 2));
  v = NAME(larger)(v, TURNED(v, 1));
  return v[0];
}

INLINE float NAME(lanes_sum)(V v) {
#if LANES == 16
  v += TURNED(v, 8);
#endif
#if LANES >= 8
  v += TURNED(v, 4);
#endif
  v += TURNED(v, 2);
  v += TURNED(v, 1);
  return v[0];
}

#undef TURNED
#undef PLACES
