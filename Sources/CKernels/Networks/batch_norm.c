// Batch normalisation while training: statistics over rows, per channel, summed in double, sample by sample, so that as many
// threads sum and the sums are the same.
#include <math.h>

#include "ckernels.h"
#include "../levels.h"

ENGRAM_KERNEL(void, engram_batch_norm_sums,
    (const float *restrict x, size_t rows, size_t channels, const float *restrict pivot, double *restrict sums),
    (x, rows, channels, pivot, sums)) {
  double *restrict squares = sums + channels;
  for (size_t c = 0; c < 2 * channels; c++) sums[c] = 0;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) {
      const double d = (double)x[r * channels + c] - pivot[c];
      sums[c] += d;
      squares[c] += d * d;
    }
}

void engram_batch_norm_statistics(const double *sums, size_t samples, size_t rows, size_t channels, const float *pivot,
                                  double epsilon, float *statistics) {
  for (size_t c = 0; c < channels; c++) {
    double sum = 0, squares = 0;
    for (size_t s = 0; s < samples; s++) {
      sum += sums[2 * s * channels + c];
      squares += sums[(2 * s + 1) * channels + c];
    }
    const double shift = sum / (double)rows, v = fmax(0, squares / (double)rows - shift * shift);
    statistics[c] = (float)(pivot[c] + shift);
    statistics[channels + c] = (float)(1 / sqrt(v + epsilon));
    statistics[2 * channels + c] = (float)v;
  }
}

ENGRAM_KERNEL(void, engram_batch_norm,
    (const float *restrict x, size_t rows, size_t channels, const float *restrict weight, const float *restrict bias,
      const float *restrict statistics, float *restrict y),
    (x, rows, channels, weight, bias, statistics, y)) {
  const float *restrict mean = statistics, *restrict inverse = statistics + channels;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++)
      y[r * channels + c] = (x[r * channels + c] - mean[c]) * inverse[c] * weight[c] + bias[c];
}

ENGRAM_KERNEL(void, engram_batch_norm_products,
    (const float *restrict x, const float *restrict dy, size_t rows, size_t channels, const float *restrict statistics,
      double *restrict sums),
    (x, dy, rows, channels, statistics, sums)) {
  const float *restrict mean = statistics, *restrict inverse = statistics + channels;
  double *restrict products = sums + channels;
  for (size_t c = 0; c < 2 * channels; c++) sums[c] = 0;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) {
      const double g = dy[r * channels + c];
      sums[c] += g;
      products[c] += g * (x[r * channels + c] - mean[c]) * inverse[c];
    }
}

void engram_batch_norm_gradients(double *sums, size_t samples, size_t rows, size_t channels, float *weight_gradient,
                                 float *bias_gradient) {
  for (size_t c = 0; c < channels; c++) {
    double sum = 0, products = 0;
    for (size_t s = 0; s < samples; s++) {
      sum += sums[2 * s * channels + c];
      products += sums[(2 * s + 1) * channels + c];
    }
    if (weight_gradient) weight_gradient[c] = (float)products;
    if (bias_gradient) bias_gradient[c] = (float)sum;
    sums[c] = sum / (double)rows;
    sums[channels + c] = products / (double)rows;
  }
}

ENGRAM_KERNEL(void, engram_batch_norm_backward,
    (const float *restrict x, const float *restrict dy, size_t rows, size_t channels, const float *restrict weight,
      const float *restrict statistics, const double *restrict means, float *restrict dx),
    (x, dy, rows, channels, weight, statistics, means, dx)) {
  const float *restrict mean = statistics, *restrict inverse = statistics + channels;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) {
      const float normalised = (x[r * channels + c] - mean[c]) * inverse[c];
      dx[r * channels + c] = weight[c] * inverse[c]
                             * (dy[r * channels + c] - (float)means[c] - normalised * (float)means[channels + c]);
    }
}

ENGRAM_KERNEL(void, engram_follow_statistics,
    (const float *restrict sum, size_t count, float blocks, float momentum, float *restrict running),
    (sum, count, blocks, momentum, running)) {
  for (size_t i = 0; i < count; i++) running[i] = (1 - momentum) * running[i] + momentum * (sum[i] / blocks);
}
