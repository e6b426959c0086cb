// Winograd's transform of a convolution's weights, which is made anew at every step of a training: a panel's outputs side
// by side.
#include "ckernels.h"
#include "../../levels.h"
#include "winograd_points.h"

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

ENGRAM_KERNEL(void, engram_winograd_weights,
    (const float *restrict weight, size_t outputs, size_t window, size_t channels, size_t size,
      float *restrict transformed),
    (weight, outputs, window, channels, size, transformed)) {
  // The same bits on every machine: no product is added unrounded.
  _Pragma("clang fp contract(off)")
  enum { SIDE = ENGRAM_PANEL, DEPTH = 16 };
  double g[6][5];
  engram_winograd_weight_transform(size, window, g);
  const size_t plane = engram_panel_count(outputs, channels), row = window * window * channels;
  float taps[25][DEPTH][SIDE] = {{{0}}};
  for (size_t first = 0; first < outputs; first += SIDE, weight += SIDE * row) {
    const size_t side = outputs - first < SIDE ? outputs - first : SIDE;
    if (side < SIDE)
      for (size_t i = 0; i < sizeof taps / sizeof(float); i++) (&taps[0][0][0])[i] = 0;
    for (size_t c0 = 0; c0 < channels; c0 += DEPTH) {
      const size_t depth = channels - c0 < DEPTH ? channels - c0 : DEPTH;
      for (size_t tap = 0; tap < window * window; tap++)
        engram_transpose32(weight + tap * channels + c0, row, side, depth, taps[tap], SIDE);
      for (size_t c = 0; c < depth; c++, transformed += SIDE) {
        double half[6][5][SIDE] = {{{0}}};
        for (size_t l = 0; l < window; l++)
          for (size_t k = 0; k < window; k++)
            for (size_t i = 0; i < size; i++)
              for (size_t v = 0; v < SIDE; v++) half[i][l][v] += g[i][k] * taps[k * window + l][c][v];
        for (size_t i = 0; i < size; i++)
          for (size_t j = 0; j < size; j++) {
            double sum[SIDE] = {0};
            for (size_t l = 0; l < window; l++)
              for (size_t v = 0; v < SIDE; v++) sum[v] += half[i][l][v] * g[j][l];
            for (size_t v = 0; v < SIDE; v++) transformed[(i * size + j) * plane + v] = (float)sum[v];
          }
      }
    }
  }
}
