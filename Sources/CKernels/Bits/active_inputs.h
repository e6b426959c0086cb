// How the inputs of a layer are cut, for what is made of those alone that are not zero.
#ifndef ENGRAM_ACTIVE_INPUTS_H
#define ENGRAM_ACTIVE_INPUTS_H

#include <stddef.h>

#include "ckernels.h"

// Outputs that are worked on at a time: with the inputs of a stretch, their weights stay in the L1 cache.
#define OUTPUTS 48

/// Where the run of inputs ends that begins at `first`: a sum of products is the sum of its runs', as OpenBLAS has it.
static inline size_t engram_run_end(size_t first, size_t n_in) {
  enum { RUN = 384 };
  const size_t left = n_in - first;
  if (left >= 2 * RUN) return first + RUN;
  return left > RUN ? first + (left / 2 + 15) / 16 * 16 : n_in;
}

/// Where the stretch ends that begins at `first`, in a run that ends at `end`.
static inline size_t engram_stretch_end(size_t first, size_t end) {
  return end - first < ENGRAM_STRETCH ? end : first + ENGRAM_STRETCH;
}

#endif
