// The gradient of a convolution's weights in Winograd's form: the algorithm of winograd.c is linear in the weights, so that
// its transpose leads the gradient of the output back to them, with the same matrices and as few multiplications:
// dw = Gᵀ (Σ over tiles (A dy Aᵀ) ⊙ (Bᵀ x B)) G. Of size 6 alone.
#include "ckernels.h"
#include "winograd_points.h"

#define SIZE 6
#define TEMPLATE "Networks/Winograd/winograd_gradient_template.h"
#include "../../vector_levels.h"

void engram_winograd_output_gradient(const engram_winograd *shape, engram_map dy, size_t first, size_t count,
                                     size_t outputs, float *v, size_t plane) {
  ENGRAM_BEST(winograd_output_gradient)(shape, dy, first, count, outputs, v, plane);
}

void engram_winograd_outer(const float *a, size_t a_width, const float *b, size_t b_width, size_t tiles, float *y,
                           size_t y_stride) {
  ENGRAM_BEST(winograd_outer)(a, a_width, b, b_width, tiles, y, y_stride);
}

void engram_winograd_weight_gradient(size_t window, const float *m, size_t plane, size_t outputs, size_t channels, int adds,
                                     float *weight, size_t taps, size_t rows) {
  ENGRAM_BEST(winograd_weight_gradient)(window, m, plane, outputs, channels, adds, weight, taps, rows);
}
