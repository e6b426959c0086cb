// Winograd's transform of a convolution's weights, which are made anew at every step of a training: a panel's outputs side by
// side. Of the convolution itself, and of the one that leads its gradient back to the input: see gradient_weights.c.
#include <string.h>

#include "ckernels.h"
#include "../../levels.h"
#include "winograd_points.h"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { SIDE = ENGRAM_PANEL, LANES = 8, DEPTH = 16 };
typedef double wide __attribute__((vector_size(64)));
typedef float narrow __attribute__((vector_size(32), aligned(4)));

/// G, size × window: the powers of a point over its distances from the others; the last row belongs to ∞.
void engram_winograd_weight_transform(size_t size, size_t window, double g[6][5]) {
  static const double four[] = {0, 1, -1}, six[] = {0, P1, -P1, P2, -P2};
  const double *points = size == 4 ? four : six;
  for (size_t i = 0; i + 1 < size; i++) {
    double distances = 1, power = 1;
    for (size_t j = 0; j + 1 < size; j++)
      if (j != i) distances *= points[i] - points[j];
    for (size_t k = 0; k < window; k++, power *= points[i]) g[i][k] = power / distances;
  }
  for (size_t k = 0; k < window; k++) g[size - 1][k] = k + 1 == window;
}

/// G w Gᵀ of a panel's outputs for one input; taps: where the outputs' weights lie, by rows of the window.
INLINE void transform(const int size, const int window, double g[6][5], const float *const *taps, size_t plane,
                      float *transformed) {
  // The same bits on every machine: no product is added unrounded.
  _Pragma("clang fp contract(off)")
  for (size_t v = 0; v < SIDE; v += LANES) {
    wide half[6][5];
    UNROLL for (int l = 0; l < window; l++)
      UNROLL for (int i = 0; i < size; i++) {
        half[i][l] = (wide){0};
        UNROLL for (int k = 0; k < window; k++)
          half[i][l] += g[i][k] * __builtin_convertvector(*(const narrow *)(taps[k * window + l] + v), wide);
      }
    UNROLL for (int i = 0; i < size; i++)
      UNROLL for (int j = 0; j < size; j++) {
        wide sum = {0};
        UNROLL for (int l = 0; l < window; l++) sum += half[i][l] * g[j][l];
        *(narrow *)(transformed + (size_t)(i * size + j) * plane + v) = __builtin_convertvector(sum, narrow);
      }
  }
}

INLINE void transform_any(size_t size, size_t window, double g[6][5], const float *const *taps, size_t plane,
                          float *transformed) {
  if (size == 4)
    transform(4, 3, g, taps, plane, transformed);
  else if (window == 3)
    transform(6, 3, g, taps, plane, transformed);
  else
    transform(6, 5, g, taps, plane, transformed);
}

ENGRAM_KERNEL(void, engram_winograd_weights,
    (const float *restrict weight, size_t outputs, size_t window, size_t channels, size_t size,
      float *restrict transformed),
    (weight, outputs, window, channels, size, transformed)) {
  double g[6][5];
  engram_winograd_weight_transform(size, window, g);
  const size_t plane = engram_panel_count(outputs, channels), row = window * window * channels;
  float turned[25][DEPTH][SIDE] = {{{0}}};
  for (size_t first = 0; first < outputs; first += SIDE, weight += SIDE * row) {
    const size_t side = outputs - first < SIDE ? outputs - first : SIDE;
    if (side < SIDE) memset(turned, 0, sizeof turned);
    for (size_t c0 = 0; c0 < channels; c0 += DEPTH) {
      const size_t depth = channels - c0 < DEPTH ? channels - c0 : DEPTH;
      for (size_t tap = 0; tap < window * window; tap++)
        engram_transpose32(weight + tap * channels + c0, row, side, depth, turned[tap], SIDE);
      for (size_t c = 0; c < depth; c++, transformed += SIDE) {
        const float *taps[25];
        for (size_t tap = 0; tap < window * window; tap++) taps[tap] = turned[tap][c];
        transform_any(size, window, g, taps, plane, transformed);
      }
    }
  }
}

ENGRAM_KERNEL(void, engram_winograd_turned_weights,
    (const float *restrict weight, size_t outputs, size_t window, size_t channels, size_t size,
      float *restrict transformed),
    (weight, outputs, window, channels, size, transformed)) {
  double g[6][5];
  engram_winograd_weight_transform(size, window, g);
  const size_t plane = engram_panel_count(channels, outputs), count = window * window;
  float padded[25][SIDE] = {{0}};
  for (size_t first = 0; first < channels; first += SIDE) {
    const size_t side = channels - first < SIDE ? channels - first : SIDE;
    for (size_t o = 0; o < outputs; o++, transformed += SIDE) {
      const float *taps[25];
      for (size_t tap = 0; tap < count; tap++) {
        const float *own = weight + (o * count + count - 1 - tap) * channels + first;
        taps[tap] = side < SIDE ? memcpy(padded[tap], own, side * sizeof *own) : own;
      }
      transform_any(size, window, g, taps, plane, transformed);
    }
  }
}
