// Rectifier, biases, sums, channels side by side, transposition, and the optimiser's update.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

enum { tile = 16 };

// Before a loop that may write where it reads, element by element: the compiler takes any overlap for one that forbids vectors.
#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

ENGRAM_KERNEL(void, engram_transpose,
    (const float *restrict source, size_t rows, size_t columns, float *restrict target),
    (source, rows, columns, target)) {
  // An image's colours.
  if (rows == 3) {
    const float *second = source + columns, *third = second + columns;
    for (size_t c = 0; c < columns; c++) {
      target[3 * c] = source[c];
      target[3 * c + 1] = second[c];
      target[3 * c + 2] = third[c];
    }
    return;
  }
  for (size_t r0 = 0; r0 < rows; r0 += tile) {
    size_t r1 = r0 + tile < rows ? r0 + tile : rows;
    for (size_t c = 0; c < columns; c++)
      for (size_t r = r0; r < r1; r++) target[c * rows + r] = source[r * columns + c];
  }
}

ENGRAM_KERNEL(void, engram_fill_rows,
    (float *restrict rows_out, size_t rows, size_t columns, const float *restrict bias),
    (rows_out, rows, columns, bias)) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) rows_out[r * columns + c] = bias[c];
}

ENGRAM_KERNEL(void, engram_sum_rows,
    (const float *restrict gradient, size_t rows, size_t columns, float *restrict bias_gradient),
    (gradient, rows, columns, bias_gradient)) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) bias_gradient[c] += gradient[r * columns + c];
}

ENGRAM_KERNEL(void, engram_relu, (const float *x, size_t count, float *y), (x, count, y)) {
  IN_PLACE for (size_t i = 0; i < count; i++) y[i] = x[i] < 0 ? 0 : x[i];
}

ENGRAM_KERNEL(void, engram_relu_backward,
    (const float *y, const float *dy, size_t count, float *dx),
    (y, dy, count, dx)) {
  IN_PLACE for (size_t i = 0; i < count; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
}

ENGRAM_KERNEL(void, engram_sum_blocks,
    (const float *restrict blocks, size_t block_count, size_t stride, size_t count, float *restrict sum),
    (blocks, block_count, stride, count, sum)) {
  for (size_t i = 0; i < count; i++) sum[i] = blocks[i];
  for (size_t b = 1; b < block_count; b++)
    for (size_t i = 0; i < count; i++) sum[i] += blocks[b * stride + i];
}

ENGRAM_KERNEL(void, engram_momentum_step,
    (const float *restrict gradient, size_t count, float momentum, float rate, float *restrict velocity, float
      *restrict weight),
    (gradient, count, momentum, rate, velocity, weight)) {
  for (size_t i = 0; i < count; i++) {
    velocity[i] = momentum * velocity[i] + gradient[i];
    weight[i] -= rate * velocity[i];
  }
}

ENGRAM_KERNEL(void, engram_add, (const float *a, const float *b, size_t count, float *y), (a, b, count, y)) {
  IN_PLACE for (size_t i = 0; i < count; i++) y[i] = a[i] + b[i];
}

ENGRAM_KERNEL(void, engram_add_relu, (const float *a, const float *b, size_t count, float *y), (a, b, count, y)) {
  IN_PLACE for (size_t i = 0; i < count; i++) {
    float sum = a[i] + b[i];
    y[i] = sum < 0 ? 0 : sum;
  }
}

ENGRAM_KERNEL(void, engram_scale_channels,
    (const float *restrict x, size_t rows, size_t channels, const float *restrict factor, const float *restrict
      offset, float *restrict y),
    (x, rows, channels, factor, offset, y)) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++)
      y[r * channels + c] = factor[c] * x[r * channels + c] + (offset ? offset[c] : 0);
}

ENGRAM_KERNEL(void, engram_affine_channels,
    (const float *restrict x, size_t rows, size_t channels, const float *restrict weight, const float *restrict bias,
      int rectified, float *restrict y),
    (x, rows, channels, weight, bias, rectified, y)) {
  if (rectified) {
    for (size_t r = 0; r < rows; r++)
      for (size_t c = 0; c < channels; c++) {
        const float value = weight[c] * x[r * channels + c] + bias[c];
        y[r * channels + c] = value < 0 ? 0 : value;
      }
    return;
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) y[r * channels + c] = weight[c] * x[r * channels + c] + bias[c];
}

ENGRAM_KERNEL(void, engram_parametric_relu,
    (const float *x, size_t rows, size_t channels, const float *weight, size_t slopes, const float *source, float *y),
    (x, rows, channels, weight, slopes, source, y)) {
  for (size_t r = 0; r < rows; r++)
    IN_PLACE for (size_t c = 0; c < channels; c++) {
      const size_t i = r * channels + c;
      y[i] = x[i] > 0 ? source[i] : source[i] * weight[slopes > 1 ? c : 0];
    }
}

void engram_copy_rows(const float *restrict source, size_t rows, size_t columns, size_t source_stride,
                      size_t target_stride, float *restrict target) {
  for (size_t r = 0; r < rows; r++)
    memcpy(target + r * target_stride, source + r * source_stride, columns * sizeof *target);
}
