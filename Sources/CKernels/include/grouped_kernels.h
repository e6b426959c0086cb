// Convolution of channels in groups. Maps are height × width × channels; kernels allocate nothing, and pointers may not
// overlap. Every sum runs over its terms in the window's order, so that a result does not depend on how rows are cut into
// calls.
#ifndef ENGRAM_GROUPED_KERNELS_H
#define ENGRAM_GROUPED_KERNELS_H

#include <stddef.h>

#include "convolution_kernels.h"
#include "network_kernels.h"

/// Rows first_row ..< first_row + rows of y[r][c][k] = bias[k] + Σ weight[k][i][j] · x[r · stride + i · dilation − top][…][k]
/// over the taps in the map, then at least 0 where `rectified`. `weights`: see engram_pack_depthwise; `bias` may be null.
void engram_depthwise(const float *x, const engram_window *window, const float *weights, const float *bias,
                      int rectified, size_t first_row, size_t rows, float *y);
/// Floats of `channels` × `taps` weights in blocks.
size_t engram_depthwise_count(size_t channels, size_t taps);
/// channels × taps → blocks of taps × 16 channels; the last block is of the last 16 channels, or filled up with zeros.
void engram_pack_depthwise(const float *weight, size_t channels, size_t taps, float *packed);

/// y[r][c][g][o] = bias[g][o] + Σ weight[g][o][i][j][k] · x[r][c][i · tap_rows + j · tap_columns + g · inputs + k], then at
/// least 0 where `rectified`: `x.rows` and `x.columns` lead from one window to the next, `tap_…` from one tap to the next.
/// `inputs` and `outputs` are a group's. `weights`: see engram_pack_groups; `bias` may be null.
typedef struct {
  engram_map x, y;
  size_t rows, columns;
  size_t groups, inputs, outputs;
  size_t window_height, window_width, tap_rows, tap_columns;
  const float *weights, *bias;
  int rectified;
} engram_groups;

void engram_multiply_groups(const engram_groups *shape);
/// Floats of the packed weights.
size_t engram_groups_count(size_t groups, size_t inputs, size_t outputs, size_t taps);
/// groups × outputs × taps × inputs → by group 16, 8 or 4 outputs side by side, taps × inputs of them; where groups of four
/// inputs and outputs come in fours, four groups' outputs side by side.
void engram_pack_groups(const float *weight, size_t groups, size_t inputs, size_t outputs, size_t taps, float *packed);

#endif
