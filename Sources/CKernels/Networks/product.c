// The product under all of inference's convolutions, the packing of its weights, and the copy that adds padding.
#include <string.h>

#include "ckernels.h"

/// Floats of a cache line.
#define LINE 16
#define TEMPLATE "Networks/product_template.h"
#include "../vector_levels.h"

void engram_multiply(const engram_product *product) { ENGRAM_BEST(multiply)(product); }

size_t engram_panel_count(size_t outputs, size_t depth) {
  return (outputs + ENGRAM_PANEL - 1) / ENGRAM_PANEL * ENGRAM_PANEL * depth;
}

void engram_pack_panels(const float *restrict weight, size_t outputs, size_t depth, float *restrict panels) {
  for (size_t n = 0; n < outputs; n += ENGRAM_PANEL, panels += ENGRAM_PANEL * depth) {
    const size_t width = outputs - n < ENGRAM_PANEL ? outputs - n : ENGRAM_PANEL;
    if (width < ENGRAM_PANEL) memset(panels, 0, ENGRAM_PANEL * depth * sizeof(float));
    engram_transpose32(weight + n * depth, depth, width, depth, panels, ENGRAM_PANEL);
  }
}

void engram_pad(const float *restrict x, size_t height, size_t width, size_t channels, ptrdiff_t first_row,
                size_t rows, ptrdiff_t first_column, size_t columns, float *restrict target) {
  const ptrdiff_t end = (ptrdiff_t)width - first_column;
  const size_t before = first_column < 0 ? (size_t)-first_column : 0;
  const size_t inside = end < (ptrdiff_t)columns ? (size_t)end : columns;
  for (size_t r = 0; r < rows; r++, target += columns * channels) {
    const ptrdiff_t row = first_row + (ptrdiff_t)r;
    if (row < 0 || row >= (ptrdiff_t)height) {
      memset(target, 0, columns * channels * sizeof(float));
      continue;
    }
    const float *source = x + ((size_t)row * width + (size_t)(first_column + (ptrdiff_t)before)) * channels;
    memset(target, 0, before * channels * sizeof(float));
    memcpy(target + before * channels, source, (inside - before) * channels * sizeof(float));
    memset(target + inside * channels, 0, (columns - inside) * channels * sizeof(float));
  }
}
