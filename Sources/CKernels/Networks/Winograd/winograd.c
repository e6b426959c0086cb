// Winograd's convolution (Lavin and Gray 2016, arXiv:1509.09308): the transforms of inputs and products. The products
// between them are engram_multiply's; the transform of weights stands in winograd_weights.c.
//
// The matrices are Toom and Cook's for the points 0, ±1, ∞ (size 4) and 0, ±3/4, ±3/2, ∞ (size 6). With Lavin and
// Gray's 0, ±1, ±2, ∞ the error is twice as large; these points keep Bᵀ and Aᵀ exact in single precision. G carries
// the fractions and is applied in double precision.
#include "ckernels.h"
#include "winograd_points.h"

#define TEMPLATE "Networks/Winograd/winograd_template.h"
#include "../../vector_levels.h"

void engram_winograd_input(const engram_winograd *shape, engram_map x, size_t first, size_t count, float *v,
                           size_t plane) {
  ENGRAM_BEST(winograd_input)(shape, x, first, count, v, plane);
}

void engram_winograd_output(const engram_winograd *shape, const float *m, size_t plane, size_t first, size_t count,
                            size_t outputs, const float *bias, engram_map addend, int rectified, engram_map y) {
  ENGRAM_BEST(winograd_output)(shape, m, plane, first, count, outputs, bias, addend, rectified, y);
}
