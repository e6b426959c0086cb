// The gather before, and the scatter after, a convolution's matrix product.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

/// The part [first, last) of a window's columns that lies inside the input, for output column x.
static inline void columns_inside(const engram_window *w, size_t x, size_t *first, size_t *last) {
  ptrdiff_t start = (ptrdiff_t)(x * w->stride) - (ptrdiff_t)w->left;
  ptrdiff_t end = (ptrdiff_t)w->width - start;
  *first = start < 0 ? (size_t)-start : 0;
  *last = end < 0 ? 0 : (size_t)end < w->window_width ? (size_t)end : w->window_width;
  if (*first > *last) *first = *last;
}

void engram_patches(const float *restrict input, const engram_window *w, size_t patch_rows, size_t row_step,
                    size_t rows_per_patch, float *restrict patches) {
  const size_t c = w->channels, run = w->window_width * c;
  float *target = patches;
  for (size_t r = 0; r < patch_rows; r++)
    for (size_t x = 0; x < w->out_width; x++) {
      size_t first, last;
      columns_inside(w, x, &first, &last);
      for (size_t k = 0; k < rows_per_patch; k++, target += run) {
        ptrdiff_t row = (ptrdiff_t)(r * row_step + k) - (ptrdiff_t)w->top;
        if (row < 0 || row >= (ptrdiff_t)w->height || first == last) {
          memset(target, 0, run * sizeof(float));
          continue;
        }
        const float *source = input + ((size_t)row * w->width + x * w->stride + first - w->left) * c;
        if (first > 0) memset(target, 0, first * c * sizeof(float));
        memcpy(target + first * c, source, (last - first) * c * sizeof(float));
        if (last < w->window_width)
          memset(target + last * c, 0, (w->window_width - last) * c * sizeof(float));
      }
    }
}

ENGRAM_KERNEL(void, engram_patches_backward,
    (const float *restrict patches, const engram_window *w, size_t patch_rows, size_t row_step, size_t rows_per_patch,
      float *restrict input_gradient),
    (patches, w, patch_rows, row_step, rows_per_patch, input_gradient)) {
  const size_t c = w->channels, run = w->window_width * c;
  const float *source = patches;
  for (size_t r = 0; r < patch_rows; r++)
    for (size_t x = 0; x < w->out_width; x++) {
      size_t first, last;
      columns_inside(w, x, &first, &last);
      for (size_t k = 0; k < rows_per_patch; k++, source += run) {
        ptrdiff_t row = (ptrdiff_t)(r * row_step + k) - (ptrdiff_t)w->top;
        if (row < 0 || row >= (ptrdiff_t)w->height || first == last) continue;
        float *target = input_gradient + ((size_t)row * w->width + x * w->stride + first - w->left) * c;
        const float *inside = source + first * c;
        for (size_t i = 0; i < (last - first) * c; i++) target[i] += inside[i];
      }
    }
}
