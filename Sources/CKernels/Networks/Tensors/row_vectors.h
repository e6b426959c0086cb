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

INLINE float NAME(lanes_maximum)(V v) {
  float lanes[LANES];
  STORE(lanes, v);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lanes[l] = lanes[l] < lanes[l + half] ? lanes[l + half] : lanes[l];
  return lanes[0];
}

INLINE float NAME(lanes_sum)(V v) {
  float lanes[LANES];
  STORE(lanes, v);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lanes[l] += lanes[l + half];
  return lanes[0];
}
