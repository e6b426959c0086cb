// Walks two operands side by side, row by row of the last axis: see engram_walk.
#ifndef ENGRAM_WALK_H
#define ENGRAM_WALK_H

#include "ckernels.h"

/// Where a row of a walk begins in both operands.
typedef struct {
  size_t index[ENGRAM_AXES];
  size_t a, b;
} walk_place;

static inline __attribute__((always_inline)) size_t walk_rows(const engram_walk *walk) {
  size_t rows = 1;
  for (size_t axis = 0; axis + 1 < walk->rank; axis++) rows *= walk->sizes[axis];
  return rows;
}

static inline __attribute__((always_inline)) void walk_on(const engram_walk *walk, walk_place *place) {
  for (size_t axis = walk->rank - 1; axis-- > 0;) {
    place->a += walk->a[axis];
    place->b += walk->b[axis];
    if (++place->index[axis] < walk->sizes[axis]) return;
    place->a -= walk->a[axis] * walk->sizes[axis];
    place->b -= walk->b[axis] * walk->sizes[axis];
    place->index[axis] = 0;
  }
}

#endif
