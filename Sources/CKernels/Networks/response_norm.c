// Local response normalisation across channels, beta = 3/4: d^(−3/4) = 1 / (√d · √√d), no pow().
#include "ckernels.h"
#include "../levels.h"

/// sums[c] = Σ padded[c … c + size), so with padded[c + size/2] = v[c] the sum over c's neighbours.
static inline __attribute__((always_inline)) void neighbour_sums(const float *restrict padded, size_t channels,
                                                                 size_t size, float *restrict sums) {
  if (size == 5) {
    for (size_t c = 0; c < channels; c++)
      sums[c] = padded[c] + padded[c + 1] + padded[c + 2] + padded[c + 3] + padded[c + 4];
    return;
  }
  for (size_t c = 0; c < channels; c++) sums[c] = 0;
  for (size_t s = 0; s < size; s++)
    for (size_t c = 0; c < channels; c++) sums[c] += padded[c + s];
}

static inline __attribute__((always_inline)) float minus_three_quarters(float d) {
  float root = __builtin_elementwise_sqrt(d);
  return 1.0f / (root * __builtin_elementwise_sqrt(root));
}

ENGRAM_KERNEL(void, engram_response_norm,
    (const float *restrict x, size_t positions, size_t channels, size_t size, float alpha, float k, float *restrict
      scratch, float *restrict y),
    (x, positions, channels, size, alpha, k, scratch, y)) {
  const size_t half = size / 2;
  const float scale = alpha / (float)size;
  float *squares = scratch, *sums = scratch + channels + size;
  for (size_t i = 0; i < channels + size; i++) squares[i] = 0;
  for (size_t p = 0; p < positions; p++, x += channels, y += channels) {
    for (size_t c = 0; c < channels; c++) squares[c + half] = x[c] * x[c];
    neighbour_sums(squares, channels, size, sums);
    for (size_t c = 0; c < channels; c++) y[c] = x[c] * minus_three_quarters(k + scale * sums[c]);
  }
}

// dx_i = dy_i d_i^(−β) − 2αβ/n · x_i · Σ_j dy_j x_j d_j^(−β−1), j over the channels that i is a neighbour of.
ENGRAM_KERNEL(void, engram_response_norm_backward,
    (const float *restrict x, const float *restrict dy, size_t positions, size_t channels, size_t size, float alpha,
      float k, float *restrict scratch, float *restrict dx),
    (x, dy, positions, channels, size, alpha, k, scratch, dx)) {
  const size_t half = size / 2, after = size - 1 - half;
  const float scale = alpha / (float)size, factor = 1.5f * scale;
  float *padded = scratch, *shares = scratch + channels + size, *sums = shares + channels + size;
  for (size_t i = 0; i < channels + size; i++) padded[i] = shares[i] = 0;
  for (size_t p = 0; p < positions; p++, x += channels, dy += channels, dx += channels) {
    for (size_t c = 0; c < channels; c++) padded[c + half] = x[c] * x[c];
    neighbour_sums(padded, channels, size, sums);
    for (size_t c = 0; c < channels; c++) {
      float d = k + scale * sums[c], power = minus_three_quarters(d);
      dx[c] = dy[c] * power;
      shares[c + after] = dx[c] * x[c] / d;
    }
    neighbour_sums(shares, channels, size, sums);
    for (size_t c = 0; c < channels; c++) dx[c] -= factor * x[c] * sums[c];
  }
}
