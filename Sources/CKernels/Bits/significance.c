// The significance of a block of samples of one layer, straight to bits: no a = W·x matrix is ever
// stored. Leaves out the header and the mask of the stored form, which Bits writes.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"
#include "significant.h"

ENGRAM_KERNEL(void, engram_significance,
    (size_t n_samples, size_t n_out, size_t n_in, size_t n_cols, size_t stride, const float *weights, const float *x,
      const float *thresholds, uint8_t **rows),
    (n_samples, n_out, n_in, n_cols, stride, weights, x, thresholds, rows)) {
  const size_t row_bytes = (n_out + 7) / 8;
  for (size_t j = 0; j < n_cols; j++) {
    const float *w = weights + j * stride;
    for (size_t s = 0; s < n_samples; s++) {
      const float input = j < n_in ? x[s * n_in + j] : 1;
      if (input == 0) continue;
      const float *tau = thresholds + s * stride;
      uint8_t *row = rows[s];
      size_t i = 0;
      for (; i + 16 <= n_out; i += 16) {
        const uint16_t bits = significant(load16(w + i), input, tau + i);
        memcpy(row + i / 8, &bits, 2);
      }
      if (i < n_out) {
        const uint16_t bits = significant(load16(w + i), input, tau + i);
        memcpy(row + i / 8, &bits, row_bytes - i / 8);
      }
      rows[s] = row + row_bytes;
    }
  }
}
