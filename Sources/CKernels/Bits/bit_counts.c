// Counting over packed bits: popcounts, and how often each position of many bit rows is set.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

static uint64_t word_popcount(const uint8_t *bytes, size_t n);

/// A word at a time, four sums beside each other: vectors that look bits up in tables take twice as long.
ENGRAM_KERNEL(uint64_t, word_popcount, (const uint8_t *bytes, size_t n), (bytes, n)) {
  uint64_t total[4] = {0};
  size_t i = 0;
  _Pragma("clang loop vectorize(disable)")
  for (; i + 32 <= n; i += 32) {
    uint64_t words[4];
    memcpy(words, bytes + i, sizeof words);
    for (int k = 0; k < 4; k++) total[k] += (uint64_t)__builtin_popcountll(words[k]);
  }
  for (; i < n; i++) total[0] += (uint64_t)__builtin_popcount(bytes[i]);
  return total[0] + total[1] + total[2] + total[3];
}

#if defined(__x86_64__) && defined(__linux__)
typedef uint64_t word8v __attribute__((ext_vector_type(8)));

__attribute__((target("arch=x86-64-v4,avx512vpopcntdq"), min_vector_width(512))) static uint64_t vector_popcount(
    const uint8_t *bytes, size_t n) {
  word8v total[2] = {0, 0};
  size_t i = 0;
  for (; i + 128 <= n; i += 128) {
    word8v words[2];
    memcpy(words, bytes + i, sizeof words);
    for (int k = 0; k < 2; k++) total[k] += __builtin_elementwise_popcount(words[k]);
  }
  total[0] += total[1];
  uint64_t sum = word_popcount(bytes + i, n - i);
  for (int k = 0; k < 8; k++) sum += total[0][k];
  return sum;
}

uint64_t engram_popcount(const uint8_t *bytes, size_t n) {
  if (n < 128) return word_popcount(bytes, n);
  // Not a part of any level.
  static int has_vectors = -1;
  int found = __atomic_load_n(&has_vectors, __ATOMIC_RELAXED);
  if (found < 0) {
    found = engram_level() == 3 && __builtin_cpu_supports("avx512vpopcntdq");
    __atomic_store_n(&has_vectors, found, __ATOMIC_RELAXED);
  }
  return found ? vector_popcount(bytes, n) : word_popcount(bytes, n);
}
#else
uint64_t engram_popcount(const uint8_t *bytes, size_t n) { return word_popcount(bytes, n); }
#endif

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
