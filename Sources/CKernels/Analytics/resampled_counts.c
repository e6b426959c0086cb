// Counts of resampled samples: blocks of counts weighted by how often each was drawn, and what a class adds to the
// sums that its measures are made of. Leaves out drawing and the measures.
#include "ckernels.h"
#include "../levels.h"

ENGRAM_KERNEL(void, engram_weighted_counts,
    (const uint16_t *blocks, size_t stride, size_t n_blocks, const uint32_t *weights, size_t n, uint32_t *sums),
    (blocks, stride, n_blocks, weights, n, sums)) {
  for (size_t i = 0; i < n; i++) sums[i] = 0;
  for (size_t block = 0; block < n_blocks; block++) {
    const uint16_t *counts = blocks + block * stride;
    const uint32_t weight = weights[block];
    if (weight == 0) continue;
    for (size_t i = 0; i < n; i++) sums[i] += weight * counts[i];
  }
}

void engram_tally_counts(
    const uint32_t *counts, size_t n, const double *p_of, const double *logit_of, uint32_t *histogram, uint32_t *totals,
    double *p, double *logit) {
  for (size_t i = 0; i < n; i++) {
    const uint32_t count = counts[i];
    histogram[count]++;
    totals[i] += count;
    p[i] += p_of[count];
    logit[i] += logit_of[count];
  }
}
