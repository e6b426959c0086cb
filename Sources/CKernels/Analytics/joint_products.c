// Products between the counts of all classes and numbers that are looked up by one class's counts, Σ k_i(x) f(k_j(x)) over the
// cells x of a piece: cells are sorted by k_j, the counts of all classes, a byte each, are summed up count by count, and every
// sum is multiplied once. Sums are whole numbers: no order of adding them up rounds.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

#pragma clang fp contract(off)

typedef uint8_t byte64v __attribute__((ext_vector_type(64)));
typedef uint16_t half32v __attribute__((ext_vector_type(32)));
typedef int32_t int16v __attribute__((ext_vector_type(16)));
typedef uint32_t uint16v __attribute__((ext_vector_type(16)));
typedef double double16v __attribute__((ext_vector_type(16)));
typedef uint32_t count64v __attribute__((ext_vector_type(64)));
typedef uint64_t word8v __attribute__((ext_vector_type(8)));

enum { CLASSES = ENGRAM_JOINT_CLASSES, WAYS = 4, RUN = 256, BLOCK = 64 };

// Byte b of word l of rows[r] becomes byte r of word l of rows[b].
static inline __attribute__((always_inline)) void transpose_bytes(word8v rows[8]) {
  uint64_t mask = UINT32_MAX;
  for (size_t half = 4; half > 0; half /= 2, mask ^= mask << 8 * half)
    for (size_t first = 0; first < 8; first += 2 * half)
      for (size_t i = first; i < first + half; i++) {
        const word8v moved = (rows[i] >> 8 * half ^ rows[i + half]) & mask;
        rows[i] ^= moved << 8 * half;
        rows[i + half] ^= moved;
      }
}

// Word l of rows[i] becomes word i of rows[l].
static inline __attribute__((always_inline)) void transpose_words(word8v rows[8]) {
  for (size_t i = 0; i < 8; i += 2) {
    const word8v a = rows[i], b = rows[i + 1];
    rows[i] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
    rows[i + 1] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (size_t i = 0; i < 8; i += i % 4 == 1 ? 3 : 1) {
    const word8v a = rows[i], b = rows[i + 2];
    rows[i] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
    rows[i + 2] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (size_t i = 0; i < 4; i++) {
    const word8v a = rows[i], b = rows[i + 4];
    rows[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
    rows[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

ENGRAM_KERNEL(void, engram_cell_bytes, (const uint32_t *counters, size_t n_classes, size_t n_cells, uint8_t *bytes),
    (counters, n_classes, n_cells, bytes)) {
  for (size_t first = 0; first < n_classes; first += CLASSES, bytes += n_cells * CLASSES) {
    const size_t n = n_classes - first < CLASSES ? n_classes - first : CLASSES;
    const uint32_t *own = counters + first * n_cells;
    size_t x = 0;
    for (; x + BLOCK <= n_cells; x += BLOCK) {
      // Of eight classes a row eight words, a byte a class.
      word8v rows[8][8];
      for (size_t i = 0; i < CLASSES; i++) {
        byte64v narrow = 0;
        if (i < n) {
          count64v counts;
          memcpy(&counts, own + i * n_cells + x, sizeof counts);
          narrow = __builtin_convertvector(counts, byte64v);
        }
        memcpy(&rows[i / 8][i % 8], &narrow, sizeof narrow);
      }
      for (size_t i = 0; i < 8; i++) transpose_bytes(rows[i]);
      for (size_t b = 0; b < 8; b++) {
        word8v words[8];
        for (size_t i = 0; i < 8; i++) words[i] = rows[i][b];
        transpose_words(words);
        for (size_t l = 0; l < 8; l++) memcpy(bytes + (x + 8 * l + b) * CLASSES, words + l, sizeof words[l]);
      }
    }
    for (; x < n_cells; x++)
      for (size_t i = 0; i < CLASSES; i++) bytes[x * CLASSES + i] = i < n ? (uint8_t)own[i * n_cells + x] : 0;
  }
}

// order: where the bytes of a cell begin, sorted by count; ends[m]: where the cells of count m end. Cells without any may be
// left out.
static inline __attribute__((always_inline)) void sort_cells(
    const uint32_t *counters, size_t n_cells, const int64_t *tally, size_t samples, uint32_t *order, uint32_t *ends) {
  uint32_t next[WAYS * (UINT8_MAX + 1)], sum = 0;
  for (size_t m = 0; m <= samples; m++) {
    for (size_t way = 0; way < WAYS; way++) {
      next[WAYS * m + way] = sum;
      sum += (uint32_t)tally[WAYS * m + way];
    }
    ends[m] = sum;
  }
  size_t x = 0;
  for (; x + BLOCK <= n_cells; x += BLOCK) {
    uint32_t any = 0;
    for (size_t l = 0; l < BLOCK; l++) any |= counters[x + l];
    for (size_t l = 0; any && l < BLOCK; l += WAYS)
      for (size_t way = 0; way < WAYS; way++)
        order[next[WAYS * counters[x + l + way] + way]++] = (uint32_t)((x + l + way) * CLASSES);
  }
  for (; x + WAYS <= n_cells; x += WAYS)
    for (size_t way = 0; way < WAYS; way++) order[next[WAYS * counters[x + way] + way]++] = (uint32_t)((x + way) * CLASSES);
  for (; x < n_cells; x++) order[next[WAYS * counters[x]]++] = (uint32_t)(x * CLASSES);
}

// Sums of 4w, 4w + 2, 4w + 1 and 4w + 3 in number w.
static inline __attribute__((always_inline)) void add_run(
    const uint8_t *bytes, const uint32_t *order, size_t count, const size_t together, int16v sums[4]) {
  for (size_t some; count > 0; count -= some) {
    some = count < RUN ? count : RUN;
    half32v even = 0, odd = 0;
    size_t k = 0;
    for (; k + together <= some; k += together) {
      byte64v sum = 0, counts;
      for (size_t t = 0; t < together; t++) {
        memcpy(&counts, bytes + order[k + t], sizeof counts);
        sum += counts;
      }
      even += (half32v)sum & 255;
      odd += (half32v)sum >> 8;
    }
    for (; k < some; k++) {
      byte64v sum;
      memcpy(&sum, bytes + order[k], sizeof sum);
      even += (half32v)sum & 255;
      odd += (half32v)sum >> 8;
    }
    order += some;
    sums[0] += (int16v)even & 65535;
    sums[1] += (int16v)((uint16v)even >> 16);
    sums[2] += (int16v)odd & 65535;
    sums[3] += (int16v)((uint16v)odd >> 16);
  }
}

static inline __attribute__((always_inline)) void joint_products(
    size_t samples, const double *table, const uint8_t *bytes, const double *totals, const uint32_t *order,
    const uint32_t *ends, const size_t together, double *products) {
  // Multiples of 2⁻²⁴ times sums of at most 2²⁰, which Float64 holds whole, and what they leave over.
  const double high = 0x1.8p28, none = (table[0] + high) - high, none_left = table[0] - none;
  double16v whole[4] = {0, 0, 0, 0}, left[4] = {0, 0, 0, 0};
  // Cells without any are most: they are what the others leave of all.
  for (size_t m = 1; m <= samples; m++) {
    if (ends[m] == ends[m - 1]) continue;
    int16v sums[4] = {0, 0, 0, 0};
    add_run(bytes, order + ends[m - 1], ends[m] - ends[m - 1], together, sums);
    const double own = (table[m] + high) - high, factor = own - none, rest = (table[m] - own) - none_left;
    for (size_t v = 0; v < 4; v++) {
      const double16v sum = __builtin_convertvector(sums[v], double16v);
      whole[v] += sum * factor;
      left[v] += sum * rest;
    }
  }
  static const size_t places[4] = {0, 2, 1, 3};
  for (size_t v = 0; v < 4; v++)
    for (size_t w = 0; w < 16; w++) {
      const size_t i = 4 * w + places[v];
      products[i] = (whole[v][w] + none * totals[i]) + (left[v][w] + none_left * totals[i]);
    }
}

ENGRAM_KERNEL(void, engram_joint_products,
    (const uint32_t *counters, size_t n_cells, const int64_t *tally, size_t samples, const double *table,
      const uint8_t *bytes, size_t n_classes, size_t most, const double *totals, uint32_t *order, double *products),
    (counters, n_cells, tally, samples, table, bytes, n_classes, most, totals, order, products)) {
  uint32_t ends[UINT8_MAX + 1];
  sort_cells(counters, n_cells, tally, samples, order, ends);
  for (size_t first = 0; first < n_classes; first += CLASSES, bytes += n_cells * CLASSES, totals += CLASSES, products += CLASSES) {
    // As many counts as a byte sums up.
    if (most <= UINT8_MAX / 4)
      joint_products(samples, table, bytes, totals, order, ends, 4, products);
    else if (most <= UINT8_MAX / 2)
      joint_products(samples, table, bytes, totals, order, ends, 2, products);
    else
      joint_products(samples, table, bytes, totals, order, ends, 1, products);
  }
}
