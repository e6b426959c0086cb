// How a row of outputs is cut into register tiles.
#ifndef ENGRAM_COLUMN_TILES_H
#define ENGRAM_COLUMN_TILES_H

#include <stddef.h>

/// The place in `sizes` (descending, the last 1) of the tile that begins at column *c of `columns`. A tile that overlaps
/// computed columns and finishes the row is taken rather than two; *c moves back for it.
static inline size_t tile_columns(const size_t *sizes, size_t columns, size_t *c) {
  const size_t left = columns - *c;
  size_t n = 0;
  while (sizes[n] > left) n++;
  if (sizes[n] < left && n > 0 && sizes[n - 1] <= columns) *c = columns - sizes[--n];
  return n;
}

#endif
