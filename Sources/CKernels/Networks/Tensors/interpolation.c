// Bilinear interpolation of channels-last maps, from taps that are found beforehand.
#include "ckernels.h"
#include "../../levels.h"

ENGRAM_KERNEL(void, engram_interpolate,
    (const float *restrict x, size_t width, size_t channels, const engram_taps *rows, const engram_taps *columns,
      size_t first, size_t last, size_t out_width, float *restrict y),
    (x, width, channels, rows, columns, first, last, out_width, y)) {
  for (size_t r = first; r < last; r++) {
    const float down = rows->fractions[r], up = 1 - down;
    const float *restrict upper = x + (size_t)rows->lower[r] * width * channels;
    const float *restrict lower = x + (size_t)rows->upper[r] * width * channels;
    for (size_t k = 0; k < out_width; k++) {
      const float right = columns->fractions[k], left = 1 - right;
      const size_t from = (size_t)columns->lower[k] * channels, to = (size_t)columns->upper[k] * channels;
      float *restrict target = y + (r * out_width + k) * channels;
      for (size_t c = 0; c < channels; c++)
        target[c] = up * (left * upper[from + c] + right * upper[to + c])
                    + down * (left * lower[from + c] + right * lower[to + c]);
    }
  }
}

static inline __attribute__((always_inline)) void add_scaled(float *restrict sum, const float *restrict x, size_t n,
                                                             float scale) {
  for (size_t c = 0; c < n; c++) sum[c] += scale * x[c];
}

ENGRAM_KERNEL(void, engram_interpolate_backward,
    (const float *restrict dy, size_t width, size_t channels, const engram_taps *rows, const engram_taps *columns,
      size_t out_height, size_t out_width, float *restrict dx),
    (dy, width, channels, rows, columns, out_height, out_width, dx)) {
  for (size_t r = 0; r < out_height; r++) {
    const float down = rows->fractions[r], up = 1 - down;
    float *upper = dx + (size_t)rows->lower[r] * width * channels;
    float *lower = dx + (size_t)rows->upper[r] * width * channels;
    for (size_t k = 0; k < out_width; k++, dy += channels) {
      const float right = columns->fractions[k], left = 1 - right;
      const size_t from = (size_t)columns->lower[k] * channels, to = (size_t)columns->upper[k] * channels;
      add_scaled(upper + from, dy, channels, up * left);
      add_scaled(upper + to, dy, channels, up * right);
      add_scaled(lower + from, dy, channels, down * left);
      add_scaled(lower + to, dy, channels, down * right);
    }
  }
}
