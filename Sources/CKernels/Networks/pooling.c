// Max pooling over channels-last maps: the inner loops run over channels, so they vectorise.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

enum { chunk = 32 };  // channels held in registers at a time

typedef struct {
  size_t first_row, last_row, first_column, last_column;  // of the input, cut at its border
} region;

static inline region window_region(const engram_window *w, size_t y, size_t x) {
  ptrdiff_t top = (ptrdiff_t)(y * w->stride) - (ptrdiff_t)w->top;
  ptrdiff_t left = (ptrdiff_t)(x * w->stride) - (ptrdiff_t)w->left;
  ptrdiff_t bottom = top + (ptrdiff_t)w->window_height, right = left + (ptrdiff_t)w->window_width;
  if (bottom > (ptrdiff_t)w->height) bottom = (ptrdiff_t)w->height;
  if (right > (ptrdiff_t)w->width) right = (ptrdiff_t)w->width;
  return (region){top < 0 ? 0 : (size_t)top, (size_t)bottom, left < 0 ? 0 : (size_t)left, (size_t)right};
}

static inline __attribute__((always_inline)) void pool(const float *restrict x, const engram_window *w, region r,
                                                       size_t c0, size_t n, float *restrict y) {
  float best[chunk];
  const float *start = x + (r.first_row * w->width + r.first_column) * w->channels + c0;
  for (size_t c = 0; c < n; c++) best[c] = start[c];
  for (size_t row = r.first_row; row < r.last_row; row++)
    for (size_t column = r.first_column; column < r.last_column; column++) {
      const float *value = x + (row * w->width + column) * w->channels + c0;
      for (size_t c = 0; c < n; c++) best[c] = best[c] >= value[c] || best[c] != best[c] ? best[c] : value[c];
    }
  for (size_t c = 0; c < n; c++) y[c0 + c] = best[c];
}

ENGRAM_KERNEL(void, engram_max_pool,
    (const float *restrict x, const engram_window *w, float *restrict y),
    (x, w, y)) {
  for (size_t oy = 0; oy < w->out_height; oy++)
    for (size_t ox = 0; ox < w->out_width; ox++, y += w->channels) {
      region r = window_region(w, oy, ox);
      size_t c0 = 0;
      for (; c0 + chunk <= w->channels; c0 += chunk) pool(x, w, r, c0, chunk, y);
      if (c0 < w->channels) pool(x, w, r, c0, w->channels - c0, y);
    }
}

static inline __attribute__((always_inline)) void unpool(const float *restrict x, const float *restrict y,
                                                         const float *restrict dy, const engram_window *w,
                                                         region r, size_t c0, size_t n, float *restrict dx) {
  float left[chunk];  // the gradient not given away yet
  for (size_t c = 0; c < n; c++) left[c] = dy[c0 + c];
  for (size_t row = r.first_row; row < r.last_row; row++)
    for (size_t column = r.first_column; column < r.last_column; column++) {
      size_t at = (row * w->width + column) * w->channels + c0;
      for (size_t c = 0; c < n; c++) {
        int taken = x[at + c] == y[c0 + c];
        dx[at + c] += taken ? left[c] : 0;
        left[c] = taken ? 0 : left[c];
      }
    }
}

ENGRAM_KERNEL(void, engram_max_pool_backward,
    (const float *restrict x, const float *restrict y, const float *restrict dy, const engram_window *w, float
      *restrict dx),
    (x, y, dy, w, dx)) {
  memset(dx, 0, w->height * w->width * w->channels * sizeof(float));
  for (size_t oy = 0; oy < w->out_height; oy++)
    for (size_t ox = 0; ox < w->out_width; ox++, y += w->channels, dy += w->channels) {
      region r = window_region(w, oy, ox);
      size_t c0 = 0;
      for (; c0 + chunk <= w->channels; c0 += chunk) unpool(x, y, dy, w, r, c0, chunk, dx);
      if (c0 < w->channels) unpool(x, y, dy, w, r, c0, w->channels - c0, dx);
    }
}
