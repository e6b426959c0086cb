// Ranked scores of resampled samples: the area under the ROC curve of many replicates at once, by how often each drew every
// sample. Leaves out drawing, ranking, and the measures that hang on more than the order.
#include "ckernels.h"
#include "../levels.h"

// One register's replicates.
typedef uint16_t counts16 __attribute__((vector_size(32), aligned(2)));
typedef uint32_t counts32 __attribute__((vector_size(64)));
typedef uint64_t counts64 __attribute__((vector_size(128)));

#define DRAWN(v) __builtin_convertvector(*(const counts16 *)(drawn + 16 * (v)), counts32)

// Of `n_vectors` registers' replicates, whose sums are of type `sum`; all of theirs stay in registers from the first sample to
// the last.
#define AREAS(name, n_vectors, sum)                                                                                    \
  static inline __attribute__((always_inline)) void name(                                                              \
      const int32_t *samples, const uint8_t *begins, size_t n, size_t n_positives, const uint16_t *draws,              \
      uint64_t *halves) {                                                                                              \
    /* `above` is twice what is above, so that ties count by half. */                                                  \
    counts32 above[n_vectors] = {0};                                                                                   \
    sum sums[n_vectors] = {0};                                                                                         \
    for (size_t first = 0, end; first < n; first = end) {                                                              \
      for (end = first + 1; end < n && !begins[end]; end++) {}                                                         \
      const uint16_t *drawn = draws + (size_t)samples[first] * 16 * n_vectors;                                         \
      if (end == first + 1) {                                                                                          \
        /* Most scores are one sample's. */                                                                            \
        if ((size_t)samples[first] < n_positives) {                                                                    \
          for (int v = 0; v < n_vectors; v++) above[v] += 2 * DRAWN(v);                                                \
        } else {                                                                                                       \
          for (int v = 0; v < n_vectors; v++)                                                                          \
            sums[v] += __builtin_convertvector(DRAWN(v), sum) * __builtin_convertvector(above[v], sum);                \
        }                                                                                                              \
        continue;                                                                                                      \
      }                                                                                                                \
      counts32 tied[n_vectors] = {0};                                                                                  \
      for (size_t i = first; i < end; i++) {                                                                           \
        if ((size_t)samples[i] >= n_positives) continue;                                                               \
        drawn = draws + (size_t)samples[i] * 16 * n_vectors;                                                           \
        for (int v = 0; v < n_vectors; v++) tied[v] += DRAWN(v);                                                       \
      }                                                                                                                \
      for (size_t i = first; i < end; i++) {                                                                           \
        if ((size_t)samples[i] < n_positives) continue;                                                                \
        drawn = draws + (size_t)samples[i] * 16 * n_vectors;                                                           \
        for (int v = 0; v < n_vectors; v++)                                                                            \
          sums[v] += __builtin_convertvector(DRAWN(v), sum) * __builtin_convertvector(above[v] + tied[v], sum);        \
      }                                                                                                                \
      for (int v = 0; v < n_vectors; v++) above[v] += 2 * tied[v];                                                     \
    }                                                                                                                  \
    for (int v = 0; v < n_vectors; v++)                                                                                \
      for (int r = 0; r < 16; r++) halves[16 * v + r] = sums[v][r];                                                    \
  }

AREAS(areas_4, 4, counts64)
AREAS(areas_1, 1, counts64)
AREAS(small_areas_4, 4, counts32)
AREAS(small_areas_1, 1, counts32)

ENGRAM_KERNEL(void, engram_resampled_areas,
    (const int32_t *samples, const uint8_t *begins, size_t n, size_t n_positives, const uint16_t *draws, size_t n_replicates,
      uint64_t *halves),
    (samples, begins, n, n_positives, draws, n_replicates, halves)) {
  // Every draw of a negative adds at most twice the positives.
  const int is_small = (uint64_t)2 * n_positives * (n - n_positives) <= UINT32_MAX;
  size_t r = 0;
  for (; r + 64 <= n_replicates; r += 64) {
    if (is_small) small_areas_4(samples, begins, n, n_positives, draws + r * n, halves + r);
    else areas_4(samples, begins, n, n_positives, draws + r * n, halves + r);
  }
  for (; r < n_replicates; r += 16) {
    if (is_small) small_areas_1(samples, begins, n, n_positives, draws + r * n, halves + r);
    else areas_1(samples, begins, n, n_positives, draws + r * n, halves + r);
  }
}
