// Activation functions: of every element by itself.
#include <math.h>
#include <string.h>

#include "ckernels.h"

#define TEMPLATE "Networks/elements_template.h"
#include "../vector_levels.h"

void engram_apply(engram_element_function function, const float *x, size_t count, float a, float b, float *y) {
  ENGRAM_BEST(apply)(function, x, count, a, b, y);
}

void engram_apply_backward(engram_element_function function, const float *x, const float *y, const float *dy,
                           size_t count, float a, float b, float *dx) {
  ENGRAM_BEST(apply_backward)(function, x, y, dy, count, a, b, dx);
}
