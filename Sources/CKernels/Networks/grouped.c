// Convolution whose channels are divided into groups, or whose window is dilated: tap by tap.
#include <string.h>

#include "ckernels.h"
#include "column_tiles.h"

/// Floats of weights that stay in the second-level cache beside a map.
#define CACHED_WEIGHTS (1 << 17)

/// A group's outputs, with those that fill its last vector.
static size_t grouped_outputs(size_t outputs) { return (outputs + 3) / 4 * 4; }

/// Whether four groups fill a vector of 16.
static int grouped_by_fours(size_t groups, size_t inputs, size_t outputs) {
  return groups % 4 == 0 && inputs == 4 && outputs == 4;
}

#define TEMPLATE "Networks/grouped_template.h"
#include "../vector_levels.h"

void engram_multiply_groups(const engram_groups *shape) { ENGRAM_BEST(grouped)(shape); }

size_t engram_groups_count(size_t groups, size_t inputs, size_t outputs, size_t taps) {
  return groups * grouped_outputs(outputs) * inputs * taps;
}

void engram_pack_groups(const float *restrict weight, size_t groups, size_t inputs, size_t outputs, size_t taps,
                        float *restrict packed) {
  const size_t depth = inputs * taps;
  if (grouped_by_fours(groups, inputs, outputs)) {
    for (size_t g = 0; g < groups; g++)
      for (size_t o = 0; o < 4; o++)
        for (size_t k = 0; k < depth; k++)
          packed[(g / 4 * depth + k) * 16 + g % 4 * 4 + o] = weight[(g * 4 + o) * depth + k];
    return;
  }
  for (size_t g = 0; g < groups; g++, weight += outputs * depth)
    for (size_t o = 0; o < outputs;) {
      const size_t left = outputs - o, width = left >= 16 ? 16 : left >= 8 ? 8 : 4;
      for (size_t k = 0; k < depth; k++, packed += width)
        for (size_t i = 0; i < width; i++) packed[i] = i < left ? weight[(o + i) * depth + k] : 0;
      o += width;
    }
}
