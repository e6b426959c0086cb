// Counting over packed bits: popcounts, and how often each position of many bit rows is set.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

ENGRAM_KERNEL(uint64_t, engram_popcount, (const uint8_t *bytes, size_t n), (bytes, n)) {
  uint64_t total = 0;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    uint64_t word;
    memcpy(&word, bytes + i, 8);
    total += (uint64_t)__builtin_popcountll(word);
  }
  for (; i < n; i++) total += (uint64_t)__builtin_popcount(bytes[i]);
  return total;
}

ENGRAM_KERNEL(uint64_t, engram_and_popcount, (const uint8_t *a, const uint8_t *b, size_t n), (a, b, n)) {
  uint64_t total = 0;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    uint64_t left, right;
    memcpy(&left, a + i, 8);
    memcpy(&right, b + i, 8);
    total += (uint64_t)__builtin_popcountll(left & right);
  }
  for (; i < n; i++) total += (uint64_t)__builtin_popcount(a[i] & b[i]);
  return total;
}

typedef uint8_t byte64v __attribute__((ext_vector_type(64)));
typedef _Bool bool64v __attribute__((ext_vector_type(64)));

// The 64 (or last `n`) positions from byte `offset` on: summed in bytes over at most 255 rows at a
// time, so the 32-bit counters are touched once for all rows.
static inline __attribute__((always_inline)) void add_positions(
    const uint8_t *const *rows, size_t n_rows, size_t offset, size_t n, uint32_t *counters) {
  const size_t n_bytes = (n + 7) / 8;
  for (size_t first = 0; first < n_rows; first += 255) {
    const size_t end = first + 255 < n_rows ? first + 255 : n_rows;
    byte64v sums = 0;
    for (size_t r = first; r < end; r++) {
      bool64v bits = 0;
      memcpy(&bits, rows[r] + offset, n_bytes);
      sums += __builtin_convertvector(bits, byte64v);
    }
    uint8_t lanes[64];
    memcpy(lanes, &sums, sizeof lanes);
    for (size_t i = 0; i < n; i++) counters[i] += lanes[i];
  }
}

ENGRAM_KERNEL(void, engram_add_bit_rows,
    (const uint8_t *const *rows, size_t n_rows, size_t n_bits, uint32_t *counters),
    (rows, n_rows, n_bits, counters)) {
  size_t i = 0;
  for (; i + 64 <= n_bits; i += 64) add_positions(rows, n_rows, i / 8, 64, counters + i);
  if (i < n_bits) add_positions(rows, n_rows, i / 8, n_bits - i, counters + i);
}
