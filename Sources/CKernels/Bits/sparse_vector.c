// Vectors with many zeros to and from their stored form: a mask of what is not zero, then those numbers side by side. Which
// numbers are zero is a matter of chance: no branch is to guess it.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"
#include "significant.h"

ENGRAM_KERNEL(void, engram_nonzero_mask, (const float *vector, size_t n, uint8_t *mask), (vector, n, mask)) {
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const uint16_t bits = nonzero(vector + i);
    memcpy(mask + i / 8, &bits, sizeof bits);
  }
  for (; i < n; i += 8) {
    uint8_t bits = 0;
    for (size_t j = 0; j < 8 && i + j < n; j++) bits |= (uint8_t)((vector[i + j] != 0) << j);
    mask[i / 8] = bits;
  }
}

void engram_pack_nonzero(const float *vector, size_t n, uint8_t *packed) {
  // Every number is written, and written over where it is zero: into room that has one more.
  enum { BLOCK = 512 };
  float block[BLOCK + 1];
  for (size_t first = 0; first < n; first += BLOCK) {
    const size_t end = first + BLOCK < n ? first + BLOCK : n;
    size_t count = 0;
    for (size_t i = first; i < end; i++) {
      block[count] = vector[i];
      count += vector[i] != 0;
    }
    memcpy(packed, block, count * sizeof *block);
    packed += count * sizeof *block;
  }
}

void engram_unpack_nonzero(const uint8_t *mask, size_t n, const uint8_t *packed, float *vector) {
  memset(vector, 0, n * sizeof *vector);
  for (size_t first = 0; first < n; first += 64, vector += 64, mask += 8) {
    uint64_t word = 0;
    memcpy(&word, mask, n - first < 64 ? (n - first + 7) / 8 : 8);
    for (; word; word &= word - 1, packed += sizeof *vector)
      memcpy(vector + __builtin_ctzll(word), packed, sizeof *vector);
  }
}
