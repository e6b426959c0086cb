// Max pooling over channels-last maps: the inner loops run over channels, so they vectorise.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

enum { chunk = 32 };  // channels held in registers at a time

typedef struct {
  size_t first_row, last_row, first_column, last_column;  // of the input, cut at its border
  size_t row_step, column_step;
} region;

/// The first of `first`, `first` + step, … that is not negative.
static inline size_t first_inside(ptrdiff_t first, size_t step) {
  return first >= 0 ? (size_t)first : (step - (size_t)-first % step) % step;
}

static inline size_t last_inside(ptrdiff_t last, size_t size) {
  return last < 0 ? 0 : (size_t)last < size ? (size_t)last : size;
}

static inline region window_region(const engram_window *w, size_t y, size_t x) {
  const ptrdiff_t top = (ptrdiff_t)(y * w->stride) - (ptrdiff_t)w->top;
  const ptrdiff_t left = (ptrdiff_t)(x * w->column_stride) - (ptrdiff_t)w->left;
  const ptrdiff_t bottom = top + (ptrdiff_t)((w->window_height - 1) * w->row_dilation + 1);
  const ptrdiff_t right = left + (ptrdiff_t)((w->window_width - 1) * w->column_dilation + 1);
  return (region){first_inside(top, w->row_dilation), last_inside(bottom, w->height),
                  first_inside(left, w->column_dilation), last_inside(right, w->width),
                  w->row_dilation, w->column_dilation};
}

/// Of outputs to a fixed size.
static inline region bin_region(size_t height, size_t width, size_t out_height, size_t out_width, size_t y, size_t x) {
  return (region){y * height / out_height, ((y + 1) * height + out_height - 1) / out_height,
                  x * width / out_width, ((x + 1) * width + out_width - 1) / out_width, 1, 1};
}

static inline __attribute__((always_inline)) void pool(const float *restrict x, size_t width, size_t channels, region r,
                                                       size_t c0, size_t n, float *restrict y) {
  float best[chunk];
  for (size_t c = 0; c < n; c++) best[c] = -__builtin_inff();
  for (size_t row = r.first_row; row < r.last_row; row += r.row_step)
    for (size_t column = r.first_column; column < r.last_column; column += r.column_step) {
      const float *value = x + (row * width + column) * channels + c0;
      for (size_t c = 0; c < n; c++) best[c] = best[c] >= value[c] || best[c] != best[c] ? best[c] : value[c];
    }
  for (size_t c = 0; c < n; c++) y[c0 + c] = best[c];
}

static inline __attribute__((always_inline)) void pool_all(const float *restrict x, size_t width, size_t channels,
                                                           region r, float *restrict y) {
  size_t c0 = 0;
  for (; c0 + chunk <= channels; c0 += chunk) pool(x, width, channels, r, c0, chunk, y);
  if (c0 < channels) pool(x, width, channels, r, c0, channels - c0, y);
}

ENGRAM_KERNEL(void, engram_max_pool,
    (const float *restrict x, const engram_window *w, float *restrict y),
    (x, w, y)) {
  for (size_t oy = 0; oy < w->out_height; oy++)
    for (size_t ox = 0; ox < w->out_width; ox++, y += w->channels)
      pool_all(x, w->width, w->channels, window_region(w, oy, ox), y);
}

ENGRAM_KERNEL(void, engram_adaptive_max_pool,
    (const float *restrict x, size_t height, size_t width, size_t channels, size_t out_height, size_t out_width, float
      *restrict y),
    (x, height, width, channels, out_height, out_width, y)) {
  for (size_t oy = 0; oy < out_height; oy++)
    for (size_t ox = 0; ox < out_width; ox++, y += channels)
      pool_all(x, width, channels, bin_region(height, width, out_height, out_width, oy, ox), y);
}

static inline __attribute__((always_inline)) void unpool(const float *restrict x, const float *restrict y,
                                                         const float *restrict dy, size_t width,
                                                         size_t channels, region r, size_t c0, size_t n,
                                                         float *restrict dx) {
  float left[chunk];  // the gradient not given away yet
  for (size_t c = 0; c < n; c++) left[c] = dy[c0 + c];
  for (size_t row = r.first_row; row < r.last_row; row += r.row_step)
    for (size_t column = r.first_column; column < r.last_column; column += r.column_step) {
      size_t at = (row * width + column) * channels + c0;
      for (size_t c = 0; c < n; c++) {
        int taken = x[at + c] == y[c0 + c];
        dx[at + c] += taken ? left[c] : 0;
        left[c] = taken ? 0 : left[c];
      }
    }
}

typedef float lanes __attribute__((vector_size(64), aligned(4)));
typedef int mask __attribute__((vector_size(64)));
enum { LANES = 16 };

/// The same of 16 channels, whose greatest value and gradient stay in registers.
static inline __attribute__((always_inline)) void unpool_lanes(const float *restrict x, const float *restrict y,
                                                               const float *restrict dy, size_t width, size_t channels,
                                                               region r, float *restrict dx) {
  const lanes most = *(const lanes *)y;
  mask left = (mask) * (const lanes *)dy;
  for (size_t row = r.first_row; row < r.last_row; row += r.row_step)
    for (size_t column = r.first_column; column < r.last_column; column += r.column_step) {
      const size_t at = (row * width + column) * channels;
      const mask taken = *(const lanes *)(x + at) == most;
      *(lanes *)(dx + at) += (lanes)(left & taken);
      left &= ~taken;
    }
}

static inline __attribute__((always_inline)) void unpool_all(const float *restrict x, const float *restrict y,
                                                             const float *restrict dy, size_t width, size_t channels,
                                                             region r, float *restrict dx) {
  size_t c0 = 0;
  for (; c0 + LANES <= channels; c0 += LANES) unpool_lanes(x + c0, y + c0, dy + c0, width, channels, r, dx + c0);
  if (c0 < channels) unpool(x, y, dy, width, channels, r, c0, channels - c0, dx);
}

ENGRAM_KERNEL(void, engram_max_pool_backward,
    (const float *restrict x, const float *restrict y, const float *restrict dy, const engram_window *w, float
      *restrict dx),
    (x, y, dy, w, dx)) {
  memset(dx, 0, w->height * w->width * w->channels * sizeof(float));
  for (size_t oy = 0; oy < w->out_height; oy++)
    for (size_t ox = 0; ox < w->out_width; ox++, y += w->channels, dy += w->channels)
      unpool_all(x, y, dy, w->width, w->channels, window_region(w, oy, ox), dx);
}

ENGRAM_KERNEL(void, engram_adaptive_max_pool_backward,
    (const float *restrict x, const float *restrict y, const float *restrict dy, size_t height, size_t width, size_t
      channels, size_t out_height, size_t out_width, float *restrict dx),
    (x, y, dy, height, width, channels, out_height, out_width, dx)) {
  memset(dx, 0, height * width * channels * sizeof(float));
  for (size_t oy = 0; oy < out_height; oy++)
    for (size_t ox = 0; ox < out_width; ox++, y += channels, dy += channels)
      unpool_all(x, y, dy, width, channels, bin_region(height, width, out_height, out_width, oy, ox), dx);
}
