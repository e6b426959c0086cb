// Elements moved to other places, in runs or one by one.
#include <string.h>

#include "ckernels.h"
#include "../../levels.h"

void engram_copy_runs(const float *restrict x, const engram_run *runs, size_t first, size_t last, float fill,
                      float *restrict y) {
  for (size_t at = first; at < last; runs++) {
    const size_t skipped = at - (size_t)runs->to, rest = (size_t)runs->length - skipped;
    const size_t count = rest < last - at ? rest : last - at;
    if (runs->from < 0)
      for (size_t i = 0; i < count; i++) y[at + i] = fill;
    else
      memcpy(y + at, x + (size_t)runs->from + skipped, count * sizeof(float));
    at += count;
  }
}

ENGRAM_KERNEL(void, engram_add_runs,
    (const float *restrict dy, const engram_run *runs, size_t count, float *restrict dx),
    (dy, runs, count, dx)) {
  for (size_t r = 0; r < count; r++) {
    if (runs[r].from < 0) continue;
    const float *restrict from = dy + runs[r].to;
    float *restrict to = dx + runs[r].from;
    for (size_t i = 0; i < (size_t)runs[r].length; i++) to[i] += from[i];
  }
}

ENGRAM_KERNEL(void, engram_transpose_columns,
    (const float *restrict x, size_t rows, size_t columns, size_t first, size_t last, float *restrict y),
    (x, rows, columns, first, last, y)) {
  enum { tile = 16 };
  for (size_t from = 0; from < rows; from += tile) {
    const size_t to = from + tile < rows ? from + tile : rows;
    for (size_t c = first; c < last; c++)
      for (size_t r = from; r < to; r++) y[c * rows + r] = x[r * columns + c];
  }
}

void engram_gather(const float *restrict x, const int32_t *restrict indices, size_t count, float fill,
                   float *restrict y) {
  for (size_t i = 0; i < count; i++) y[i] = indices[i] < 0 ? fill : x[indices[i]];
}

void engram_scatter(const float *restrict dy, const int32_t *restrict indices, size_t count, float *restrict dx) {
  for (size_t i = 0; i < count; i++)
    if (indices[i] >= 0) dx[indices[i]] += dy[i];
}
