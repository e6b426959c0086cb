// Depthwise convolution: a channel's outputs are made of that channel alone. Vectors hold channels.
#include <string.h>

#include "ckernels.h"
#include "column_tiles.h"

/// The rows of the window that lie in the map, where its first one lies at `row`.
static void depthwise_taps(const engram_window *w, ptrdiff_t row, size_t *first, size_t *last) {
  const ptrdiff_t dilation = (ptrdiff_t)w->row_dilation, taps = (ptrdiff_t)w->window_height;
  const ptrdiff_t above = row < 0 ? (-row + dilation - 1) / dilation : 0;
  const ptrdiff_t left = (ptrdiff_t)w->height - row;
  const ptrdiff_t below = left > 0 ? (left + dilation - 1) / dilation : 0;
  *last = (size_t)(below < taps ? below : taps);
  *first = (size_t)above < *last ? (size_t)above : *last;
}

#define TEMPLATE "Networks/depthwise_template.h"
#include "../vector_levels.h"

/// Fewer channels than a block has.
static void depthwise_few(const float *x, const engram_window *w, const float *weights, const float *bias,
                          int rectified, size_t first_row, size_t rows, float *y) {
  for (size_t r = first_row; r < first_row + rows; r++) {
    const ptrdiff_t row = (ptrdiff_t)(r * w->stride) - (ptrdiff_t)w->top;
    size_t first, last;
    depthwise_taps(w, row, &first, &last);
    for (size_t c = 0; c < w->out_width; c++) {
      float sum[16] = {0};
      if (bias) memcpy(sum, bias, w->channels * sizeof *sum);
      for (size_t i = first; i < last; i++)
        for (size_t j = 0; j < w->window_width; j++) {
          const ptrdiff_t column = (ptrdiff_t)(c * w->column_stride + j * w->column_dilation) - (ptrdiff_t)w->left;
          if (column < 0 || column >= (ptrdiff_t)w->width) continue;
          const size_t at = ((size_t)(row + (ptrdiff_t)(i * w->row_dilation)) * w->width + (size_t)column) * w->channels;
          const float *weight = weights + (i * w->window_width + j) * 16;
          for (size_t k = 0; k < w->channels; k++) sum[k] += weight[k] * x[at + k];
        }
      float *target = y + (r * w->out_width + c) * w->channels;
      for (size_t k = 0; k < w->channels; k++) target[k] = rectified && sum[k] < 0 ? 0 : sum[k];
    }
  }
}

void engram_depthwise(const float *x, const engram_window *w, const float *weights, const float *bias, int rectified,
                      size_t first_row, size_t rows, float *y) {
  if (w->channels < 16)
    depthwise_few(x, w, weights, bias, rectified, first_row, rows, y);
  else
    ENGRAM_BEST(depthwise)(x, w, weights, bias, rectified, first_row, rows, y);
}

size_t engram_depthwise_count(size_t channels, size_t taps) { return (channels + 15) / 16 * 16 * taps; }

void engram_pack_depthwise(const float *restrict weight, size_t channels, size_t taps, float *restrict packed) {
  for (size_t b = 0; b < channels; b += 16) {
    const size_t first = b + 16 <= channels ? b : channels < 16 ? 0 : channels - 16;
    for (size_t t = 0; t < taps; t++, packed += 16)
      for (size_t k = 0; k < 16; k++) packed[k] = first + k < channels ? weight[(first + k) * taps + t] : 0;
  }
}
