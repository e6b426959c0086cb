// Sums of weights over the set bits of many samples: four weights at a time are summed up in a table of all
// their combinations, which every sample then looks half a byte up in. Weights are whole numbers, so that no order of adding
// them up rounds.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

typedef int32_t lanes32 __attribute__((ext_vector_type(ENGRAM_SCORE_LANES)));
typedef int64_t lanes64 __attribute__((ext_vector_type(ENGRAM_SCORE_LANES)));

// Bytes of a row that are looked up together: their tables fill a third of the L1 cache.
enum { BYTES = ENGRAM_SCORE_BITS / 8, HALVES = 2 * BYTES, LANES = ENGRAM_SCORE_LANES };

static inline __attribute__((always_inline)) lanes32 load(const int32_t *from) {
  lanes32 value;
  memcpy(&value, from, sizeof value);
  return value;
}

// table[half][v] = the sum of weights[4 half + b] over the set bits b of v, for v < 16.
static inline __attribute__((always_inline)) void fill(lanes32 *table, const lanes32 *weights, size_t n_bytes) {
  for (size_t half = 0; half < 2 * n_bytes; half++, table += 16, weights += 4) {
    table[0] = 0;
    for (size_t b = 0; b < 4; b++)
      for (size_t v = 0; v < (size_t)1 << b; v++) table[((size_t)1 << b) + v] = table[v] + weights[b];
  }
}

// A row with one lane changed as a whole: a load of what was just written in part would wait for it.
static inline __attribute__((always_inline)) lanes32 with_lane(lanes32 row, lanes32 here, int32_t value) {
  return (row & ~here) | (value & here);
}

// All bits in one lane, none in the others.
static inline __attribute__((always_inline)) lanes32 only_lane(size_t lane) {
  lanes32 here = 0;
  here[lane] = -1;
  return here;
}

// The weights of some bits in 16 lanes, those of a group in the own lane.
static inline __attribute__((always_inline)) void gather(
    const engram_bit_weights *w, size_t first_bit, size_t n_bits, size_t lane, size_t group, lanes32 *gathered) {
  for (size_t b = 0; b < n_bits; b++)
    gathered[b] = w->weights ? load(w->weights + (first_bit + b) * w->lanes + lane) : 0;
  if (w->own && group < w->n_groups && w->own_lane - lane < LANES) {
    const lanes32 here = only_lane(w->own_lane - lane);
    for (size_t b = 0; b < n_bits; b++)
      gathered[b] = with_lane(gathered[b], here, w->own[(first_bit + b) * w->n_groups + group]);
  }
}

// Rows of so many bytes, one after the other, which end in zeros; n_halves of them are looked up.
static inline __attribute__((always_inline)) void look_up(
    const uint8_t *rows, size_t row_stride, const uint16_t *samples, size_t count, size_t n_halves, const lanes32 *table,
    size_t lanes, int64_t *sums) {
  for (size_t k = 0; k < count; k++, rows += row_stride) {
    uint64_t bits;
    memcpy(&bits, rows, sizeof bits);
    lanes32 total = 0;
    for (size_t half = 0; half < n_halves; half++) total += table[16 * half + (bits >> 4 * half & 15)];
    lanes64 sum;
    int64_t *own = sums + samples[k] * lanes;
    memcpy(&sum, own, sizeof sum);
    sum += __builtin_convertvector(total, lanes64);
    memcpy(own, &sum, sizeof sum);
  }
}

void engram_gather_weights(
    const uint32_t *const *counters, const int32_t *const *entries, size_t n, size_t n_rows, size_t columns,
    size_t first_column, size_t n_columns, size_t bits, size_t before, size_t lanes, int32_t *weights) {
  for (size_t row = 0; row < n_rows; row++)
    for (size_t c = 0; c < n_columns; c++) {
      const size_t from = row * columns + first_column + c;
      int32_t *to = weights + (c * bits + before + row) * lanes;
      for (size_t l = 0; l < n; l++) to[l] = entries[l][counters[l][from]];
    }
}

static size_t active_before(const uint8_t *mask, size_t column) {
  size_t count = engram_popcount(mask, column / 8);
  return count + (size_t)__builtin_popcount(mask[column / 8] & ((1u << column % 8) - 1));
}

static inline int is_active(const uint8_t *mask, size_t column) { return mask[column / 8] >> column % 8 & 1; }

// The rows of one column, of all samples that have one.
typedef struct {
  size_t count;
  uint16_t samples[ENGRAM_SCORED_SAMPLES];
} column_rows;

// Sorts the samples' rows by column: read sample by sample, as they lie in memory, and looked up column by column.
static inline __attribute__((always_inline)) void sort_rows(
    const engram_bit_weights *w, const engram_bit_rows *samples, const engram_bit_rows *others, size_t n_samples,
    size_t row_stride, column_rows *columns, uint8_t *room) {
  for (size_t c = 0; c < w->n_columns; c++) columns[c].count = 0;
  for (size_t s = 0; s < n_samples; s++) {
    const uint8_t *row = samples[s].rows + active_before(samples[s].mask, w->first_column) * w->row_bytes, *other = 0;
    if (others) other = others[s].rows + active_before(others[s].mask, w->first_column) * w->row_bytes;
    for (size_t c = 0; c < w->n_columns; c++) {
      const int is_own = is_active(samples[s].mask, w->first_column + c);
      const int is_other = others && is_active(others[s].mask, w->first_column + c);
      if (is_own && (is_other || !others)) {
        column_rows *column = columns + c;
        uint8_t *to = room + (c * ENGRAM_SCORED_SAMPLES + column->count) * row_stride;
        memset(to + row_stride - BYTES, 0, BYTES);
        memcpy(to, row, w->row_bytes);
        for (size_t i = 0; is_other && i < w->row_bytes; i++) to[i] &= other[i];
        column->samples[column->count++] = (uint16_t)s;
      }
      if (is_own) row += w->row_bytes;
      if (is_other) other += w->row_bytes;
    }
  }
}

size_t engram_score_room(size_t row_bytes) {
  const size_t row_stride = (row_bytes + BYTES - 1) / BYTES * BYTES;
  return ENGRAM_SCORED_COLUMNS * (ENGRAM_SCORED_SAMPLES * row_stride + sizeof(column_rows))
         + (16 * HALVES + ENGRAM_SCORE_BITS) * sizeof(lanes32);
}

ENGRAM_KERNEL(void, engram_score_bits,
    (const engram_bit_weights *w, const engram_bit_rows *samples, const engram_bit_rows *others, const uint32_t *groups,
      size_t n_samples, void *room, int64_t *sums),
    (w, samples, others, groups, n_samples, room, sums)) {
  const size_t row_stride = (w->row_bytes + BYTES - 1) / BYTES * BYTES;
  lanes32 *tables = room, *gathered = tables + 16 * HALVES;
  column_rows *columns = (column_rows *)(gathered + ENGRAM_SCORE_BITS);
  uint8_t *sorted = (uint8_t *)(columns + ENGRAM_SCORED_COLUMNS);
  sort_rows(w, samples, others, n_samples, row_stride, columns, sorted);
  for (size_t c = 0; c < w->n_columns; c++) {
    const column_rows *column = columns + c;
    for (size_t byte = 0; byte < w->row_bytes && column->count; byte += BYTES) {
      const size_t n_bytes = w->row_bytes - byte < BYTES ? w->row_bytes - byte : BYTES;
      const uint8_t *rows = sorted + c * ENGRAM_SCORED_SAMPLES * row_stride + byte;
      for (size_t lane = 0; lane < w->lanes; lane += LANES) {
        const int is_own = w->own && w->own_lane - lane < LANES;
        if (!w->weights && !is_own) continue;
        // Samples of one group share a table.
        for (size_t first = 0, end; first < column->count; first = end) {
          const uint32_t group = is_own ? groups[column->samples[first]] : 0;
          end = is_own ? first + 1 : column->count;
          while (end < column->count && groups[column->samples[end]] == group) end++;
          gather(w, (c * w->row_bytes + byte) * 8, 8 * n_bytes, lane, group, gathered);
          fill(tables, gathered, n_bytes);
          const uint8_t *own = rows + first * row_stride;
          // A known number of bytes keeps a sample's sums in registers.
          if (n_bytes == BYTES)
            look_up(own, row_stride, column->samples + first, end - first, HALVES, tables, w->lanes, sums + lane);
          else
            look_up(own, row_stride, column->samples + first, end - first, 2 * n_bytes, tables, w->lanes, sums + lane);
        }
      }
    }
  }
}
