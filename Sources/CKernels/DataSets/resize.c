// Weighted sums along and across the rows of an image.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

typedef int32_t pixel_sums __attribute__((vector_size(16)));
typedef uint8_t pixel_bytes __attribute__((vector_size(4)));

static inline uint8_t byte_of(int32_t sum) {
  int32_t value = sum >> engram_resize_precision;
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

ENGRAM_KERNEL(void, engram_resize_row,
    (const uint8_t *restrict row, size_t width, const int32_t *restrict firsts, const int32_t *restrict counts, const
      int32_t *restrict weights, size_t stride, size_t out_width, uint8_t *restrict scratch, uint8_t *restrict out),
    (row, width, firsts, counts, weights, stride, out_width, scratch, out)) {
  for (size_t x = 0; x < width; x++) {
    for (size_t c = 0; c < 3; c++) scratch[4 * x + c] = row[3 * x + c];
    scratch[4 * x + 3] = 0;
  }
  const int32_t half = 1 << (engram_resize_precision - 1);
  for (size_t x = 0; x < out_width; x++) {
    pixel_sums sums = {half, half, half, half};
    const uint8_t *first = scratch + 4 * (size_t)firsts[x];
    const int32_t *own = weights + x * stride;
    for (int32_t i = 0; i < counts[x]; i++) {
      pixel_bytes pixel;
      memcpy(&pixel, first + 4 * (size_t)i, sizeof pixel);
      sums += __builtin_convertvector(pixel, pixel_sums) * own[i];
    }
    for (size_t c = 0; c < 3; c++) out[3 * x + c] = byte_of(sums[c]);
  }
}

enum { strip = 128 };

ENGRAM_KERNEL(void, engram_resize_column,
    (const uint8_t *restrict rows, size_t row_bytes, size_t count, const int32_t *restrict weights, uint8_t *restrict
      out),
    (rows, row_bytes, count, weights, out)) {
  const int32_t half = 1 << (engram_resize_precision - 1);
  for (size_t first = 0; first < row_bytes; first += strip) {
    size_t n = row_bytes - first < strip ? row_bytes - first : strip;
    int32_t sums[strip];
    for (size_t b = 0; b < n; b++) sums[b] = half;
    for (size_t i = 0; i < count; i++) {
      const uint8_t *row = rows + i * row_bytes + first;
      const int32_t weight = weights[i];
      for (size_t b = 0; b < n; b++) sums[b] += row[b] * weight;
    }
    for (size_t b = 0; b < n; b++) out[first + b] = byte_of(sums[b]);
  }
}
