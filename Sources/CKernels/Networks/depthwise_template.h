// Depthwise convolution for one instruction set: see vector_levels.h.
//
// A register tile is some columns of an output row × one vector of channels. Every input vector under a row of the window
// is read once and goes to all the outputs that it is a term of; an output's terms come in the order of the window.

#if LANES == 16
#define MOST_COLUMNS 14
#else
#define MOST_COLUMNS 7
#endif

typedef struct {
  /// The input's column 0, and the first weight and bias, of the tile's channels.
  const float *x, *weights, *bias;
  float *y;
  /// The input's row and column under the window's first tap; taps of the window that lie in the map.
  ptrdiff_t row, column;
  size_t first_tap, last_tap;
  const engram_window *window;
  int rectified;
} NAME(depthwise_place);

/// A window of `size` columns, `stride` apart; `isCut` where some lie outside the map.
INLINE void NAME(depthwise_tile)(const int columns, const int size, const int stride, const int isCut,
                                 const NAME(depthwise_place) *p) {
  const engram_window *w = p->window;
  const ptrdiff_t channels = (ptrdiff_t)w->channels, width = (ptrdiff_t)w->width;
  V sum[MOST_COLUMNS];
  const V bias = p->bias ? LOAD(p->bias) : (V){0};
  UNROLL for (int i = 0; i < columns; i++) sum[i] = bias;
  for (size_t tap = p->first_tap; tap < p->last_tap; tap++) {
    const float *row = p->x + (p->row + (ptrdiff_t)(tap * w->row_dilation)) * width * channels;
    const float *weights = p->weights + tap * (size_t)size * 16;
    V weight[7];
    UNROLL for (int k = 0; k < size; k++) weight[k] = LOAD(weights + k * 16);
    UNROLL for (int i = 0; i < (columns - 1) * stride + size; i++) {
      if (isCut && (p->column + i < 0 || p->column + i >= width)) continue;
      const V value = LOAD(row + (p->column + i) * channels);
      UNROLL for (int k = 0; k < size; k++)
        if (i >= k && (i - k) % stride == 0 && (i - k) / stride < columns)
          sum[(i - k) / stride] += weight[k] * value;
    }
  }
  UNROLL for (int i = 0; i < columns; i++)
    STORE(p->y + i * channels, p->rectified ? POSITIVE(sum[i]) : sum[i]);
}

/// Any window, stride and dilation.
INLINE void NAME(depthwise_any)(const int columns, const NAME(depthwise_place) *p) {
  const engram_window *w = p->window;
  const ptrdiff_t channels = (ptrdiff_t)w->channels, width = (ptrdiff_t)w->width;
  V sum[MOST_COLUMNS];
  const V bias = p->bias ? LOAD(p->bias) : (V){0};
  UNROLL for (int i = 0; i < columns; i++) sum[i] = bias;
  for (size_t tap = p->first_tap; tap < p->last_tap; tap++) {
    const float *row = p->x + (p->row + (ptrdiff_t)(tap * w->row_dilation)) * width * channels;
    for (size_t k = 0; k < w->window_width; k++) {
      const V weight = LOAD(p->weights + (tap * w->window_width + k) * 16);
      const ptrdiff_t first = p->column + (ptrdiff_t)(k * w->column_dilation);
      UNROLL for (int i = 0; i < columns; i++) {
        const ptrdiff_t column = first + i * (ptrdiff_t)w->column_stride;
        if (column >= 0 && column < width) sum[i] += weight * LOAD(row + column * channels);
      }
    }
  }
  UNROLL for (int i = 0; i < columns; i++)
    STORE(p->y + i * channels, p->rectified ? POSITIVE(sum[i]) : sum[i]);
}

#define TILE(columns, size, stride) \
  static void NAME(depthwise_##columns##_##size##_##stride)(const NAME(depthwise_place) *p, int isCut) { \
    if (isCut) NAME(depthwise_tile)(columns, size, stride, 1, p); \
    else NAME(depthwise_tile)(columns, size, stride, 0, p); \
  }
#define TILES(columns) \
  TILE(columns, 3, 1) TILE(columns, 3, 2) TILE(columns, 5, 1) TILE(columns, 5, 2) TILE(columns, 7, 1) \
  static void NAME(depthwise_##columns)(const NAME(depthwise_place) *p, int isCut) { \
    (void)isCut; \
    NAME(depthwise_any)(columns, p); \
  }
#define ALL(columns) \
  {NAME(depthwise_##columns##_3_1), NAME(depthwise_##columns##_3_2), NAME(depthwise_##columns##_5_1), \
   NAME(depthwise_##columns##_5_2), NAME(depthwise_##columns##_7_1), NAME(depthwise_##columns)}
typedef void (*NAME(depthwise_function))(const NAME(depthwise_place) *, int);
TILES(1) TILES(2) TILES(4) TILES(7)
#if MOST_COLUMNS > 7
TILES(14)
#endif
static const NAME(depthwise_function) NAME(depthwise_functions)[][6] = {
#if MOST_COLUMNS > 7
  ALL(14),
#endif
  ALL(7), ALL(4), ALL(2), ALL(1),
};
static const size_t NAME(depthwise_columns)[] = {
#if MOST_COLUMNS > 7
  14,
#endif
  7, 4, 2, 1,
};

/// Which of the functions of some columns a window takes.
static int NAME(depthwise_form)(const engram_window *w) {
  if (w->column_dilation == 1 && w->column_stride <= 2) {
    const int further = w->column_stride == 2;
    if (w->window_width == 3) return further;
    if (w->window_width == 5) return 2 + further;
    if (w->window_width == 7 && !further) return 4;
  }
  return 5;
}

static void NAME(depthwise)(const float *x, const engram_window *w, const float *weights, const float *bias,
                            int rectified, size_t first_row, size_t rows, float *y) {
  const int form = NAME(depthwise_form)(w);
  const size_t taps = w->window_height * w->window_width, reach = (w->window_width - 1) * w->column_dilation + 1;
  for (size_t r = first_row; r < first_row + rows; r++) {
    NAME(depthwise_place) p = {.window = w, .rectified = rectified};
    p.row = (ptrdiff_t)(r * w->stride) - (ptrdiff_t)w->top;
    depthwise_taps(w, p.row, &p.first_tap, &p.last_tap);
    for (size_t c = 0; c < w->out_width;) {
      const size_t n = tile_columns(NAME(depthwise_columns), w->out_width, &c);
      const size_t columns = NAME(depthwise_columns)[n];
      p.column = (ptrdiff_t)(c * w->column_stride) - (ptrdiff_t)w->left;
      const ptrdiff_t end = p.column + (ptrdiff_t)((columns - 1) * w->column_stride + reach);
      const int isCut = p.column < 0 || end > (ptrdiff_t)w->width;
      float *target = y + (r * w->out_width + c) * w->channels;
      for (size_t b = 0; b < w->channels; b += 16) {
        // The last vectors overlap those before them.
        const size_t channel = b + 16 > w->channels ? w->channels - 16 : b;
        for (size_t l = 0; l < 16; l += LANES) {
          p.x = x + channel + l;
          p.weights = weights + b * taps + l;
          p.bias = bias ? bias + channel + l : 0;
          p.y = target + channel + l;
          NAME(depthwise_functions)[n][form](&p, isCut);
        }
      }
      c += columns;
    }
  }
}

#undef MOST_COLUMNS
#undef TILE
#undef TILES
#undef ALL
