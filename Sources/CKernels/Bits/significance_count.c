// How many interactions of a block of samples are significant, without a bit of them being kept.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

typedef float float16v __attribute__((ext_vector_type(16)));
typedef int32_t int16v __attribute__((ext_vector_type(16)));

#define SAMPLES 4
// Some inputs of as many samples stay in the L1 cache, the weights of these and of some outputs in the L2 cache.
enum { STRETCH = 1024, OUTPUTS = 64 };

static inline __attribute__((always_inline)) uint64_t sum(const int16v *counts) {
  uint64_t total = 0;
  for (int i = 0; i < 16; i++) total += (uint32_t)(*counts)[i];
  return total;
}

// Some outputs and up to SAMPLES samples over inputs [first, last). A term counts where its sign-flipped value is
// above |τ|: both signs of τ are one comparison, exact because negation is.
static inline __attribute__((always_inline)) void count(
    const float *weights, size_t n_out, size_t first, size_t last, size_t n_in, const float *x, const float *tau,
    size_t tau_stride, size_t n_samples, uint64_t *counts) {
  int16v found[SAMPLES];
  uint32_t rest[SAMPLES];
  for (size_t s = 0; s < n_samples; s++) {
    found[s] = 0;
    rest[s] = 0;
  }
  for (size_t i = 0; i < n_out; i++) {
    const float *w = weights + i * n_in;
    int16v sign[SAMPLES];
    float16v level[SAMPLES];
    for (size_t s = 0; s < n_samples; s++) {
      int32_t bits;
      memcpy(&bits, tau + s * tau_stride + i, sizeof bits);
      sign[s] = (int16v)(bits & INT32_MIN);
      level[s] = (float16v)(int16v)(bits & INT32_MAX);
    }
    size_t j = first;
    for (; j + 16 <= last; j += 16) {
      float16v own;
      memcpy(&own, w + j, sizeof own);
      for (size_t s = 0; s < n_samples; s++) {
        float16v inputs;
        memcpy(&inputs, x + s * n_in + j, sizeof inputs);
        const int16v term = (int16v)(own * inputs) ^ sign[s];
        found[s] -= (int16v)((float16v)term > level[s]);
      }
    }
    for (; j < last; j++)
      for (size_t s = 0; s < n_samples; s++) {
        const float term = w[j] * x[s * n_in + j];
        rest[s] += (sign[s][0] ? -term : term) > level[s][0];
      }
  }
  for (size_t s = 0; s < n_samples; s++) counts[s] += sum(&found[s]) + rest[s];
}

ENGRAM_KERNEL(void, engram_count_significant,
    (size_t n_samples, size_t n_out, size_t n_in, const float *weights, const float *bias, const float *x, const
      float *thresholds, uint64_t *counts),
    (n_samples, n_out, n_in, weights, bias, x, thresholds, counts)) {
  for (size_t first = 0; first < n_in; first += STRETCH) {
    const size_t last = first + STRETCH < n_in ? first + STRETCH : n_in;
    for (size_t i = 0; i < n_out; i += OUTPUTS) {
      const size_t n = n_out - i < OUTPUTS ? n_out - i : OUTPUTS;
      const float *w = weights + i * n_in, *tau = thresholds + i;
      size_t s = 0;
      for (; s + SAMPLES <= n_samples; s += SAMPLES)
        count(w, n, first, last, n_in, x + s * n_in, tau + s * n_out, n_out, SAMPLES, counts + s);
      for (; s < n_samples; s++) count(w, n, first, last, n_in, x + s * n_in, tau + s * n_out, n_out, 1, counts + s);
    }
  }
  if (bias)
    for (size_t s = 0; s < n_samples; s++)
      for (size_t i = 0; i < n_out; i++) {
        const float tau = thresholds[s * n_out + i];
        counts[s] += __builtin_signbit(tau) ? bias[i] < tau : bias[i] > tau;
      }
}
