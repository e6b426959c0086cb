// Winograd's convolution (Lavin and Gray 2016, arXiv:1509.09308): the transforms of weights, inputs and products. The
// products between them are engram_multiply's.
//
// The matrices are Toom and Cook's for the points 0, ±1, ∞ (size 4) and 0, ±3/4, ±3/2, ∞ (size 6). With Lavin and
// Gray's 0, ±1, ±2, ∞ the error is twice as large; these points keep Bᵀ and Aᵀ exact in single precision. G carries
// the fractions and is applied in double precision.
#include "ckernels.h"

#define P1 0.75f
#define P2 1.5f
#define TEMPLATE "Networks/winograd_template.h"
#include "../vector_levels.h"

void engram_winograd_input(const engram_winograd *shape, engram_map x, size_t first, size_t count, float *v,
                           size_t plane) {
  ENGRAM_BEST(winograd_input)(shape, x, first, count, v, plane);
}

void engram_winograd_output(const engram_winograd *shape, const float *m, size_t plane, size_t first, size_t count,
                            size_t outputs, const float *bias, engram_map addend, int rectified, engram_map y) {
  ENGRAM_BEST(winograd_output)(shape, m, plane, first, count, outputs, bias, addend, rectified, y);
}

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

void engram_winograd_weights(const float *restrict weight, size_t outputs, size_t window, size_t channels, size_t size,
                             float *restrict transformed) {
  double g[6][5];
  engram_winograd_weight_transform(size, window, g);
  const size_t plane = engram_panel_count(outputs, channels);
  for (size_t i = 0; i < size * size * plane; i++) transformed[i] = 0;
  for (size_t o = 0; o < outputs; o++)
    for (size_t c = 0; c < channels; c++) {
      const float *kernel = weight + o * window * window * channels + c;
      float *target = transformed + (o / ENGRAM_PANEL * channels + c) * ENGRAM_PANEL + o % ENGRAM_PANEL;
      double half[6][5] = {{0}};
      for (size_t i = 0; i < size; i++)
        for (size_t l = 0; l < window; l++)
          for (size_t k = 0; k < window; k++) half[i][l] += g[i][k] * kernel[(k * window + l) * channels];
      for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < size; j++) {
          double sum = 0;
          for (size_t l = 0; l < window; l++) sum += half[i][l] * g[j][l];
          target[(i * size + j) * plane] = (float)sum;
        }
    }
}
