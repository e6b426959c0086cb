// The checksum that stands beside every blob: XXH3 of 64 bits, from libxxhash's header.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "ckernels.h"

uint64_t engram_checksum(const void *first, size_t first_count, const void *second, size_t second_count) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  if (first_count) XXH3_64bits_update(&state, first, first_count);
  if (second_count) XXH3_64bits_update(&state, second, second_count);
  return XXH3_64bits_digest(&state);
}
