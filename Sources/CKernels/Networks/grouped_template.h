// Grouped convolution for one instruction set: see vector_levels.h.
//
// A register tile is some columns of an output row × 16, 8 or 4 outputs of a group, whatever the registers' width: groups
// are often that narrow. A term is an input value, spread, times a vector of weights.

#if LANES == 16
#define MOST_COLUMNS 14
#else
#define MOST_COLUMNS 6
#endif

typedef struct {
  const float *x, *weights, *bias;
  float *y;
  /// Outputs that there are, of the tile's.
  size_t outputs;
  const engram_groups *shape;
} NAME(grouped_place);

#define GROUPED(lanes) \
  typedef float NAME(vector##lanes) ENGRAM_VECTOR(lanes); \
  typedef float NAME(loose##lanes) ENGRAM_VECTOR(lanes) __attribute__((aligned(4))); \
  typedef int NAME(mask##lanes) ENGRAM_VECTOR(lanes); \
  INLINE void NAME(grouped_tile_##lanes)(const int columns, const NAME(grouped_place) *p) { \
    typedef NAME(vector##lanes) vector; \
    typedef NAME(loose##lanes) loose; \
    const engram_groups *s = p->shape; \
    const size_t step = s->x.columns; \
    vector sum[MOST_COLUMNS], bias = {0}; \
    if (p->bias) memcpy(&bias, p->bias, p->outputs * sizeof(float)); \
    UNROLL for (int i = 0; i < columns; i++) sum[i] = bias; \
    const float *weights = p->weights; \
    for (size_t r = 0; r < s->window_height; r++) \
      for (size_t c = 0; c < s->window_width; c++) { \
        const float *x = p->x + r * s->tap_rows + c * s->tap_columns; \
        const float *far = x + 7 * step; \
        for (size_t k = 0; k < s->inputs; k++, weights += lanes) { \
          const vector weight = (vector) * (const loose *)weights; \
          UNROLL for (int i = 0; i < columns; i++) \
            sum[i] += weight * (i < 7 ? x[(size_t)i * step + k] : far[(size_t)(i - 7) * step + k]); \
        } \
      } \
    UNROLL for (int i = 0; i < columns; i++) { \
      vector value = sum[i]; \
      if (s->rectified) value = (vector)(~(value < 0) & (NAME(mask##lanes))value); \
      float *y = p->y + (size_t)i * s->y.columns; \
      if (p->outputs == lanes) *(loose *)y = value; \
      else memcpy(y, &value, p->outputs * sizeof(float)); \
    } \
  }
GROUPED(4) GROUPED(8) GROUPED(16)

/// Four groups of four inputs and outputs side by side: a vector of inputs gives each group's terms by a shuffle.
INLINE void NAME(grouped_fours)(const int columns, const NAME(grouped_place) *p) {
  typedef NAME(vector16) vector;
  const engram_groups *s = p->shape;
  vector sum[MOST_COLUMNS];
  const vector bias = p->bias ? (vector) * (const NAME(loose16) *)p->bias : (vector){0};
  UNROLL for (int i = 0; i < columns; i++) sum[i] = bias;
  const float *weights = p->weights;
  for (size_t r = 0; r < s->window_height; r++)
    for (size_t c = 0; c < s->window_width; c++, weights += 64) {
      const float *x = p->x + r * s->tap_rows + c * s->tap_columns;
      vector weight[4];
      UNROLL for (int k = 0; k < 4; k++) weight[k] = (vector) * (const NAME(loose16) *)(weights + k * 16);
      UNROLL for (int i = 0; i < columns; i++) {
        const vector v = (vector) * (const NAME(loose16) *)(x + (size_t)i * s->x.columns);
        sum[i] += weight[0] * __builtin_shufflevector(v, v, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12);
        sum[i] += weight[1] * __builtin_shufflevector(v, v, 1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9, 13, 13, 13, 13);
        sum[i] += weight[2] * __builtin_shufflevector(v, v, 2, 2, 2, 2, 6, 6, 6, 6, 10, 10, 10, 10, 14, 14, 14, 14);
        sum[i] += weight[3] * __builtin_shufflevector(v, v, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
      }
    }
  UNROLL for (int i = 0; i < columns; i++) {
    vector value = sum[i];
    if (s->rectified) value = (vector)(~(value < 0) & (NAME(mask16))value);
    *(NAME(loose16) *)(p->y + (size_t)i * s->y.columns) = value;
  }
}

typedef void (*NAME(grouped_function))(const NAME(grouped_place) *);
#define TILES(columns) \
  static void NAME(grouped_##columns##_4)(const NAME(grouped_place) *p) { NAME(grouped_tile_4)(columns, p); } \
  static void NAME(grouped_##columns##_8)(const NAME(grouped_place) *p) { NAME(grouped_tile_8)(columns, p); } \
  static void NAME(grouped_##columns##_16)(const NAME(grouped_place) *p) { NAME(grouped_tile_16)(columns, p); } \
  static void NAME(grouped_##columns##_fours)(const NAME(grouped_place) *p) { NAME(grouped_fours)(columns, p); }
#define ALL(columns) \
  {NAME(grouped_##columns##_4), NAME(grouped_##columns##_8), NAME(grouped_##columns##_16), NAME(grouped_##columns##_fours)}
TILES(1) TILES(2)
#if MOST_COLUMNS > 7
TILES(4) TILES(7) TILES(14)
static const NAME(grouped_function) NAME(grouped_functions)[][4] = {ALL(14), ALL(7), ALL(4), ALL(2), ALL(1)};
static const size_t NAME(grouped_columns)[] = {14, 7, 4, 2, 1};
#else
TILES(3) TILES(6)
static const NAME(grouped_function) NAME(grouped_functions)[][4] = {ALL(6), ALL(3), ALL(2), ALL(1)};
static const size_t NAME(grouped_columns)[] = {6, 3, 2, 1};
#endif

/// All outputs first ..< last (of all groups in one row) of a register tile's columns.
static void NAME(grouped_strip)(const engram_groups *s, size_t row, size_t n, size_t column, size_t group, size_t first,
                                size_t last) {
  const size_t depth = s->window_height * s->window_width * s->inputs;
  NAME(grouped_place) p = {.shape = s};
  p.x = s->x.base + row * s->x.rows + column * s->x.columns + group * s->inputs;
  if (grouped_by_fours(s->groups, s->inputs, s->outputs)) {
    if (group % 4) return;
    p.weights = s->weights + group * 4 * depth;
    p.bias = s->bias ? s->bias + group * 4 : 0;
    p.y = s->y.base + row * s->y.rows + column * s->y.columns + group * 4;
    NAME(grouped_functions)[n][3](&p);
    return;
  }
  for (size_t o = first; o < last;) {
    const size_t left = s->outputs - o;
    const int width = left >= 16 ? 2 : left >= 8 ? 1 : 0;
    p.outputs = left < 4 ? left : (size_t)4 << width;
    p.weights = s->weights + (group * grouped_outputs(s->outputs) + o) * depth;
    p.bias = s->bias ? s->bias + group * s->outputs + o : 0;
    p.y = s->y.base + row * s->y.rows + column * s->y.columns + group * s->outputs + o;
    NAME(grouped_functions)[n][width](&p);
    o += (size_t)4 << width;
  }
}

static void NAME(grouped)(const engram_groups *s) {
  const size_t depth = s->window_height * s->window_width * s->inputs;
  // Weights that stay in the cache are read for every tile; larger ones once, and the map for every 16 outputs of them.
  const size_t share = s->groups * s->outputs * depth > CACHED_WEIGHTS ? 16 : s->outputs;
  const size_t at_once = share < s->outputs || s->groups * s->outputs * depth > CACHED_WEIGHTS ? 1 : s->groups;
  for (size_t g = 0; g < s->groups; g += at_once)
    for (size_t o = 0; o < s->outputs; o += share)
      for (size_t r = 0; r < s->rows; r++)
        for (size_t c = 0; c < s->columns;) {
          const size_t n = tile_columns(NAME(grouped_columns), s->columns, &c);
          const size_t last = o + share < s->outputs ? o + share : s->outputs;
          for (size_t i = g; i < g + at_once; i++) NAME(grouped_strip)(s, r, n, c, i, o, last);
          c += NAME(grouped_columns)[n];
        }
}

#undef MOST_COLUMNS
#undef GROUPED
#undef TILES
#undef ALL
