// Transposing: bits for the dense form, 32-bit elements for weights and counters.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

ENGRAM_KERNEL(void, engram_transpose64, (uint64_t *block), (block)) {
  uint64_t mask = 0xFFFFFFFF;
  for (size_t width = 32; width > 0; width >>= 1, mask ^= mask << width) {
    for (size_t k = 0; k < 64; k += 2 * width) {
      for (size_t i = k; i < k + width; i++) {
        const uint64_t swap = ((block[i] >> width) ^ block[i + width]) & mask;
        block[i] ^= swap << width;
        block[i + width] ^= swap;
      }
    }
  }
}

// A tile is read by whole cache lines, turned in registers and written by whole lines: a stride of a
// power of two would otherwise throw its own lines out of the cache.
enum { TILE = 16 };

typedef uint32_t uint16v __attribute__((ext_vector_type(16)));

/// Of each quarter of two rows the elements a and b, in turns: a of the first row, a of the second, b of both.
#define ZIP(x, y, a, b)                                                                                              \
  __builtin_shufflevector(x, y, a, 16 + a, b, 16 + b, 4 + a, 20 + a, 4 + b, 20 + b, 8 + a, 24 + a, 8 + b, 24 + b, \
                          12 + a, 28 + a, 12 + b, 28 + b)
/// Of each quarter of two rows the half that begins at element a.
#define HALVES(x, y, a)                                                                                              \
  __builtin_shufflevector(x, y, a, 1 + a, 16 + a, 17 + a, 4 + a, 5 + a, 20 + a, 21 + a, 8 + a, 9 + a, 24 + a, 25 + a, \
                          12 + a, 13 + a, 28 + a, 29 + a)
/// Two quarters of each of two rows, those that begin at elements a and b.
#define QUARTERS(x, y, a, b)                                                                                         \
  __builtin_shufflevector(x, y, a, 1 + a, 2 + a, 3 + a, b, 1 + b, 2 + b, 3 + b, 16 + a, 17 + a, 18 + a, 19 + a, 16 + b, \
                          17 + b, 18 + b, 19 + b)

/// A whole tile: copies of a size that is known are single instructions.
static inline __attribute__((always_inline)) void turn_tile(const uint32_t *from, size_t source_stride, uint32_t *to,
                                                            size_t target_stride) {
  uint16v rows[TILE], pairs[TILE], fours[TILE];
  for (size_t i = 0; i < TILE; i++) memcpy(&rows[i], from + i * source_stride, sizeof rows[i]);
  for (size_t i = 0; i < TILE; i += 2) {
    pairs[i] = ZIP(rows[i], rows[i + 1], 0, 1);
    pairs[i + 1] = ZIP(rows[i], rows[i + 1], 2, 3);
  }
  // Quarter q of fours[i + c] is column 4 q + c of rows i to i + 3.
  for (size_t i = 0; i < TILE; i += 4)
    for (size_t c = 0; c < 2; c++) {
      fours[i + 2 * c] = HALVES(pairs[i + c], pairs[i + c + 2], 0);
      fours[i + 2 * c + 1] = HALVES(pairs[i + c], pairs[i + c + 2], 2);
    }
  for (size_t c = 0; c < 4; c++) {
    const uint16v left[] = {QUARTERS(fours[c], fours[4 + c], 0, 4), QUARTERS(fours[c], fours[4 + c], 8, 12)};
    const uint16v right[] = {QUARTERS(fours[8 + c], fours[12 + c], 0, 4), QUARTERS(fours[8 + c], fours[12 + c], 8, 12)};
    for (size_t half = 0; half < 2; half++) {
      const uint16v even = QUARTERS(left[half], right[half], 0, 8), odd = QUARTERS(left[half], right[half], 4, 12);
      memcpy(to + (8 * half + c) * target_stride, &even, sizeof even);
      memcpy(to + (8 * half + 4 + c) * target_stride, &odd, sizeof odd);
    }
  }
}

ENGRAM_KERNEL(void, engram_transpose32,
    (const void *source, size_t source_stride, size_t n_rows, size_t n_cols, void *target, size_t target_stride),
    (source, source_stride, n_rows, n_cols, target, target_stride)) {
  const uint32_t *from = source;
  uint32_t *to = target;
  for (size_t r = 0; r < n_rows; r += TILE) {
    const size_t height = n_rows - r < TILE ? n_rows - r : TILE;
    for (size_t c = 0; c < n_cols; c += TILE) {
      const size_t width = n_cols - c < TILE ? n_cols - c : TILE;
      if (height == TILE && width == TILE) {
        turn_tile(from + r * source_stride + c, source_stride, to + c * target_stride + r, target_stride);
        continue;
      }
      uint32_t tile[TILE][TILE] = {{0}}, turned[TILE][TILE];
      for (size_t i = 0; i < height; i++) {
        memcpy(tile[i], from + (r + i) * source_stride + c, width * sizeof *from);
      }
      for (size_t i = 0; i < TILE; i++) {
        for (size_t j = 0; j < TILE; j++) turned[j][i] = tile[i][j];
      }
      for (size_t j = 0; j < width; j++) {
        memcpy(to + (c + j) * target_stride + r, turned[j], height * sizeof *to);
      }
    }
  }
}
