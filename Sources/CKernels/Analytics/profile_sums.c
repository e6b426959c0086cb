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

ENGRAM_KERNEL(void, engram_tally, (const uint32_t *counters, size_t n, size_t ways, int64_t *table),
    (counters, n, ways, table)) {
  if (ways == 4) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
      for (size_t way = 0; way < 4; way++) table[4 * (size_t)counters[i + way] + way]++;
    for (; i < n; i++) table[4 * (size_t)counters[i]]++;
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

ENGRAM_KERNEL(double, engram_proportions,
    (const uint32_t *counters, size_t n, const engram_bernoulli *table, const engram_bernoulli *middle, double *rows),
    (counters, n, table, middle, rows)) {
  double8v sums = 0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const double8v p = gather(table->p, counters + i), negentropy = gather(table->negentropy, counters + i);
    const double8v row = p - load(middle->p + i);
    memcpy(rows + i, &row, sizeof row);
    sums += negentropy - p * load(middle->logit + i) - load(middle->log_rest + i);
  }
  double rest = 0;
  for (; i < n; i++) {
    const double p = table->p[counters[i]];
    rows[i] = p - middle->p[i];
    rest += table->negentropy[counters[i]] - p * middle->logit[i] - middle->log_rest[i];
  }
  return total(sums) + rest;
}

ENGRAM_KERNEL(double, engram_logits,
    (const uint32_t *counters, size_t n, const engram_bernoulli *table, const engram_bernoulli *middle, double *rows),
    (counters, n, table, middle, rows)) {
  double8v sums = 0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const double8v logit = gather(table->logit, counters + i), log_rest = gather(table->log_rest, counters + i);
    const double8v row = logit - load(middle->logit + i);
    memcpy(rows + i, &row, sizeof row);
    sums += load(middle->negentropy + i) - load(middle->p + i) * logit - log_rest;
  }
  double rest = 0;
  for (; i < n; i++) {
    const double logit = table->logit[counters[i]];
    rows[i] = logit - middle->logit[i];
    rest += middle->negentropy[i] - middle->p[i] * logit - table->log_rest[counters[i]];
  }
  return total(sums) + rest;
}
