// The fully connected layer of inference: bound by reading the weights where there is one row, by arithmetic where
// there are 32.
#include "ckernels.h"

/// Rows that pass a weight while it is in the cache, outputs side by side, terms of a block.
#define ROWS 32
#define SIDE 6
#define LENGTH 512
/// How far ahead weights are fetched, in floats.
#define AHEAD 256
#define TEMPLATE "Networks/row_products_template.h"
#include "../vector_levels.h"

void engram_row_products(const float *x, size_t rows, size_t inputs, const float *weight, size_t outputs,
                         const float *bias, float *z, size_t z_stride) {
  for (size_t r = 0; r < rows; r += ROWS)
    ENGRAM_BEST(row_products)
  (x + r * inputs, rows - r < ROWS ? rows - r : ROWS, inputs, weight, outputs, bias, z + r * z_stride, z_stride);
}
