// The few loops that choose their instructions at run time. Every kernel has a plain Swift
// counterpart in the tests that says what it computes. Bits are counted from the least significant
// bit of byte 0; words are little-endian, as every supported CPU has them.
#ifndef ENGRAM_CKERNELS_H
#define ENGRAM_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// The version of Engram that is being built: `--version`, `engram_version()` and every run's row.
#define ENGRAM_VERSION "0.1.0"

/// The instruction set the kernels run with: "x86-64", "x86-64-v3", "x86-64-v4" or "portable". It is the best of this machine
/// or, where the environment variable ENGRAM_CPU_LEVEL names a lesser one, that.
const char *engram_cpu_level(void);

/// Significance of `n_samples` samples of one layer. `weights`: n_cols rows of `stride` floats, row j
/// the weights of input j to every output (the last the bias where n_cols = n_in + 1); `x`: n_samples
/// × n_in; `thresholds`: n_samples × stride, τ of every output, +inf where no term is significant.
/// stride: n_out rounded up to 16, the rest +inf. For every nonzero input, then the bias, (n_out + 7) /
/// 8 bytes are written at rows[s], which moves on.
void engram_significance(
    size_t n_samples, size_t n_out, size_t n_in, size_t n_cols, size_t stride, const float *weights,
    const float *x, const float *thresholds, uint8_t **rows);

/// Inputs to a list of engram_active_inputs, and samples that share them, at most.
#define ENGRAM_STRETCH 64
#define ENGRAM_ACTIVE_SAMPLES 64

/// An input that is not zero, and its place in its stretch.
typedef struct {
  float value;
  uint32_t place;
} engram_active;

/// How many stretches the inputs of a layer are cut into.
size_t engram_stretches(size_t n_in);

/// Lists the inputs of at most ENGRAM_ACTIVE_SAMPLES samples that are not zero, ascending: stretch by stretch and within one sample
/// by sample, that of stretch t and sample s ending at ends[t · n_samples + s]. `x`: n_samples × n_in; `active`: room for one more
/// than that. Returns how many there are.
size_t engram_active_inputs(size_t n_samples, size_t n_in, const float *x, engram_active *active, uint32_t *ends);

/// sums[s · n_out + i] += Σ weights[i][j] · x[s][j] in Float64, which has room for every product: the same on every CPU, whatever
/// other samples there are. `weights`: n_out × n_in, finite; their magnitudes where `magnitudes` says so; `active` and `ends` as
/// engram_active_inputs leaves them.
void engram_active_sums(
    size_t n_samples, size_t n_out, size_t n_in, const float *weights, int magnitudes, const engram_active *active,
    const uint32_t *ends, double *sums);

/// Adds to counts[s] the number of significant interactions of sample s. `weights`: n_out × n_in; `bias`: n_out, or
/// null; `active` and `ends` as engram_active_inputs leaves them; `thresholds`: n_samples × n_out, τ, +inf where no term is
/// significant.
void engram_count_significant(
    size_t n_samples, size_t n_out, size_t n_in, const float *weights, const float *bias, const engram_active *active,
    const uint32_t *ends, const float *thresholds, uint64_t *counts);

/// Rows of bits that a word of a tile holds, at most.
#define ENGRAM_TILE_ROWS 64

/// Some outputs of a layer, at most ENGRAM_TILE_ROWS, and some of its columns, with what their bits are made of.
typedef struct {
  size_t n_samples, n_columns;
  /// Outputs, rounded up to 16, which `weights` and `thresholds` have side by side; the rest of the thresholds +inf.
  size_t stride;
  /// n_columns × stride.
  const float *weights;
  /// The input of column c is at x[s · x_stride + c].
  const float *x;
  size_t x_stride;
  /// n_samples × stride, τ, +inf where no term is significant.
  const float *thresholds;
} engram_tile;

/// The bits of a tile by column, of the samples alone whose input is not zero: words[c · n_samples + k] of sample
/// samples[c · n_samples + k], k < counts[c], samples in order.
void engram_tile_bits(const engram_tile *tile, uint64_t *words, uint32_t *samples, size_t *counts);

/// counters[g · cells + c · n_rows + r] = the samples of group g whose bit r of column c is set, of bits as engram_tile_bits
/// leaves them; cells = n_columns · n_rows. `groups`: of every sample; n_groups or more: none. `room`: 65 · (n_groups + 1)
/// bytes.
void engram_tile_counts(
    const uint64_t *words, const uint32_t *samples, const size_t *counts, size_t n_samples, size_t n_columns, size_t n_rows,
    const uint32_t *groups, size_t n_groups, uint8_t *room, uint32_t *counters);

/// Bit i of `mask`, (n + 7) / 8 bytes: whether vector[i] is not zero; a number that is none is not.
void engram_nonzero_mask(const float *vector, size_t n, uint8_t *mask);

/// The numbers of a vector that are not zero, side by side: as many times four bytes as its mask has bits set.
void engram_pack_nonzero(const float *vector, size_t n, uint8_t *packed);

/// The vector of n numbers that has such a mask, no bit of which is set past the end, and such numbers.
void engram_unpack_nonzero(const uint8_t *mask, size_t n, const uint8_t *packed, float *vector);

/// Set bits of `n` bytes.
uint64_t engram_popcount(const uint8_t *bytes, size_t n);

/// Bits set in both `a` and `b`, `n` bytes each.
uint64_t engram_and_popcount(const uint8_t *a, const uint8_t *b, size_t n);

/// counters[i] += the number of rows whose bit i is set, i < n_bits. Bits past n_bits must be zero.
void engram_add_bit_rows(
    const uint8_t *const *rows, size_t n_rows, size_t n_bits, uint32_t *counters);

/// halves[r] = Σ draws of negatives · (2 · draws of positives with a larger score + of those with the same one), of replicate
/// r < n_replicates, a multiple of 16. `samples`: the n samples from the largest score down, positives those below
/// n_positives; begins[i] is 0 where samples[i] has the score of samples[i − 1]. `draws`: of 64 replicates after the other n × 64
/// by sample, of those that are left n × 16 of every 16. Twice the positives fits 32 bits.
void engram_resampled_areas(
    const int32_t *samples, const uint8_t *begins, size_t n, size_t n_positives, const uint16_t *draws, size_t n_replicates,
    uint64_t *halves);

/// sums[i] = Σ weights[b] · blocks[b · stride + i], b < n_blocks, i < n.
void engram_weighted_counts(
    const uint16_t *blocks, size_t stride, size_t n_blocks, const uint32_t *weights, size_t n, uint32_t *sums);

/// For every i < n, with k = counts[i]: histogram[k] += 1, totals[i] += k, p[i] += p_of[k], logit[i] += logit_of[k].
void engram_tally_counts(
    const uint32_t *counts, size_t n, const double *p_of, const double *logit_of, uint32_t *histogram, uint32_t *totals,
    double *p, double *logit);

/// Welford's update by one more sample, the count-th, of the running means of n numbers and of the sums of their squared
/// deviations from them.
void engram_add_moments(const float *z, size_t n, double count, double *means, double *squares);

/// Σ (v + (m − m_q)²) · inverse_q over n neurons: of a Gaussian (m, v) under another one.
double engram_gaussian_cross(
    const double *p_means, const double *p_variances, const double *q_means, const double *q_inverses, size_t n);

/// Σ (z − m)² · inverse over n neurons.
double engram_gaussian_distance(const float *z, const double *means, const double *inverses, size_t n);

/// The stored form of one sample's bits: the mask of its active columns, and a row of bytes for each of them.
typedef struct {
  const uint8_t *mask, *rows;
} engram_bit_rows;

/// Samples that engram_score_bits takes at once, at most.
#define ENGRAM_SCORED_SAMPLES 2048
/// Sums that are added up side by side: lanes are a multiple of them.
#define ENGRAM_SCORE_LANES 16
/// Columns that it takes at once, at most.
#define ENGRAM_SCORED_COLUMNS 16
/// Set bits whose weights add up to a number of 32 bits, at most.
#define ENGRAM_SCORE_BITS 64

/// What set bits weigh, in whole numbers: no ENGRAM_SCORE_BITS of them may leave 32 bits together.
typedef struct {
  size_t row_bytes, first_column, n_columns;
  /// weights[(c · 8 · row_bytes + bit) · lanes + l] of a bit of column first_column + c; null: 0.
  size_t lanes;
  const int32_t *weights;
  /// What they weigh in lane `own_lane` in place of that, by the sample's group:
  /// own[(c · 8 · row_bytes + bit) · n_groups + group]; null: nothing is replaced.
  size_t own_lane, n_groups;
  const int32_t *own;
} engram_bit_weights;

/// weights[((column − first_column) · bits + before + row) · lanes + l] = entries[l][counters[l][row · columns + column]] for
/// l < n: what the counts of n_rows rows weigh, as engram_bit_weights wants them. Nothing else is written.
void engram_gather_weights(
    const uint32_t *const *counters, const int32_t *const *entries, size_t n, size_t n_rows, size_t columns,
    size_t first_column, size_t n_columns, size_t bits, size_t before, size_t lanes, int32_t *weights);

/// sums[s · lanes + l] += Σ of the weights of sample s's set bits. `others`, where it is not null: only bits that are set
/// there as well. `groups`: of each sample, samples of one group side by side; n_groups is a sample of none, whose own lane is
/// left as it is. `room`: engram_score_room bytes on a 64-byte boundary.
void engram_score_bits(
    const engram_bit_weights *weights, const engram_bit_rows *samples, const engram_bit_rows *others,
    const uint32_t *groups, size_t n_samples, void *room, int64_t *sums);
size_t engram_score_room(size_t row_bytes);

/// What the bits of a tile weigh, by the counts of its cells: entries[l][counters[l · cells + c · n_rows + r]] in lane l, and in
/// lane n_classes, of a sample of group g, own[g][counters[g · cells + c · n_rows + r]]; cells = n_columns · n_rows. Whole
/// numbers of which no ENGRAM_TILE_ROWS leave 32 bits together.
typedef struct {
  size_t n_columns, n_rows, n_classes;
  const uint32_t *counters;
  const int32_t *const *entries;
  const int32_t *const *own;
} engram_tile_weights;

/// sums[f · n_samples + s · w + l − f] += Σ of the weights of sample s's set bits in lane l, of bits as engram_tile_bits leaves
/// them: lane n_classes is its own class's, f the first of its 16 lanes, w = 16 of them or, of the last, the 4 or 8 that there
/// are. `groups`: of each sample, samples of one group side by side; n_classes: none, whose own lane is left as it is. `room`:
/// engram_tile_room bytes on a 64-byte boundary.
void engram_score_tile(
    const engram_tile_weights *weights, const uint64_t *words, const uint32_t *samples, const size_t *counts,
    size_t n_samples, const uint32_t *groups, void *room, int64_t *sums);
size_t engram_tile_room(size_t n_samples);
/// Lanes of n_classes and the own class's, with those that fill the last vector.
size_t engram_tile_lanes(size_t n_classes);

/// table[ways · counters[i] + i mod ways] += 1 for every i < n: ways apart, so that equal counts in a row do not wait for
/// each other.
void engram_tally(const uint32_t *counters, size_t n, size_t ways, int64_t *table);

/// The largest of n counters; 0 where there is none.
uint32_t engram_largest_counter(const uint32_t *counters, size_t n);

/// sums[i] = Σ counters[c · n + i], c < n_classes, i < n.
void engram_add_classes(const uint32_t *counters, size_t n_classes, size_t n, uint32_t *sums);

/// What a profile of N samples sums up, by count, N + 1 numbers each: p, ln(p / (1 − p)), ln(1 − p) and
/// p ln p + (1 − p) ln(1 − p).
typedef struct {
  const double *p, *logit, *log_rest, *negentropy;
} engram_bernoulli;

/// The numbers of n cells of a middle profile, whose counts are (a[i] + b[i]) >> shift.
void engram_middle(
    const uint32_t *a, const uint32_t *b, size_t n, size_t shift, const engram_bernoulli *table, double *p, double *logit,
    double *log_rest, double *negentropy);

/// Σ table[counters[i]] of n cells, and what rounding took off it.
double engram_look_up(const uint32_t *counters, size_t n, const double *table, double *lost);

/// rows[i] = P − M of n cells, P = (count + alpha) · share; returns Σ (P − M) logit M.
double engram_proportions(
    const uint32_t *counters, size_t n, double alpha, double share, const engram_bernoulli *middle, double *rows);

/// rows[i] = logit Q − logit M of n cells, `table` the logits by count; returns Σ M (logit Q − logit M).
double engram_logits(
    const uint32_t *counters, size_t n, const double *table, const engram_bernoulli *middle, double *rows);

/// products[i · n + j] += Σ a[i · stride + k] · b[j · stride + k], k < length, for i < m, j < n; length is a multiple of 8.
void engram_add_class_products(
    const double *a, size_t m, const double *b, size_t n, size_t stride, size_t length, double *products);

/// Classes whose counts of a cell lie side by side.
#define ENGRAM_JOINT_CLASSES 64

/// bytes[(b · n_cells + x) · L + i] = counters[(b · L + i) · n_cells + x], L = ENGRAM_JOINT_CLASSES; 0 where there is no such
/// class. Every counter fits a byte.
void engram_cell_bytes(const uint32_t *counters, size_t n_classes, size_t n_cells, uint8_t *bytes);

/// products[i] = Σ k_i(x) table[counters[x]] over n_cells ≤ 4096 cells, k_i(x) the count of class i as engram_cell_bytes leaves
/// it, at most `most`, and totals[i] their sum. `tally`: of `counters`, which are at most `samples` ≤ 255, as engram_tally
/// leaves it four ways. `order`: room for n_cells. `totals` and `products`: n_classes rounded up to ENGRAM_JOINT_CLASSES.
/// Table entries are below 64 in magnitude.
void engram_joint_products(
    const uint32_t *counters, size_t n_cells, const int64_t *tally, size_t samples, const double *table, const uint8_t *bytes,
    size_t n_classes, size_t most, const double *totals, uint32_t *order, double *products);

/// The largest |f| of one sample's feature maps, `channels` floats at each of `positions` places, `row_stride` floats
/// apart; not a number where one is none.
float engram_largest_magnitude(const float *map, size_t positions, size_t channels, size_t row_stride);

/// sums[(p − 1) · channels + i] = Σ_s g_si^p Σ_j g_sj^p with g = factor · f, for p = 1 … orders: the row sums of the
/// Gram matrix of the p-th powers of feature maps that lie as above. `rows`: positions that are worked on together, which
/// changes no bit. `room`: for rows · (2 · channels + 1) doubles.
void engram_gram_sums(
    const float *map, size_t positions, size_t channels, size_t row_stride, double factor, size_t orders, size_t rows,
    double *room, double *sums);

/// Transposes 64 × 64 bits: bit j of word i becomes bit i of word j.
void engram_transpose64(uint64_t *block);

/// target[c · target_stride + r] = source[r · source_stride + c] for n_rows × n_cols elements of 32
/// bits.
void engram_transpose32(
    const void *source, size_t source_stride, size_t n_rows, size_t n_cols, void *target,
    size_t target_stride);

/// XXH3 (64 bits, seed 0) of `first` followed by `second`; a pointer may be null where its count is 0.
uint64_t engram_checksum(const void *first, size_t first_count, const void *second, size_t second_count);

#include "convolution_kernels.h"
#include "element_kernels.h"
#include "grouped_kernels.h"
#include "image_kernels.h"
#include "network_kernels.h"
#include "tensor_kernels.h"

/// A square of a quadtree over points in the plane: the centre and number of its points.
struct engram_plane_cell {
  double x, y, width;
  int32_t count;
  /// Of a leaf; -1 of a square that is cut in four.
  int32_t point;
  /// -1 where there is none.
  int32_t child[4];
};

/// The quadtree over `count` points (x, y), its root first: how many cells it has, or -1 where there is no room for them.
int32_t engram_plane_tree(const double *places, size_t count, struct engram_plane_cell *cells, size_t capacity);

/// forces[i] = Σ_j q² (y_i − y_j) with q = 1 / (1 + |y_i − y_j|²), from ≤ i < to, cells that look narrower than
/// `theta` taken for one point (Barnes and Hut 1986). Returns Σ_i Σ_j q.
double engram_plane_repulsion(
    const double *places, size_t from, size_t to, const struct engram_plane_cell *cells, double theta, double *forces);

/// forces[i] = Σ_k p_k q (y_i − y_j), j = neighbours[k], starts[i] ≤ k < starts[i + 1], from ≤ i < to. Returns
/// Σ p ln(p / q).
double engram_plane_attraction(
    const double *places, size_t from, size_t to, const int64_t *starts, const int32_t *neighbours, const double *p,
    double *forces);

/// The k least of `count` distances, own < count left out, in no order; of equal ones the first. k < count.
void engram_nearest(const double *distances, size_t count, size_t own, size_t k, int32_t *nearest);

#endif
