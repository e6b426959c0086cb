// The bits of a tile of a layer, some outputs × some columns, of all samples at once, and how many samples of every group
// have each of them. Bits are those of engram_significance; they are never stored, for what a tile needs fits the cache.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"
#include "significant.h"

typedef uint8_t byte64v __attribute__((ext_vector_type(64)));
typedef uint32_t count64v __attribute__((ext_vector_type(64)));
typedef _Bool bool64v __attribute__((ext_vector_type(64)));

// Samples whose thresholds stay in the L1 cache while all columns pass, and columns that share a pass over their inputs.
enum { BLOCK = 64 };

// rows[i] bit j becomes rows[j] bit i.
static inline __attribute__((always_inline)) void transpose64(uint64_t rows[BLOCK]) {
  uint64_t mask = UINT32_MAX;
  for (size_t half = 32; half > 0; half /= 2, mask ^= mask << half)
    for (size_t first = 0; first < BLOCK; first += 2 * half)
      for (size_t i = first; i < first + half; i++) {
        const uint64_t moved = (rows[i] >> half ^ rows[i + half]) & mask;
        rows[i] ^= moved << half;
        rows[i + half] ^= moved;
      }
}

// active[c] bit s: whether the input of column first_column + c is not zero in sample first + s. Whether it is, is a matter of
// chance: no branch is to guess it.
static inline __attribute__((always_inline)) void active_samples(
    const engram_tile *t, size_t first, size_t n_samples, size_t first_column, size_t n_columns, uint64_t active[BLOCK]) {
  memset(active, 0, BLOCK * sizeof *active);
  for (size_t s = 0; s < n_samples; s++) {
    const float *x = t->x + (first + s) * t->x_stride + first_column;
    size_t c = 0;
    for (; c + 16 <= n_columns; c += 16) active[s] |= (uint64_t)nonzero(x + c) << c;
    for (; c < n_columns; c++) active[s] |= (uint64_t)(x[c] != 0) << c;
  }
  transpose64(active);
}

// Of one column and the samples from `first` on whose bit is set in `active`; n_vectors is known where it is called.
static inline __attribute__((always_inline)) void column_bits(
    const engram_tile *t, size_t c, size_t first, uint64_t active, size_t n_vectors, uint64_t *words, uint32_t *samples) {
  float16v weights[ENGRAM_TILE_ROWS / 16];
  for (size_t v = 0; v < n_vectors; v++) weights[v] = load16(t->weights + c * t->stride + 16 * v);
  for (size_t k = 0; active; k++, active &= active - 1) {
    const size_t s = first + (size_t)__builtin_ctzll(active);
    const float x = t->x[s * t->x_stride + c], *tau = t->thresholds + s * t->stride;
    // A word is stored in parts: put together in a register they would wait for each other. Parts lie as they do in memory.
    if (n_vectors < ENGRAM_TILE_ROWS / 16) words[k] = 0;
    for (size_t v = 0; v < n_vectors; v++) {
      const uint16_t part = significant(weights[v], x, tau + 16 * v);
      memcpy((char *)(words + k) + v * sizeof part, &part, sizeof part);
    }
    samples[k] = (uint32_t)s;
  }
}

ENGRAM_KERNEL(void, engram_tile_bits,
    (const engram_tile *t, uint64_t *words, uint32_t *samples, size_t *counts), (t, words, samples, counts)) {
  for (size_t c = 0; c < t->n_columns; c++) counts[c] = 0;
  for (size_t first = 0; first < t->n_samples; first += BLOCK) {
    const size_t n_samples = t->n_samples - first < BLOCK ? t->n_samples - first : BLOCK;
    for (size_t first_column = 0; first_column < t->n_columns; first_column += BLOCK) {
      const size_t n_columns = t->n_columns - first_column < BLOCK ? t->n_columns - first_column : BLOCK;
      uint64_t active[BLOCK];
      active_samples(t, first, n_samples, first_column, n_columns, active);
      for (size_t i = 0; i < n_columns; i++) {
        const size_t c = first_column + i, at = c * t->n_samples + counts[c];
        counts[c] += (size_t)__builtin_popcountll(active[i]);
        switch (t->stride / 16) {
          case 1: column_bits(t, c, first, active[i], 1, words + at, samples + at); break;
          case 2: column_bits(t, c, first, active[i], 2, words + at, samples + at); break;
          case 3: column_bits(t, c, first, active[i], 3, words + at, samples + at); break;
          default: column_bits(t, c, first, active[i], 4, words + at, samples + at);
        }
      }
    }
  }
}

// Sets the counters of all groups that were met, or adds to them, and forgets.
static inline __attribute__((always_inline)) void flush(
    uint8_t *sums, uint8_t *is_met, size_t n_groups, size_t n_rows, size_t cells, int adds, uint32_t *counters) {
  for (size_t group = 0; group < n_groups; group++, sums += ENGRAM_TILE_ROWS, counters += cells) {
    if (adds && !is_met[group]) continue;
    // As vectors: bytes might lie anywhere, the compiler would take them one by one.
    byte64v few;
    count64v counts;
    memcpy(&few, sums, sizeof few);
    counts = __builtin_convertvector(few, count64v);
    if (adds) {
      count64v before = 0;
      memcpy(&before, counters, n_rows * sizeof *counters);
      counts += before;
    }
    memcpy(counters, &counts, n_rows * sizeof *counters);
    memset(sums, 0, ENGRAM_TILE_ROWS);
    is_met[group] = 0;
  }
}

// The samples of the group that has most. `room`: 4 · n_groups bytes of zeros, and left so.
static size_t largest_group(const uint32_t *groups, size_t n_samples, size_t n_groups, uint8_t *room) {
  size_t most = 0;
  for (size_t s = 0; s < n_samples; s++) {
    if (groups[s] >= n_groups) continue;
    uint32_t count;
    memcpy(&count, room + 4 * groups[s], sizeof count);
    if (++count > most) most = count;
    memcpy(room + 4 * groups[s], &count, sizeof count);
  }
  memset(room, 0, 4 * n_groups);
  return most;
}

// Whether samples of one group are mostly side by side.
static int are_runs(const uint32_t *groups, size_t n_samples) {
  size_t changes = 0;
  for (size_t s = 1; s < n_samples; s++) changes += groups[s] != groups[s - 1];
  return 4 * changes < n_samples;
}

static inline __attribute__((always_inline)) void add_bits(byte64v *sum, const uint64_t *word) {
  bool64v bits;
  memcpy(&bits, word, sizeof bits);
  *sum += __builtin_convertvector(bits, byte64v);
}

// Samples of one group in a row leave memory alone.
static inline __attribute__((always_inline)) void add_runs(
    const uint64_t *words, const uint32_t *samples, size_t count, const uint32_t *groups, size_t n_groups, uint8_t *sums,
    uint8_t *is_met) {
  for (size_t k = 0; k < count;) {
    const size_t group = groups[samples[k]];
    if (group >= n_groups) {
      k++;
      continue;
    }
    is_met[group] = 1;
    byte64v sum;
    memcpy(&sum, sums + ENGRAM_TILE_ROWS * group, sizeof sum);
    do add_bits(&sum, words + k++);
    while (k < count && groups[samples[k]] == group);
    memcpy(sums + ENGRAM_TILE_ROWS * group, &sum, sizeof sum);
  }
}

// Of groups that change at random no branch is to guess. Those of no group share one more.
static inline __attribute__((always_inline)) void add_scattered(
    const uint64_t *words, const uint32_t *samples, size_t count, const uint32_t *groups, size_t n_groups, uint8_t *sums,
    uint8_t *is_met) {
  for (size_t k = 0; k < count; k++) {
    const size_t own = groups[samples[k]], group = own < n_groups ? own : n_groups;
    is_met[group] = 1;
    byte64v sum;
    memcpy(&sum, sums + ENGRAM_TILE_ROWS * group, sizeof sum);
    add_bits(&sum, words + k);
    memcpy(sums + ENGRAM_TILE_ROWS * group, &sum, sizeof sum);
  }
}

// Bytes sum up the samples of every group, as many as a byte counts, before the 32-bit counters are touched.
ENGRAM_KERNEL(void, engram_tile_counts,
    (const uint64_t *words, const uint32_t *samples, const size_t *counts, size_t n_samples, size_t n_columns,
      size_t n_rows, const uint32_t *groups, size_t n_groups, uint8_t *room, uint32_t *counters),
    (words, samples, counts, n_samples, n_columns, n_rows, groups, n_groups, room, counters)) {
  uint8_t *sums = room, *is_met = room + ENGRAM_TILE_ROWS * (n_groups + 1);
  memset(room, 0, (ENGRAM_TILE_ROWS + 1) * (n_groups + 1));
  const size_t most = largest_group(groups, n_samples, n_groups, sums) > UINT8_MAX ? UINT8_MAX : n_samples;
  const size_t cells = n_columns * n_rows;
  const int has_runs = are_runs(groups, n_samples);
  for (size_t c = 0; c < n_columns; c++, words += n_samples, samples += n_samples, counters += n_rows) {
    size_t begin = 0;
    do {
      const size_t count = counts[c] - begin < most ? counts[c] - begin : most;
      if (has_runs)
        add_runs(words + begin, samples + begin, count, groups, n_groups, sums, is_met);
      else
        add_scattered(words + begin, samples + begin, count, groups, n_groups, sums, is_met);
      if (n_rows == ENGRAM_TILE_ROWS)
        flush(sums, is_met, n_groups, ENGRAM_TILE_ROWS, cells, begin > 0, counters);
      else
        flush(sums, is_met, n_groups, n_rows, cells, begin > 0, counters);
      begin += count;
    } while (begin < counts[c]);
  }
}
