// Sums over the cells of class profiles, whose numbers are looked up by count. Every sum is of eight partial ones in a fixed
// order, so that no instruction set changes a bit of it.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

#pragma clang fp contract(off)

typedef double double8v __attribute__((ext_vector_type(8)));

enum { LANES = 8 };

static inline __attribute__((always_inline)) double8v gather(const double *table, const uint32_t *counters) {
  double8v values;
  for (size_t l = 0; l < LANES; l++) values[l] = table[counters[l]];
  return values;
}

static inline __attribute__((always_inline)) double8v load(const double *from) {
  double8v values;
  memcpy(&values, from, sizeof values);
  return values;
}

static inline __attribute__((always_inline)) double total(double8v sums) {
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

static inline __attribute__((always_inline)) void tally_four_ways(const uint32_t *counters, size_t n, int64_t *table) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t way = 0; way < 4; way++) table[4 * (size_t)counters[i + way] + way]++;
  for (; i < n; i++) table[4 * (size_t)counters[i]]++;
}

ENGRAM_KERNEL(void, engram_tally, (const uint32_t *counters, size_t n, size_t ways, int64_t *table),
    (counters, n, ways, table)) {
  enum { BLOCK = ENGRAM_TILE_ROWS };
  if (ways == 4) {
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK) {
      // Columns whose input no sample of a class has come one behind the other.
      uint32_t any = 0;
      for (size_t l = 0; l < BLOCK; l++) any |= counters[i + l];
      if (any)
        tally_four_ways(counters + i, BLOCK, table);
      else
        for (size_t way = 0; way < 4; way++) table[way] += BLOCK / 4;
    }
    tally_four_ways(counters + i, n - i, table);
  } else {
    for (size_t i = 0; i < n; i++) table[ways * counters[i]]++;
  }
}

ENGRAM_KERNEL(uint32_t, engram_largest_counter, (const uint32_t *counters, size_t n), (counters, n)) {
  uint32_t largest = 0;
  for (size_t i = 0; i < n; i++) largest = counters[i] > largest ? counters[i] : largest;
  return largest;
}

ENGRAM_KERNEL(void, engram_add_classes, (const uint32_t *counters, size_t n_classes, size_t n, uint32_t *sums),
    (counters, n_classes, n, sums)) {
  memset(sums, 0, n * sizeof *sums);
  for (size_t c = 0; c < n_classes; c++, counters += n)
    for (size_t i = 0; i < n; i++) sums[i] += counters[i];
}

ENGRAM_KERNEL(void, engram_middle,
    (const uint32_t *a, const uint32_t *b, size_t n, size_t shift, const engram_bernoulli *table, double *p,
      double *logit, double *log_rest, double *negentropy),
    (a, b, n, shift, table, p, logit, log_rest, negentropy)) {
  for (size_t i = 0; i < n; i++) {
    const size_t count = ((uint64_t)a[i] + b[i]) >> shift;
    p[i] = table->p[count];
    logit[i] = table->logit[count];
    log_rest[i] = table->log_rest[count];
    negentropy[i] = table->negentropy[count];
  }
}

ENGRAM_KERNEL(double, engram_look_up, (const uint32_t *counters, size_t n, const double *table, double *lost),
    (counters, n, table, lost)) {
  double8v sums = 0, errors = 0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const double8v values = gather(table, counters + i), next = sums + values, added = next - sums;
    errors += (sums - (next - added)) + (values - added);
    sums = next;
  }
  // What is left over, and the partial sums, are added the same way.
  double sum = 0, error = total(errors);
  for (size_t l = 0; l < LANES + n - i; l++) {
    const double value = l < LANES ? sums[l] : table[counters[i + l - LANES]], next = sum + value, added = next - sum;
    error += (sum - (next - added)) + (value - added);
    sum = next;
  }
  *lost = error;
  return sum;
}

ENGRAM_KERNEL(double, engram_proportions,
    (const uint32_t *counters, size_t n, double alpha, double share, const engram_bernoulli *middle, double *rows),
    (counters, n, alpha, share, middle, rows)) {
  typedef uint32_t uint8v __attribute__((ext_vector_type(8)));
  double8v sums = 0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    uint8v counts;
    memcpy(&counts, counters + i, sizeof counts);
    const double8v row = (__builtin_convertvector(counts, double8v) + alpha) * share - load(middle->p + i);
    memcpy(rows + i, &row, sizeof row);
    sums += row * load(middle->logit + i);
  }
  double rest = 0;
  for (; i < n; i++) {
    rows[i] = (counters[i] + alpha) * share - middle->p[i];
    rest += rows[i] * middle->logit[i];
  }
  return total(sums) + rest;
}

ENGRAM_KERNEL(double, engram_logits,
    (const uint32_t *counters, size_t n, const double *table, const engram_bernoulli *middle, double *rows),
    (counters, n, table, middle, rows)) {
  double8v sums = 0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const double8v row = gather(table, counters + i) - load(middle->logit + i);
    memcpy(rows + i, &row, sizeof row);
    sums += row * load(middle->p + i);
  }
  double rest = 0;
  for (; i < n; i++) {
    rows[i] = table[counters[i]] - middle->logit[i];
    rest += rows[i] * middle->p[i];
  }
  return total(sums) + rest;
}
