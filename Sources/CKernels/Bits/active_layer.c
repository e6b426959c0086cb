// Sums of a layer's products, and how many of its interactions are significant without a bit of them being kept: both made of
// the inputs alone that are not zero. Weights of some outputs and inputs are turned into a tile, which many samples then use.
#include <math.h>
#include <string.h>

#include "ckernels.h"
#include "active_inputs.h"
#include "significant.h"

#define TEMPLATE "Bits/active_layer_template.h"
#include "../vector_levels.h"

// No vector lies across two lines of the cache.
#define ALIGNED _Alignas(64)

/// tile[j][i] = weights[i][j] of `n` outputs and the inputs of a stretch; 0 of outputs that there are not.
static void turn(const float *weights, size_t n, size_t n_in, size_t width, float *tile) {
  if (n < OUTPUTS) memset(tile, 0, width * OUTPUTS * sizeof *tile);
  engram_transpose32(weights, n_in, n, width, tile, OUTPUTS);
}

/// The starts of the lists of a stretch's samples: the ends of those before them.
static void list_starts(size_t n_samples, const uint32_t *ends, int is_first, uint32_t *starts) {
  starts[0] = is_first ? 0 : ends[-1];
  memcpy(starts + 1, ends, n_samples * sizeof *ends);
}

void engram_active_sums(
    size_t n_samples, size_t n_out, size_t n_in, const float *weights, int magnitudes, const engram_active *active,
    const uint32_t *ends, double *sums) {
  ALIGNED float turned[ENGRAM_STRETCH * OUTPUTS];
  ALIGNED double tile[ENGRAM_STRETCH * OUTPUTS], own[ENGRAM_ACTIVE_SAMPLES * OUTPUTS];
  uint32_t starts[ENGRAM_ACTIVE_SAMPLES + 1];
  for (size_t first = 0; first < n_out; first += OUTPUTS) {
    const size_t n = n_out - first < OUTPUTS ? n_out - first : OUTPUTS;
    const uint32_t *next = ends;
    for (size_t run = 0; run < n_in;) {
      const size_t run_end = engram_run_end(run, n_in);
      memset(own, 0, n_samples * OUTPUTS * sizeof *own);
      while (run < run_end) {
        const size_t end = engram_stretch_end(run, run_end);
        turn(weights + first * n_in + run, n, n_in, end - run, turned);
        ENGRAM_BEST(widen)(turned, (end - run) * OUTPUTS, magnitudes, tile);
        list_starts(n_samples, next, run == 0, starts);
        ENGRAM_BEST(add_stretch)(n_samples, active, starts, tile, own);
        next += n_samples;
        run = end;
      }
      for (size_t s = 0; s < n_samples; s++)
        for (size_t i = 0; i < n; i++) sums[s * n_out + first + i] += own[s * OUTPUTS + i];
    }
  }
}

void engram_count_significant(
    size_t n_samples, size_t n_out, size_t n_in, const float *weights, const float *bias, const engram_active *active,
    const uint32_t *ends, const float *thresholds, uint64_t *counts) {
  ALIGNED float tile[ENGRAM_STRETCH * OUTPUTS], tau[ENGRAM_ACTIVE_SAMPLES * OUTPUTS];
  uint32_t starts[ENGRAM_ACTIVE_SAMPLES + 1];
  for (size_t first = 0; first < n_out; first += OUTPUTS) {
    const size_t n = n_out - first < OUTPUTS ? n_out - first : OUTPUTS;
    for (size_t s = 0; s < n_samples; s++) {
      memcpy(tau + s * OUTPUTS, thresholds + s * n_out + first, n * sizeof *tau);
      for (size_t i = n; i < OUTPUTS; i++) tau[s * OUTPUTS + i] = INFINITY;
    }
    const uint32_t *next = ends;
    for (size_t run = 0; run < n_in;) {
      const size_t run_end = engram_run_end(run, n_in);
      while (run < run_end) {
        const size_t end = engram_stretch_end(run, run_end);
        turn(weights + first * n_in + run, n, n_in, end - run, tile);
        list_starts(n_samples, next, run == 0, starts);
        ENGRAM_BEST(count_stretch)(n_samples, active, starts, tile, tau, counts);
        next += n_samples;
        run = end;
      }
    }
  }
  if (bias)
    for (size_t s = 0; s < n_samples; s++)
      for (size_t i = 0; i < n_out; i++) {
        const float tau = thresholds[s * n_out + i];
        counts[s] += __builtin_signbit(tau) ? bias[i] < tau : bias[i] > tau;
      }
}
