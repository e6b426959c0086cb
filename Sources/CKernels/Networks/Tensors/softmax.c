// Softmax over the last axis.
#include <math.h>

#include "ckernels.h"

#define TEMPLATE "Networks/Tensors/softmax_template.h"
#include "../../vector_levels.h"

void engram_softmax(const float *x, size_t rows, size_t n, int logarithm, float *y) {
  ENGRAM_BEST(softmax)(x, rows, n, logarithm, y);
}

void engram_softmax_backward(const float *y, const float *dy, size_t rows, size_t n, int logarithm, float *dx) {
  ENGRAM_BEST(softmax_backward)(y, dy, rows, n, logarithm, dx);
}
