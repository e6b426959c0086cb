// The comparison that makes a bit, of 16 outputs at once.
#ifndef ENGRAM_SIGNIFICANT_H
#define ENGRAM_SIGNIFICANT_H

#include <stdint.h>
#include <string.h>

typedef float float16v __attribute__((ext_vector_type(16)));
typedef int32_t int16v __attribute__((ext_vector_type(16)));
typedef _Bool bool16v __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) float16v load16(const float *from) {
  float16v values;
  memcpy(&values, from, sizeof values);
  return values;
}

static inline __attribute__((always_inline)) uint16_t pack16(bool16v bits) {
  uint16_t packed;
  memcpy(&packed, &bits, sizeof packed);
  return packed;
}

// Which of 16 numbers are not zero.
static inline __attribute__((always_inline)) uint16_t nonzero(const float *from) {
  return pack16(__builtin_convertvector(load16(from) != (float16v)0, bool16v));
}

// w·x > τ where τ has a plus sign, w·x < τ where it has a minus sign. Flipping both signs of the second case leaves one
// comparison, exact because negation is.
static inline __attribute__((always_inline)) uint16_t significant(float16v weights, float x, const float *threshold) {
  int16v tau;
  memcpy(&tau, threshold, sizeof tau);
  int16v term = (int16v)(weights * x) ^ (tau & INT32_MIN);
  return pack16(__builtin_convertvector((float16v)term > (float16v)(tau & INT32_MAX), bool16v));
}

#endif
