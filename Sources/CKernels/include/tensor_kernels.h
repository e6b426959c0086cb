// The loops of layers over tensors of any rank: row-major, the last axis contiguous, one sample a call; float is IEEE
// single. Kernels allocate nothing. Pointers may not overlap unless a kernel says so.
#ifndef ENGRAM_TENSOR_KERNELS_H
#define ENGRAM_TENSOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// y[to ..< to + length] is x[from …], or the fill value where `from` is negative.
typedef struct {
  int32_t from, to, length;
} engram_run;

/// y[first ..< last] of runs that are sorted by `to`, without gaps; `runs` begins with the one that holds `first`.
void engram_copy_runs(const float *x, const engram_run *runs, size_t first, size_t last, float fill, float *y);
/// The transpose: dx[from …] += dy[to …], run after run; dx begins as the caller left it.
void engram_add_runs(const float *dy, const engram_run *runs, size_t count, float *dx);
/// y[c][r] = x[r][c] for the columns first ..< last of a matrix of rows × columns; y is columns × rows.
void engram_transpose_columns(const float *x, size_t rows, size_t columns, size_t first, size_t last, float *y);
/// y[i] = x[indices[i]], or the fill value where the index is negative.
void engram_gather(const float *x, const int32_t *indices, size_t count, float fill, float *y);
/// dx[indices[i]] += dy[i] in order, where the index is not negative.
void engram_scatter(const float *dy, const int32_t *indices, size_t count, float *dx);

/// Axes that a walk has at most.
#define ENGRAM_AXES 8

/// Two operands walked side by side, axis 0 slowest: element (i0, i1, …) of an operand lies at Σ i · stride. A stride of 0
/// reads the same element again.
typedef struct {
  size_t rank;
  size_t sizes[ENGRAM_AXES];
  size_t a[ENGRAM_AXES], b[ENGRAM_AXES];
} engram_walk;

typedef enum {
  engram_operation_add,
  engram_operation_subtract,
  engram_operation_multiply,
  engram_operation_divide,
  engram_operation_power,
  engram_operation_minimum,
  engram_operation_maximum,
  // 1 where it is so, else 0. What is not 0 is true.
  engram_operation_equal,
  engram_operation_less,
  engram_operation_less_or_equal,
  engram_operation_and,
  engram_operation_or,
  engram_operation_exclusive_or,
  // b where a is true, else 0; and where it is not.
  engram_operation_keep,
  engram_operation_drop,
} engram_operation;

/// y = a ∘ b, y in the order of the walk.
void engram_combine(engram_operation operation, const engram_walk *walk, const float *a, const float *b, float *y);
/// target += dy · ∂y / ∂a, or ∂y / ∂b where `of_b`, in the order of the walk; `target` lies as that operand does and begins
/// as the caller left it. Of equal operands a minimum or maximum gives either half.
void engram_combine_backward(engram_operation operation, int of_b, const engram_walk *walk, const float *a,
                             const float *b, const float *dy, float *target);

typedef enum {
  engram_reduction_sum,
  engram_reduction_squares,
  engram_reduction_maximum,
  engram_reduction_minimum,
  engram_reduction_product,
  engram_reduction_product_of_others,  // Of what is not 0.
  engram_reduction_zeros,              // How many are 0.
} engram_reduction;

/// y ∘= x (or x²) in the order of the walk: `a` has the strides of x, `b` those of y, 0 along reduced axes; y begins as the
/// caller left it. Along the last axis sums are kept in 16 lanes.
void engram_reduce(engram_reduction reduction, const engram_walk *walk, const float *x, float *y);
/// counts += 1 for every x that is its y. `counts` lies as y does.
void engram_count_equal(const engram_walk *walk, const float *x, const float *y, float *counts);

typedef enum {
  engram_spread_plain,     // dx = a
  engram_spread_scaled,    // dx = a · x
  engram_spread_equal,     // dx = a where x = b, else 0
  engram_spread_quotient,  // dx = a / x, and b where x = 0
} engram_spread;

/// Back from what was reduced: sets dx from x and from a and b, which lie as y does.
void engram_spread_reduced(engram_spread spread, const engram_walk *walk, const float *x, const float *a, const float *b,
                           float *dx);

/// Of every row of `channels` floats: y = (x − mean) / √(variance + epsilon) · weight + bias (variance divided by the
/// channels, both in double); the mean counts as 0 unless `centred`; null weight and bias are 1 and 0.
void engram_normalise_rows(const float *x, size_t rows, size_t channels, double epsilon, int centred,
                           const float *weight, const float *bias, float *y);
/// dx of the same, the statistics computed anew.
void engram_normalise_rows_backward(const float *x, const float *dy, size_t rows, size_t channels, double epsilon,
                                    int centred, const float *weight, float *dx);
/// y = a[c] · x + b[c] · z + d[c] per channel c of `rows` rows.
void engram_mix_channels(const float *x, const float *z, size_t rows, size_t channels, const float *a, const float *b,
                         const float *d, float *y);

/// Of every row of n floats: y = exp(x) / Σ exp(x), or x − ln Σ exp(x) where `logarithm`. A row of −∞ alone gives NaN.
void engram_softmax(const float *x, size_t rows, size_t n, int logarithm, float *y);
/// dx and dy may be the same.
void engram_softmax_backward(const float *y, const float *dy, size_t rows, size_t n, int logarithm, float *dx);

/// Of a row or column of an output of interpolation: the two of the input between which it lies, and how far from the first.
typedef struct {
  const int32_t *lower, *upper;
  const float *fractions;
} engram_taps;

/// Rows first ..< last of y, whose rows are out_width × channels, from x, whose rows are width × channels.
void engram_interpolate(const float *x, size_t width, size_t channels, const engram_taps *rows,
                        const engram_taps *columns, size_t first, size_t last, size_t out_width, float *y);
/// The transpose, of all rows: dx += …, dx begins as the caller left it.
void engram_interpolate_backward(const float *dy, size_t width, size_t channels, const engram_taps *rows,
                                 const engram_taps *columns, size_t out_height, size_t out_width, float *dx);

/// The most values that are added to the scores of attention.
#define ENGRAM_MASKS 2

/// Attention of one group and head: y = softmax(scale · q kᵀ + masks) v; scores of −∞ alone give 0. Rows of q, k, v and y
/// are tokens, which lie `…_stride` floats apart; a mask has `keys` floats for every query, its rows mask_strides apart (0:
/// one row for all).
typedef struct {
  size_t queries, keys, size, value_size;
  float scale;
  int causal;  // Whether query i reads keys 0 … i alone.
  const float *q, *k, *v;
  size_t q_stride, k_stride, v_stride;
  const float *masks[ENGRAM_MASKS];  // Null where there is none.
  size_t mask_strides[ENGRAM_MASKS];
  float *y;
  size_t y_stride;
} engram_attention;

/// Floats between rows of scores: `keys`, rounded up.
size_t engram_score_stride(size_t keys);
/// Queries that are worked on at a time.
size_t engram_query_tile(size_t queries, size_t keys);
/// Floats that `scratch` of the following holds.
size_t engram_attention_scratch(size_t queries, size_t keys, size_t size, size_t value_size);
/// Sets y of queries first ..< last. A query's result does not depend on which others are asked for.
void engram_attend(const engram_attention *attention, size_t first, size_t last, float *scratch);
/// Sets softmax(scale · q kᵀ + masks) of queries first ..< last, `keys` numbers and zeros up to the stride of scores.
/// `panels`: the keys as engram_pack_tokens leaves them.
void engram_attention_weights(const engram_attention *attention, size_t first, size_t last, const float *panels,
                              float *weights);
/// `tokens` × `size` → panels as engram_pack_panels makes them of contiguous tokens.
void engram_pack_tokens(const float *x, size_t tokens, size_t size, size_t stride, float *panels);

#endif
