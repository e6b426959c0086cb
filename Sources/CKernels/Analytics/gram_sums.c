// Row sums of Gram matrices of powers of feature maps: order by order, without the matrices. Roots are the caller's.
#include <math.h>

#include "ckernels.h"
#include "../levels.h"

enum { lanes = 8 };

// Sums have the same order on every CPU, and no product is rounded elsewhere than on others.
#pragma clang fp contract(off)

float engram_largest_magnitude(const float *map, size_t positions, size_t channels, size_t row_stride) {
  float largest = 0;
  for (size_t s = 0; s < positions; s++)
    for (size_t c = 0; c < channels; c++) {
      const float size = fabsf(map[s * row_stride + c]);
      if (!(size <= largest)) largest = size;
      if (isnan(size)) return size;
    }
  return largest;
}

/// Σ of `count` numbers, eight at a time: the same on every CPU.
static inline __attribute__((always_inline)) double sum(const double *x, size_t count) {
  double part[lanes] = {0};
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (size_t l = 0; l < lanes; l++) part[l] += x[i + l];
  for (size_t l = 0; i + l < count; l++) part[l] += x[i + l];
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

/// For `width` channels: own += Σ_s power_s · total_s, then power_s *= f_s.
static inline __attribute__((always_inline)) void add_order(
    size_t width, size_t rows, size_t channels, const double *restrict f, const double *restrict total,
    double *restrict power, double *restrict own) {
  double part[2 * lanes];
  for (size_t l = 0; l < width; l++) part[l] = own[l];
  for (size_t s = 0; s < rows; s++)
    for (size_t l = 0; l < width; l++) {
      part[l] += power[s * channels + l] * total[s];
      power[s * channels + l] *= f[s * channels + l];
    }
  for (size_t l = 0; l < width; l++) own[l] = part[l];
}

ENGRAM_KERNEL(void, engram_gram_sums,
    (const float *restrict map, size_t positions, size_t channels, size_t row_stride, double factor, size_t orders,
      size_t rows, double *restrict room, double *restrict sums),
    (map, positions, channels, row_stride, factor, orders, rows, room, sums)) {
  double *restrict f = room, *restrict power = f + rows * channels, *restrict total = power + rows * channels;
  for (size_t i = 0; i < orders * channels; i++) sums[i] = 0;
  for (size_t first = 0; first < positions; first += rows) {
    const size_t here = positions - first < rows ? positions - first : rows;
    for (size_t s = 0; s < here; s++)
      for (size_t c = 0; c < channels; c++)
        power[s * channels + c] = f[s * channels + c] = map[(first + s) * row_stride + c] * factor;
    for (size_t p = 0; p < orders; p++) {
      for (size_t s = 0; s < here; s++) total[s] = sum(power + s * channels, channels);
      double *own = sums + p * channels;
      size_t c = 0;
      for (; c + 2 * lanes <= channels; c += 2 * lanes)
        add_order(2 * lanes, here, channels, f + c, total, power + c, own + c);
      if (c < channels) add_order(channels - c, here, channels, f + c, total, power + c, own + c);
    }
  }
}
