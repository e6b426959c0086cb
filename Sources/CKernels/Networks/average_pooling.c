// Average pooling over channels-last maps, with a fixed window and to a fixed size.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

static inline __attribute__((always_inline)) void add(float *restrict sum, const float *restrict x, size_t n) {
  for (size_t c = 0; c < n; c++) sum[c] += x[c];
}

static inline __attribute__((always_inline)) void add_scaled(float *restrict sum, const float *restrict x,
                                                             size_t n, float scale) {
  for (size_t c = 0; c < n; c++) sum[c] += scale * x[c];
}

typedef struct {
  size_t first, last;
} range;

static inline range window_range(size_t output, size_t stride, size_t before, size_t window, size_t size) {
  ptrdiff_t first = (ptrdiff_t)(output * stride) - (ptrdiff_t)before;
  ptrdiff_t last = first + (ptrdiff_t)window;
  if (last > (ptrdiff_t)size) last = (ptrdiff_t)size;
  return (range){first < 0 ? 0 : (size_t)first, last < 0 ? 0 : (size_t)last};
}

static inline range bin(size_t output, size_t outputs, size_t size) {
  return (range){output * size / outputs, ((output + 1) * size + outputs - 1) / outputs};
}

/// Of the window at one output, beyond the padding after the map counted for nothing.
static inline float window_scale(const engram_window *w, engram_divisor d, size_t oy, size_t ox, range rows,
                                 range columns) {
  if (d.fixed) return 1.0f / (float)d.fixed;
  if (!d.counts_padding) return 1.0f / (float)((rows.last - rows.first) * (columns.last - columns.first));
  size_t high = w->height + w->top + d.bottom - oy * w->stride;
  size_t wide = w->width + w->left + d.right - ox * w->column_stride;
  if (high > w->window_height) high = w->window_height;
  if (wide > w->window_width) wide = w->window_width;
  return 1.0f / (float)(high * wide);
}

ENGRAM_KERNEL(void, engram_average_pool,
    (const float *restrict x, const engram_window *w, engram_divisor divisor, float *restrict y),
    (x, w, divisor, y)) {
  for (size_t oy = 0; oy < w->out_height; oy++)
    for (size_t ox = 0; ox < w->out_width; ox++, y += w->channels) {
      range rows = window_range(oy, w->stride, w->top, w->window_height, w->height);
      range columns = window_range(ox, w->column_stride, w->left, w->window_width, w->width);
      const float scale = window_scale(w, divisor, oy, ox, rows, columns);
      memset(y, 0, w->channels * sizeof *y);
      for (size_t r = rows.first; r < rows.last; r++)
        for (size_t c = columns.first; c < columns.last; c++)
          add(y, x + (r * w->width + c) * w->channels, w->channels);
      for (size_t c = 0; c < w->channels; c++) y[c] *= scale;
    }
}

ENGRAM_KERNEL(void, engram_average_pool_backward,
    (const float *restrict dy, const engram_window *w, engram_divisor divisor, float *restrict dx),
    (dy, w, divisor, dx)) {
  memset(dx, 0, w->height * w->width * w->channels * sizeof *dx);
  for (size_t oy = 0; oy < w->out_height; oy++)
    for (size_t ox = 0; ox < w->out_width; ox++, dy += w->channels) {
      range rows = window_range(oy, w->stride, w->top, w->window_height, w->height);
      range columns = window_range(ox, w->column_stride, w->left, w->window_width, w->width);
      const float scale = window_scale(w, divisor, oy, ox, rows, columns);
      for (size_t r = rows.first; r < rows.last; r++)
        for (size_t c = columns.first; c < columns.last; c++)
          add_scaled(dx + (r * w->width + c) * w->channels, dy, w->channels, scale);
    }
}

ENGRAM_KERNEL(void, engram_adaptive_pool,
    (const float *restrict x, size_t height, size_t width, size_t channels, size_t count, size_t out_height, size_t
      out_width, float *restrict y),
    (x, height, width, channels, count, out_height, out_width, y)) {
  for (size_t oy = 0; oy < out_height; oy++)
    for (size_t ox = 0; ox < out_width; ox++, y += channels) {
      range rows = bin(oy, out_height, height), columns = bin(ox, out_width, width);
      memset(y, 0, count * sizeof *y);
      for (size_t r = rows.first; r < rows.last; r++)
        for (size_t c = columns.first; c < columns.last; c++) add(y, x + (r * width + c) * channels, count);
      const float size = (float)((rows.last - rows.first) * (columns.last - columns.first));
      for (size_t c = 0; c < count; c++) y[c] /= size;
    }
}

ENGRAM_KERNEL(void, engram_adaptive_pool_backward,
    (const float *restrict dy, size_t height, size_t width, size_t channels, size_t out_height, size_t out_width,
      float *restrict dx),
    (dy, height, width, channels, out_height, out_width, dx)) {
  memset(dx, 0, height * width * channels * sizeof *dx);
  for (size_t oy = 0; oy < out_height; oy++)
    for (size_t ox = 0; ox < out_width; ox++, dy += channels) {
      range rows = bin(oy, out_height, height), columns = bin(ox, out_width, width);
      const float scale = 1.0f / (float)((rows.last - rows.first) * (columns.last - columns.first));
      for (size_t r = rows.first; r < rows.last; r++)
        for (size_t c = columns.first; c < columns.last; c++)
          add_scaled(dx + (r * width + c) * channels, dy, channels, scale);
    }
}
