// Layer normalisation, and the affine step of group normalisation.
#include <math.h>

#include "ckernels.h"

#define TEMPLATE "Networks/Tensors/normalise_rows_template.h"
#include "../../vector_levels.h"

void engram_normalise_rows(const float *x, size_t rows, size_t channels, double epsilon, int centred,
                           const float *weight, const float *bias, float *y) {
  ENGRAM_BEST(normalise_rows)(x, rows, channels, epsilon, centred, weight, bias, y);
}

void engram_normalise_rows_backward(const float *x, const float *dy, size_t rows, size_t channels, double epsilon,
                                    int centred, const float *weight, float *dx) {
  ENGRAM_BEST(normalise_rows_backward)(x, dy, rows, channels, epsilon, centred, weight, dx);
}

ENGRAM_KERNEL(void, engram_mix_channels,
    (const float *restrict x, const float *restrict z, size_t rows, size_t channels, const float *restrict a,
      const float *restrict b, const float *restrict d, float *restrict y),
    (x, z, rows, channels, a, b, d, y)) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++)
      y[r * channels + c] = a[c] * x[r * channels + c] + b[c] * z[r * channels + c] + d[c];
}
