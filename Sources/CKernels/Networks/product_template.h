// The product of a map with panels of weights, for one instruction set: see vector_levels.h.
//
// A register tile is MOST_ROWS positions × two vectors of outputs. Of each panel a block of at most BLOCK terms is
// multiplied at a time, y holds the sums between blocks. As many panels as have TERMS terms stay in the cache while all
// positions pass them, and the next ones are fetched meanwhile: weights come from memory, batch after batch.

#if LANES == 16
#define MOST_ROWS 14
#define BLOCK 2048
#define TERMS 1024
#elif LANES == 8
#define MOST_ROWS 6
#define BLOCK 1024
#define TERMS 1024
#else
#define MOST_ROWS 4
#define BLOCK 256
#define TERMS 256
#endif

typedef struct {
  const float *x, *panel, *bias, *addend;
  /// What is fetched, a cache line for every term.
  const float *ahead;
  float *y;
  size_t x_columns, y_columns, addend_columns;
  size_t segments, length, segment_stride;
  int first, last, rectified;
} NAME(tile);

/// `rows` positions × `vectors` · LANES outputs. Three positions share a pointer: there are too few registers for more.
INLINE void NAME(multiply_tile)(const int rows, const int vectors, const NAME(tile) *t) {
  V sum[MOST_ROWS][2];
  if (t->first) {
    UNROLL for (int j = 0; j < vectors; j++) {
      const V bias = t->bias ? LOAD(t->bias + j * LANES) : (V){0};
      UNROLL for (int i = 0; i < rows; i++) sum[i][j] = bias;
    }
    if (t->addend)
      UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) sum[i][j] += LOAD(t->addend + i * t->addend_columns + j * LANES);
  } else {
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = LOAD(t->y + i * t->y_columns + j * LANES);
  }
  const float *panel = t->panel, *ahead = t->ahead;
  const size_t step = t->x_columns * sizeof(float);
  const char *segment = (const char *)t->x;
  for (size_t s = 0; s < t->segments; s++, segment += t->segment_stride * sizeof(float)) {
    const char *x[5];
    UNROLL for (int i = 0; i < 5; i++) x[i] = segment + (i * 3 < rows ? i * 3 : 0) * step;
    for (size_t k = 0; k < t->length; k++, panel += ENGRAM_PANEL, ahead += LINE) {
      __builtin_prefetch(ahead, 0, 2);
      V weight[2];
      UNROLL for (int j = 0; j < vectors; j++) weight[j] = LOAD(panel + j * LANES);
      UNROLL for (int i = 0; i < rows; i++) {
        const float value = *(const float *)(x[i / 3] + (i % 3) * step + k * sizeof(float));
        UNROLL for (int j = 0; j < vectors; j++) sum[i][j] += weight[j] * value;
      }
    }
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) {
      if (t->rectified) sum[i][j] = POSITIVE(sum[i][j]);
      STORE(t->y + i * t->y_columns + j * LANES, sum[i][j]);
    }
}

typedef void (*NAME(tile_function))(const NAME(tile) *);
#define TILE(rows) \
  static void NAME(tile_##rows##_1)(const NAME(tile) *t) { NAME(multiply_tile)(rows, 1, t); } \
  static void NAME(tile_##rows##_2)(const NAME(tile) *t) { NAME(multiply_tile)(rows, 2, t); }
#define BOTH(rows) {NAME(tile_##rows##_1), NAME(tile_##rows##_2)}
TILE(1) TILE(2) TILE(3) TILE(4)
#if MOST_ROWS > 4
TILE(5) TILE(6)
#endif
#if MOST_ROWS > 6
TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12) TILE(13) TILE(14)
#endif
static const NAME(tile_function) NAME(tile_functions)[MOST_ROWS][2] = {
  BOTH(1), BOTH(2), BOTH(3), BOTH(4),
#if MOST_ROWS > 4
  BOTH(5), BOTH(6),
#endif
#if MOST_ROWS > 6
  BOTH(7), BOTH(8), BOTH(9), BOTH(10), BOTH(11), BOTH(12), BOTH(13), BOTH(14),
#endif
};

/// `width` outputs that fill no vector: through memory.
static void NAME(multiply_rest)(const NAME(tile) *t, size_t rows, size_t width) {
  float y[MOST_ROWS][2 * LANES] = {{0}};
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < width; j++)
      y[i][j] = !t->first ? t->y[i * t->y_columns + j]
        : (t->bias ? t->bias[j] : 0) + (t->addend ? t->addend[i * t->addend_columns + j] : 0);
  NAME(tile) inner = *t;
  inner.first = 0;
  inner.y = &y[0][0];
  inner.y_columns = 2 * LANES;
  NAME(tile_functions)[rows - 1][width > LANES](&inner);
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < width; j++) t->y[i * t->y_columns + j] = y[i][j];
}

/// `rows` positions × `width` outputs of a panel.
static void NAME(multiply_strip)(NAME(tile) t, size_t rows, size_t width) {
  for (size_t j = 0; j < width; j += 2 * LANES) {
    const size_t rest = width - j;
    if (rest >= 2 * LANES || rest == LANES)
      NAME(tile_functions)[rows - 1][rest != LANES](&t);
    else
      NAME(multiply_rest)(&t, rows, rest);
    t.panel += 2 * LANES;
    t.ahead = t.panel;
    t.y += 2 * LANES;
    if (t.bias) t.bias += 2 * LANES;
    if (t.addend) t.addend += 2 * LANES;
  }
}

/// The function of some positions' outputs `first` ..< `last`.
static void NAME(apply_function)(const engram_product *p, float *y, size_t columns, size_t first, size_t last) {
  const int isWhole = last - first == p->y.columns;
  const size_t count = isWhole ? columns * (last - first) : last - first;
  for (size_t c = 0; c < (isWhole ? 1 : columns); c++) {
    float *place = y + c * p->y.columns + first;
    engram_apply(p->function, place, count, p->a, p->b, place);
  }
}

/// All positions × the panels `from` ..< `to`; `t` names a block of terms, `panels` its first panel's. `next` panels are
/// fetched from `ahead` on, `depth` terms apart.
static void NAME(multiply_panels)(const engram_product *p, NAME(tile) t, const float *x, const float *panels,
                                  size_t from, size_t to, const float *ahead, size_t next) {
  const size_t depth = p->segments * p->segment_length, terms = t.segments * t.length;
  const size_t strips = (p->columns + MOST_ROWS - 1) / MOST_ROWS;
  for (size_t r = 0; r < p->rows; r++)
    for (size_t i = 0; i < strips; i++) {
      const size_t first = p->columns * i / strips, last = p->columns * (i + 1) / strips;
      const size_t half = r * strips + i;
      t.x = x + r * p->x.rows + first * p->x.columns;
      for (size_t n = from; n < to; n++) {
        const size_t output = n * ENGRAM_PANEL, left = p->outputs - output;
        t.panel = panels + output * depth;
        t.ahead = half < 2 && n - from < next ? ahead + (n - from) * ENGRAM_PANEL * depth + half * terms * LINE : t.panel;
        t.bias = p->bias ? p->bias + output : 0;
        t.y = p->y.base + r * p->y.rows + first * p->y.columns + output;
        t.addend = p->addend.base;
        if (t.addend) t.addend += r * p->addend.rows + first * p->addend.columns + output;
        NAME(multiply_strip)(t, last - first, left < ENGRAM_PANEL ? left : ENGRAM_PANEL);
      }
      if (t.last && p->applies) {
        const size_t end = to * ENGRAM_PANEL < p->outputs ? to * ENGRAM_PANEL : p->outputs;
        NAME(apply_function)(p, p->y.base + r * p->y.rows + first * p->y.columns, last - first, from * ENGRAM_PANEL, end);
      }
    }
}

/// All positions × all outputs.
static void NAME(multiply_block)(const engram_product *p, NAME(tile) t, const float *x, const float *panels,
                                 const float *ahead) {
  const size_t depth = p->segments * p->segment_length, terms = t.segments * t.length;
  const size_t count = (p->outputs + ENGRAM_PANEL - 1) / ENGRAM_PANEL, most = terms < TERMS ? TERMS / terms : 1;
  const size_t groups = (count + most - 1) / most;
  for (size_t g = 0; g < groups; g++) {
    const size_t from = count * g / groups, to = count * (g + 1) / groups, end = count * (g + 2) / groups;
    const int isLast = g + 1 == groups;
    NAME(multiply_panels)(p, t, x, panels, from, to, isLast ? ahead : panels + to * ENGRAM_PANEL * depth,
                          isLast ? ahead != 0 : end - to);
  }
}

static void NAME(multiply)(const engram_product *p) {
  const size_t length = p->segment_length;
  const size_t group = length < BLOCK ? BLOCK / length : 1;
  const size_t pieces = (length + BLOCK - 1) / BLOCK, piece = (length + pieces - 1) / pieces;
  for (size_t s = 0; s < p->segments; s += group)
    for (size_t k = 0; k < length; k += piece) {
      NAME(tile) t = {
        .x_columns = p->x.columns, .y_columns = p->y.columns, .addend_columns = p->addend.columns,
        .segments = p->segments - s < group ? p->segments - s : group,
        .length = length - k < piece ? length - k : piece, .segment_stride = p->segment_stride,
        .first = s == 0 && k == 0};
      const int isLast = s + t.segments == p->segments && k + t.length == length;
      t.last = isLast;
      t.rectified = p->rectified && isLast;
      const float *panels = p->panels + (s * length + k) * ENGRAM_PANEL;
      NAME(multiply_block)(p, t, p->x.base + s * p->segment_stride + k, panels,
                           isLast ? p->next : panels + t.segments * t.length * ENGRAM_PANEL);
    }
}

#undef MOST_ROWS
#undef BLOCK
#undef TERMS
#undef TILE
#undef BOTH
