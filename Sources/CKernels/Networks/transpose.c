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

// A tile is read by whole cache lines, turned in place and written by whole lines: a stride of a
// power of two would otherwise throw its own lines out of the cache.
enum { TILE = 16 };

/// A whole tile: copies of a size that is known are single instructions.
static inline __attribute__((always_inline)) void turn_tile(const uint32_t *from, size_t source_stride, uint32_t *to,
                                                            size_t target_stride) {
  uint32_t tile[TILE][TILE], turned[TILE][TILE];
  for (size_t i = 0; i < TILE; i++) memcpy(tile[i], from + i * source_stride, sizeof tile[i]);
  for (size_t i = 0; i < TILE; i++)
    for (size_t j = 0; j < TILE; j++) turned[j][i] = tile[i][j];
  for (size_t j = 0; j < TILE; j++) memcpy(to + j * target_stride, turned[j], sizeof turned[j]);
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
