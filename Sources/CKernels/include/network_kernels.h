// The loops of the network layers that are not matrix products. Feature maps are height × width ×
// channels, channels contiguous ("HWC"), one sample a call; float is IEEE single. Kernels allocate nothing.
// Pointers may not overlap unless a kernel says so.
#ifndef ENGRAM_NETWORK_KERNELS_H
#define ENGRAM_NETWORK_KERNELS_H

#include <stddef.h>

/// What a thread does between two looks at what it waits for.
static inline void engram_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// target[c][p] = source[p][c] for `rows` positions p and `columns` channels c: HWC → CHW, and back.
void engram_transpose(const float *source, size_t rows, size_t columns, float *target);

/// Each of `rows` rows of `columns` floats becomes `bias`.
void engram_fill_rows(float *rows_out, size_t rows, size_t columns, const float *bias);
/// bias_gradient[c] += Σ over rows of gradient[row][c].
void engram_sum_rows(const float *gradient, size_t rows, size_t columns, float *bias_gradient);

/// y = max(x, 0); NaN stays NaN. x and y may be the same.
void engram_relu(const float *x, size_t count, float *y);
/// dx = dy where y > 0, else 0. dx and dy may be the same.
void engram_relu_backward(const float *y, const float *dy, size_t count, float *dx);

/// The geometry of a window that slides over a feature map.
typedef struct {
  size_t height, width, channels;          // of the input
  size_t window_height, window_width, stride;
  size_t top, left;                        // padding before the first row and column, modulo 2^64
  size_t out_height, out_width;
  size_t column_stride;                    // `stride` is the rows'
  size_t row_dilation, column_dilation;    // between taps
} engram_window;

/// The input patches a convolution multiplies with its weights: for every row r < patch_rows and output
/// column x the values of `rows_per_patch` input rows beginning at r · row_step − top, and of window_width
/// columns beginning at x · stride − left; zeros outside. Layout patch_rows × out_width ×
/// (rows_per_patch · window_width · channels).
void engram_patches(const float *input, const engram_window *window, size_t patch_rows, size_t row_step,
                    size_t rows_per_patch, float *patches);
/// The transpose of engram_patches: adds every patch element to the input element it came from.
void engram_patches_backward(const float *patches, const engram_window *window, size_t patch_rows,
                             size_t row_step, size_t rows_per_patch, float *input_gradient);

/// Maximum over each window, cut at the border (padding never wins; −∞ where it is alone). NaN wins.
void engram_max_pool(const float *x, const engram_window *window, float *y);
/// dx = the sum of dy over the windows whose maximum the element is; of equal maxima the first in row order.
void engram_max_pool_backward(const float *x, const float *y, const float *dy, const engram_window *window,
                              float *dx);

/// The maximum over the bins of engram_adaptive_pool, and its gradient, as above.
void engram_adaptive_max_pool(const float *x, size_t height, size_t width, size_t channels, size_t out_height,
                              size_t out_width, float *y);
void engram_adaptive_max_pool_backward(const float *x, const float *y, const float *dy, size_t height, size_t width,
                                       size_t channels, size_t out_height, size_t out_width, float *dx);

/// What a window's sum is divided by: `fixed` unless it is 0, else the number of its elements that lie in the map, or, where
/// padding counts, in the map or its padding, which is `bottom` rows and `right` columns after it.
typedef struct {
  size_t fixed;
  int counts_padding;
  size_t bottom, right;
} engram_divisor;

/// The sum over each window, cut at the border, divided by the divisor. The window has no dilation.
void engram_average_pool(const float *x, const engram_window *window, engram_divisor divisor, float *y);
void engram_average_pool_backward(const float *dy, const engram_window *window, engram_divisor divisor, float *dx);
/// y[r][c] = the mean over rows ⌊r · height / out_height⌋ ..< ⌈(r + 1) · height / out_height⌉, columns likewise,
/// of `count` channels, those from x's and y's on, of which each has `channels` side by side.
void engram_adaptive_pool(const float *x, size_t height, size_t width, size_t channels, size_t count,
                          size_t out_height, size_t out_width, float *y);
void engram_adaptive_pool_backward(const float *dy, size_t height, size_t width, size_t channels,
                                   size_t out_height, size_t out_width, float *dx);

/// Batch normalisation of `rows` rows of `channels`, in steps, the first and third of some of the rows at a time. Sums of
/// x − pivot and of its square, `channels` each:
void engram_batch_norm_sums(const float *x, size_t rows, size_t channels, const float *pivot, double *sums);
/// of the sums of `samples` parts, one after the other, mean, inverse = 1 / √(variance + epsilon) and variance (divided by
/// `rows`, which is of all parts), `channels` floats each;
void engram_batch_norm_statistics(const double *sums, size_t samples, size_t rows, size_t channels, const float *pivot,
                                  double epsilon, float *statistics);
/// y = (x − mean) · inverse · weight + bias.
void engram_batch_norm(const float *x, size_t rows, size_t channels, const float *weight, const float *bias,
                       const float *statistics, float *y);
/// Back in the same steps: sums of dy and of dy times the normalised x,
void engram_batch_norm_products(const float *x, const float *dy, size_t rows, size_t channels, const float *statistics,
                                double *sums);
/// the gradients of weight and bias where they are not null, and in the first part's sums their means over the rows;
void engram_batch_norm_gradients(double *sums, size_t samples, size_t rows, size_t channels, float *weight_gradient,
                                 float *bias_gradient);
/// dx.
void engram_batch_norm_backward(const float *x, const float *dy, size_t rows, size_t channels, const float *weight,
                                const float *statistics, const double *means, float *dx);
/// running = (1 − momentum) · running + momentum · sum / blocks.
void engram_follow_statistics(const float *sum, size_t count, float blocks, float momentum, float *running);

/// y = a + b; y may be one of them.
void engram_add(const float *a, const float *b, size_t count, float *y);
/// y = max(a + b, 0); NaN stays NaN; y may be one of them.
void engram_add_relu(const float *a, const float *b, size_t count, float *y);
/// y = factor · x + offset per channel; a null offset is 0.
void engram_scale_channels(const float *x, size_t rows, size_t channels, const float *factor,
                           const float *offset, float *y);
/// y = weight · x + bias per channel, then at least 0 where `rectified`; NaN stays NaN.
void engram_affine_channels(const float *x, size_t rows, size_t channels, const float *weight, const float *bias,
                            int rectified, float *y);
/// y = source where x > 0, else weight · source; `slopes` weights: one, or one for every channel. With x as the source the
/// parametric rectifier, with dy its gradient. y may be source.
void engram_parametric_relu(const float *x, size_t rows, size_t channels, const float *weight, size_t slopes,
                            const float *source, float *y);
/// Copies `rows` rows of `columns` floats between matrices whose rows lie `…_stride` floats apart.
void engram_copy_rows(const float *source, size_t rows, size_t columns, size_t source_stride,
                      size_t target_stride, float *target);

/// y = x · d^(−3/4), d = k + alpha / size · Σ x² over the `size` neighbouring channels, for `positions`
/// positions. `scratch` holds 3 · (channels + size) floats.
void engram_response_norm(const float *x, size_t positions, size_t channels, size_t size, float alpha,
                          float k, float *scratch, float *y);
void engram_response_norm_backward(const float *x, const float *dy, size_t positions, size_t channels,
                                   size_t size, float alpha, float k, float *scratch, float *dx);

/// sum[i] = blocks[0][offset + i] + blocks[1][offset + i] + …, added in that order; blocks lie `stride` floats apart.
void engram_sum_blocks(const float *blocks, size_t block_count, size_t stride, size_t count, float *sum);
/// v = momentum · v + g; w −= rate · v.
void engram_momentum_step(const float *gradient, size_t count, float momentum, float rate, float *velocity,
                          float *weight);

#endif
