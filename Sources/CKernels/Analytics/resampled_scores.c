// Ranked scores of resampled samples: the area under the ROC curve of many replicates at once, by how often each drew every
// sample. Leaves out drawing, ranking, and the measures that hang on more than the order.
#include "ckernels.h"
#include "../levels.h"

// Of sums that are of type `sum`.
#define AREAS(name, sum)                                                                                               \
  static inline __attribute__((always_inline)) void name(                                                              \
      const int32_t *samples, const uint8_t *begins, size_t n, size_t n_positives, const uint16_t *draws,              \
      size_t n_replicates, uint32_t *restrict above, uint32_t *restrict tied, sum *restrict halves) {                  \
    /* `above` is twice what is above, so that ties count by half. */                                                  \
    for (size_t r = 0; r < n_replicates; r++) above[r] = tied[r] = 0, halves[r] = 0;                                   \
    for (size_t first = 0, end; first < n; first = end) {                                                              \
      for (end = first + 1; end < n && !begins[end]; end++) {}                                                         \
      if (end == first + 1) {                                                                                          \
        /* Most scores are one sample's. */                                                                            \
        const uint16_t *drawn = draws + (size_t)samples[first] * n_replicates;                                         \
        if ((size_t)samples[first] < n_positives) {                                                                    \
          for (size_t r = 0; r < n_replicates; r++) above[r] += 2 * (uint32_t)drawn[r];                                \
        } else {                                                                                                       \
          for (size_t r = 0; r < n_replicates; r++) halves[r] += (sum)drawn[r] * above[r];                             \
        }                                                                                                              \
        continue;                                                                                                      \
      }                                                                                                                \
      for (size_t i = first; i < end; i++) {                                                                           \
        if ((size_t)samples[i] >= n_positives) continue;                                                               \
        const uint16_t *drawn = draws + (size_t)samples[i] * n_replicates;                                             \
        for (size_t r = 0; r < n_replicates; r++) tied[r] += drawn[r];                                                 \
      }                                                                                                                \
      for (size_t i = first; i < end; i++) {                                                                           \
        if ((size_t)samples[i] < n_positives) continue;                                                                \
        const uint16_t *drawn = draws + (size_t)samples[i] * n_replicates;                                             \
        for (size_t r = 0; r < n_replicates; r++) halves[r] += (sum)drawn[r] * (above[r] + tied[r]);                   \
      }                                                                                                                \
      for (size_t r = 0; r < n_replicates; r++) above[r] += 2 * tied[r], tied[r] = 0;                                  \
    }                                                                                                                  \
  }

AREAS(areas, uint64_t)
AREAS(small_areas, uint32_t)

ENGRAM_KERNEL(void, engram_resampled_areas,
    (const int32_t *samples, const uint8_t *begins, size_t n, size_t n_positives, const uint16_t *draws, size_t n_replicates,
      uint32_t *restrict above, uint32_t *restrict tied, uint32_t *restrict small, uint64_t *restrict halves),
    (samples, begins, n, n_positives, draws, n_replicates, above, tied, small, halves)) {
  // Every draw of a negative adds at most twice the positives.
  if ((uint64_t)2 * n_positives * (n - n_positives) <= UINT32_MAX) {
    small_areas(samples, begins, n, n_positives, draws, n_replicates, above, tied, small);
    for (size_t r = 0; r < n_replicates; r++) halves[r] = small[r];
  } else {
    areas(samples, begins, n, n_positives, draws, n_replicates, above, tied, halves);
  }
}
