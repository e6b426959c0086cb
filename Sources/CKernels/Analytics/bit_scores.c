// Sums of weights over the set bits of many samples: four weights at a time are summed up in a table of all
// their combinations, which every sample then looks half a byte up in.
#include "ckernels.h"

// Bytes of a row that are looked up together: their tables of 16 lanes fill half of the L1 cache.
enum { BYTES = 4 };

// table[v] = the sum of weights[b] over the set bits b of v, for v < 16.
static inline __attribute__((always_inline)) void fill(
    double *table, const double *weights, size_t lanes, size_t stride) {
  for (size_t l = 0; l < lanes; l++) table[l] = 0;
  for (size_t b = 0; b < 4; b++) {
    for (size_t v = 0; v < (size_t)1 << b; v++) {
      const double *from = table + v * lanes;
      double *to = table + (((size_t)1 << b) + v) * lanes;
      for (size_t l = 0; l < lanes; l++) to[l] = from[l] + weights[b * stride + l];
    }
  }
}

// Adds what `n_bytes` of every row weigh, in `lanes` of the `stride` lanes of weights and sums.
static inline __attribute__((always_inline)) void add(
    const uint8_t *const *rows, const uint8_t *const *others, const uint32_t *positions, size_t count, size_t byte,
    size_t n_bytes, size_t lanes, size_t stride, const double *weights, double *table, double *sums) {
  for (size_t half = 0; half < 2 * n_bytes; half++) {
    fill(table + half * 16 * lanes, weights + half * 4 * stride, lanes, stride);
  }
  for (size_t k = 0; k < count; k++) {
    double total[16] = {0};
    for (size_t i = 0; i < n_bytes; i++) {
      uint8_t value = rows[k][byte + i];
      if (others) value &= others[k][byte + i];
      const double *low = table + (32 * i + (value & 15)) * lanes;
      const double *high = table + (32 * i + 16 + (value >> 4)) * lanes;
      for (size_t l = 0; l < lanes; l++) total[l] += low[l] + high[l];
    }
    double *sum = sums + positions[k] * stride;
    for (size_t l = 0; l < lanes; l++) sum[l] += total[l];
  }
}

static size_t active_before(const uint8_t *mask, size_t column) {
  size_t count = engram_popcount(mask, column / 8);
  return count + (size_t)__builtin_popcount(mask[column / 8] & ((1u << column % 8) - 1));
}

ENGRAM_CLONES
void engram_score_bits(
    const engram_bit_rows *samples, const engram_bit_rows *others, size_t n_samples, size_t row_bytes,
    size_t first_column, size_t n_columns, size_t lanes, const double *weights, double *table, double *sums) {
  const uint8_t *next[ENGRAM_SCORED_SAMPLES], *other_next[ENGRAM_SCORED_SAMPLES];
  const uint8_t *rows[ENGRAM_SCORED_SAMPLES], *other_rows[ENGRAM_SCORED_SAMPLES];
  uint32_t positions[ENGRAM_SCORED_SAMPLES];
  for (size_t s = 0; s < n_samples; s++) {
    next[s] = samples[s].rows + active_before(samples[s].mask, first_column) * row_bytes;
    if (others) other_next[s] = others[s].rows + active_before(others[s].mask, first_column) * row_bytes;
  }
  for (size_t c = 0; c < n_columns; c++) {
    const size_t column = first_column + c;
    size_t count = 0;
    for (size_t s = 0; s < n_samples; s++) {
      const int is_active = samples[s].mask[column / 8] >> column % 8 & 1;
      const int is_other = !others || (others[s].mask[column / 8] >> column % 8 & 1);
      if (is_active && is_other) {
        rows[count] = next[s];
        if (others) other_rows[count] = other_next[s];
        positions[count++] = (uint32_t)s;
      }
      if (is_active) next[s] += row_bytes;
      if (others && is_other) other_next[s] += row_bytes;
    }
    if (count == 0) continue;
    const uint8_t *const *second = others ? other_rows : 0;
    for (size_t byte = 0; byte < row_bytes; byte += BYTES) {
      const size_t n = row_bytes - byte < BYTES ? row_bytes - byte : BYTES;
      const double *own = weights + (c * row_bytes + byte) * 8 * lanes;
      // Known numbers of lanes and bytes keep a sample's sums in registers.
      for (size_t lane = 0; lane < lanes;) {
        const size_t left = lanes - lane;
        if (left >= 16 && n == BYTES && !others) {
          add(rows, 0, positions, count, byte, BYTES, 16, lanes, own + lane, table, sums + lane);
        } else if (left >= 16) {
          add(rows, second, positions, count, byte, n, 16, lanes, own + lane, table, sums + lane);
        } else if (left >= 8) {
          add(rows, second, positions, count, byte, n, 8, lanes, own + lane, table, sums + lane);
        } else if (n == BYTES && !others) {
          add(rows, 0, positions, count, byte, BYTES, 1, lanes, own + lane, table, sums + lane);
        } else {
          add(rows, second, positions, count, byte, n, 1, lanes, own + lane, table, sums + lane);
        }
        lane += left >= 16 ? 16 : left >= 8 ? 8 : 1;
      }
    }
  }
}
