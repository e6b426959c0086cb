// The bits of a tile of a layer, some outputs × some columns, of all samples at once, and how many samples of every group
// have each of them. Bits are those of engram_significance; they are never stored, for what a tile needs fits the cache.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"
#include "significant.h"

typedef uint8_t byte64v __attribute__((ext_vector_type(64)));
typedef _Bool bool64v __attribute__((ext_vector_type(64)));

// Samples whose thresholds stay in the L1 cache while all columns pass.
enum { BLOCK = 64 };

// Of one column and some samples; n_vectors is known where it is called.
static inline __attribute__((always_inline)) void column_bits(
    const engram_tile *t, size_t c, const uint32_t *active, size_t n_active, size_t n_vectors, uint64_t *words) {
  float16v weights[ENGRAM_TILE_ROWS / 16];
  for (size_t v = 0; v < n_vectors; v++) weights[v] = load16(t->weights + c * t->stride + 16 * v);
  for (size_t k = 0; k < n_active; k++) {
    const float x = t->x[active[k] * t->x_stride + c], *tau = t->thresholds + active[k] * t->stride;
    uint64_t word = 0;
    for (size_t v = 0; v < n_vectors; v++) word |= (uint64_t)significant(weights[v], x, tau + 16 * v) << 16 * v;
    words[k] = word;
  }
}

ENGRAM_KERNEL(void, engram_tile_bits,
    (const engram_tile *t, uint64_t *words, uint32_t *samples, size_t *counts), (t, words, samples, counts)) {
  for (size_t c = 0; c < t->n_columns; c++) counts[c] = 0;
  for (size_t first = 0; first < t->n_samples; first += BLOCK) {
    const size_t end = first + BLOCK < t->n_samples ? first + BLOCK : t->n_samples;
    for (size_t c = 0; c < t->n_columns; c++) {
      // Whether an input is zero is a matter of chance: no branch is to guess it.
      uint32_t active[BLOCK];
      size_t n_active = 0;
      for (size_t s = first; s < end; s++) {
        active[n_active] = (uint32_t)s;
        n_active += t->x[s * t->x_stride + c] != 0;
      }
      const size_t at = c * t->n_samples + counts[c];
      memcpy(samples + at, active, n_active * sizeof *active);
      counts[c] += n_active;
      switch (t->stride / 16) {
        case 1: column_bits(t, c, active, n_active, 1, words + at); break;
        case 2: column_bits(t, c, active, n_active, 2, words + at); break;
        case 3: column_bits(t, c, active, n_active, 3, words + at); break;
        default: column_bits(t, c, active, n_active, 4, words + at);
      }
    }
  }
}

static inline __attribute__((always_inline)) void flush(uint8_t *sums, uint8_t *uses, size_t n_rows, uint32_t *counters) {
  if (n_rows == ENGRAM_TILE_ROWS)
    for (size_t r = 0; r < ENGRAM_TILE_ROWS; r++) counters[r] += sums[r];
  else
    for (size_t r = 0; r < n_rows; r++) counters[r] += sums[r];
  memset(sums, 0, ENGRAM_TILE_ROWS);
  *uses = 0;
}

// Bytes sum up to 255 samples of a group before the 32-bit counters are touched.
ENGRAM_KERNEL(void, engram_tile_counts,
    (const uint64_t *words, const uint32_t *samples, const size_t *counts, size_t n_samples, size_t n_columns,
      size_t n_rows, const uint32_t *groups, size_t n_groups, uint8_t *room, uint32_t *counters),
    (words, samples, counts, n_samples, n_columns, n_rows, groups, n_groups, room, counters)) {
  uint8_t *sums = room, *uses = room + ENGRAM_TILE_ROWS * n_groups;
  memset(room, 0, (ENGRAM_TILE_ROWS + 1) * n_groups);
  const size_t cells = n_columns * n_rows;
  for (size_t c = 0; c < n_columns; c++, words += n_samples, samples += n_samples) {
    for (size_t k = 0; k < counts[c];) {
      const size_t group = groups[samples[k]];
      if (group >= n_groups) {
        k++;
        continue;
      }
      uint8_t *own = sums + ENGRAM_TILE_ROWS * group, used = uses[group];
      byte64v sum;
      memcpy(&sum, own, sizeof sum);
      // Samples of one group in a row leave memory alone.
      do {
        bool64v bits;
        memcpy(&bits, words + k, sizeof bits);
        sum += __builtin_convertvector(bits, byte64v);
        k++;
        used++;
      } while (used < UINT8_MAX && k < counts[c] && groups[samples[k]] == group);
      memcpy(own, &sum, sizeof sum);
      uses[group] = used;
      if (used == UINT8_MAX) flush(own, uses + group, n_rows, counters + group * cells + c * n_rows);
    }
    for (size_t group = 0; group < n_groups; group++)
      if (uses[group])
        flush(sums + ENGRAM_TILE_ROWS * group, uses + group, n_rows, counters + group * cells + c * n_rows);
  }
}
