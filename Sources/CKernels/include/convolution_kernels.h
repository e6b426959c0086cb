// Inference's products: convolution without gathered patches, Winograd's transforms, and few rows through a fully
// connected layer. Feature maps are height × width × channels. Every sum runs over its terms in one fixed order, so
// that a result depends neither on how many rows, columns or samples a call has nor on how work is cut into calls;
// the last bits depend on whether the CPU multiplies and adds in one step.
#ifndef ENGRAM_CONVOLUTION_KERNELS_H
#define ENGRAM_CONVOLUTION_KERNELS_H

#include <stddef.h>

#include "element_kernels.h"

/// A sample's map in memory: the vector at (row, column) begins at base + row · rows + column · columns.
typedef struct {
  float *base;
  size_t rows, columns;
} engram_map;

/// Outputs a panel of weights holds side by side.
#define ENGRAM_PANEL 32

/// y[r][c][o] = bias[o] + addend[r][c][o] + Σ x[r][c][segment · segment_stride + k] · weight[segment][k][o],
/// k < segment_length, then at least 0 where `rectified`. A product with one segment is a matrix's; a
/// convolution has one segment for every row of its window. `panels`: see engram_pack_panels. `bias`,
/// `addend.base`: may be null; `addend` may be `y`. `next`, which may be null: the panels that are read after these.
/// Where `applies`, `function` of it all: see engram_apply.
typedef struct {
  engram_map x, y, addend;
  size_t rows, columns, outputs;
  size_t segments, segment_length, segment_stride;
  const float *panels, *bias, *next;
  int rectified, applies;
  engram_element_function function;
  float a, b;
} engram_product;

void engram_multiply(const engram_product *product);

/// Floats of `outputs` × `depth` weights in panels.
size_t engram_panel_count(size_t outputs, size_t depth);
/// outputs × depth → panels of 32 outputs × depth × 32, zeros after the last output.
void engram_pack_panels(const float *weight, size_t outputs, size_t depth, float *panels);

/// The same of the convolution from `outputs` to `channels` that leads a gradient back: from outputs × height × width ×
/// channels, with the window turned by half a circle.
void engram_pack_turned_panels(const float *weight, size_t outputs, size_t height, size_t width, size_t channels,
                               float *panels);

/// Copies rows first_row ..< first_row + rows and columns first_column ..< first_column + columns of a
/// height × width × channels map; zeros where they lie outside it.
void engram_pad(const float *x, size_t height, size_t width, size_t channels, ptrdiff_t first_row, size_t rows,
                ptrdiff_t first_column, size_t columns, float *target);

/// A convolution of stride 1 in Winograd's form: `size` × `size` products for every tile of `step` × `step` outputs;
/// (size, step) is (6, 4) or (4, 2) for a 3 × 3 window, (6, 2) for 5 × 5. Tiles are numbered by rows.
typedef struct {
  size_t height, width, channels, top, left;
  size_t out_height, out_width;
  size_t size, step, tiles_high, tiles_wide;
} engram_winograd;

/// size² × channels × outputs in panels, from outputs × window × window × channels.
void engram_winograd_weights(const float *weight, size_t outputs, size_t window, size_t channels, size_t size,
                             float *transformed);
/// G of the form with that size and window, size × window.
void engram_winograd_weight_transform(size_t size, size_t window, double g[6][5]);
/// The weights of the convolution from `outputs` to `channels` that leads a gradient back: the window turned by half a circle;
/// size² × outputs × channels in panels.
void engram_winograd_turned_weights(const float *weight, size_t outputs, size_t window, size_t channels, size_t size,
                                    float *transformed);
/// Tiles first ..< first + count of x → v: size² planes, `plane` floats apart, of count × channels. channels: a
/// multiple of 16. x's columns are channels apart.
void engram_winograd_input(const engram_winograd *shape, engram_map x, size_t first, size_t count, float *v,
                           size_t plane);
/// m: size² planes of count × outputs → y, with bias, addend and rectifier as in engram_product. outputs: a multiple of
/// 16.
void engram_winograd_output(const engram_winograd *shape, const float *m, size_t plane, size_t first, size_t count,
                            size_t outputs, const float *bias, engram_map addend, int rectified, engram_map y);
/// Tiles first ..< first + count of the output's gradient → v, as engram_winograd_input does x. size: 6. outputs: those that
/// are transformed, a multiple of 16.
void engram_winograd_output_gradient(const engram_winograd *shape, engram_map dy, size_t first, size_t count,
                                     size_t outputs, float *v, size_t plane);
/// y[i][j] = Σ a[t][i] · b[t][j] over tiles; widths are multiples of 16, rows of y are `y_stride` apart.
void engram_winograd_outer(const float *a, size_t a_width, const float *b, size_t b_width, size_t tiles, float *y,
                           size_t y_stride);
/// m: 6² planes of outputs × channels → the gradient of the weights, set or added to: taps are `taps` floats apart,
/// outputs `rows`. channels: a multiple of 16. window: 3 or 5.
void engram_winograd_weight_gradient(size_t window, const float *m, size_t plane, size_t outputs, size_t channels, int adds,
                                     float *weight, size_t taps, size_t rows);

/// z[r][o] = bias[o] + Σ x[r][k] · weight[o][k], k < inputs, for `rows` rows; z's rows are z_stride floats apart.
/// `bias` may be null. Weights are read once for every 32 rows.
void engram_row_products(const float *x, size_t rows, size_t inputs, const float *weight, size_t outputs,
                         const float *bias, float *z, size_t z_stride);

#endif
