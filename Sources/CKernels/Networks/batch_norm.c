// Batch normalisation while training: statistics over rows, per channel, summed in double.
#include <math.h>
#include <string.h>

#include "ckernels.h"

ENGRAM_CLONES
void engram_batch_norm(const float *restrict x, size_t rows, size_t channels, const float *restrict weight,
                       const float *restrict bias, double epsilon, float *restrict scratch,
                       float *restrict statistics, float *restrict y) {
  double *restrict sum = (double *)scratch, *restrict squares = sum + channels;
  float *restrict mean = statistics, *restrict inverse = statistics + channels;
  float *restrict variance = statistics + 2 * channels;
  memset(sum, 0, 2 * channels * sizeof *sum);
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) sum[c] += x[r * channels + c];
  for (size_t c = 0; c < channels; c++) mean[c] = (float)(sum[c] /= (double)rows);
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) {
      double d = x[r * channels + c] - sum[c];
      squares[c] += d * d;
    }
  for (size_t c = 0; c < channels; c++) {
    double v = squares[c] / (double)rows;
    variance[c] = (float)v;
    inverse[c] = (float)(1 / sqrt(v + epsilon));
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++)
      y[r * channels + c] = (x[r * channels + c] - mean[c]) * inverse[c] * weight[c] + bias[c];
}

ENGRAM_CLONES
void engram_batch_norm_backward(const float *restrict x, const float *restrict dy, size_t rows,
                                size_t channels, const float *restrict weight,
                                const float *restrict statistics, float *restrict scratch,
                                float *restrict weight_gradient, float *restrict bias_gradient,
                                float *restrict dx) {
  const float *restrict mean = statistics, *restrict inverse = statistics + channels;
  double *restrict sum = (double *)scratch, *restrict products = sum + channels;
  memset(sum, 0, 2 * channels * sizeof *sum);
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) {
      double g = dy[r * channels + c];
      sum[c] += g;
      products[c] += g * (x[r * channels + c] - mean[c]) * inverse[c];
    }
  for (size_t c = 0; c < channels; c++) {
    if (weight_gradient) weight_gradient[c] = (float)products[c];
    if (bias_gradient) bias_gradient[c] = (float)sum[c];
    sum[c] /= (double)rows;
    products[c] /= (double)rows;
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) {
      float normalised = (x[r * channels + c] - mean[c]) * inverse[c];
      dx[r * channels + c] =
          weight[c] * inverse[c] * (dy[r * channels + c] - (float)sum[c] - normalised * (float)products[c]);
    }
}

ENGRAM_CLONES
void engram_follow_statistics(const float *restrict sum, size_t count, float blocks, float momentum,
                              float *restrict running) {
  for (size_t i = 0; i < count; i++) running[i] = (1 - momentum) * running[i] + momentum * (sum[i] / blocks);
}
