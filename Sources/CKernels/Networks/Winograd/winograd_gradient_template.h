// The gradient of a convolution's weights in Winograd's form, for one instruction set: see vector_levels.h.

/// A v: `step` values become six.
INLINE void NAME(spread)(const int step, const V *v, V *m) {
  V even1 = v[0], even2 = v[0], odd1 = v[1] * P1, odd2 = v[1] * P2;
  if (step == 4) {
    even1 += v[2] * (P1 * P1);
    even2 += v[2] * (P2 * P2);
    odd1 += v[3] * (P1 * P1 * P1);
    odd2 += v[3] * (P2 * P2 * P2);
  }
  m[0] = v[0];
  m[1] = even1 + odd1;
  m[2] = even1 - odd1;
  m[3] = even2 + odd2;
  m[4] = even2 - odd2;
  m[5] = v[step - 1];
}

INLINE void NAME(spread_tiles)(const int step, const engram_winograd *w, engram_map dy, size_t first,
                               size_t count, size_t outputs, float *v, size_t plane) {
  for (size_t t = first; t < first + count; t++, v += outputs) {
    const size_t row = t / w->tiles_wide * step, column = t % w->tiles_wide * step;
    const size_t high = w->out_height - row, wide = w->out_width - column;
    const float *corner = dy.base + row * dy.rows + column * dy.columns;
    for (size_t n = 0; n < outputs; n += LANES) {
      V half[4][SIZE], line[SIZE];
      UNROLL for (int i = 0; i < step; i++) {
        V values[4] = {{0}};
        if ((size_t)i < high)
          UNROLL for (int j = 0; j < step; j++)
            if ((size_t)j < wide) values[j] = LOAD(corner + i * dy.rows + j * dy.columns + n);
        NAME(spread)(step, values, half[i]);
      }
      UNROLL for (int j = 0; j < SIZE; j++) {
        V values[4];
        UNROLL for (int i = 0; i < step; i++) values[i] = half[i][j];
        NAME(spread)(step, values, line);
        UNROLL for (int i = 0; i < SIZE; i++) STORE(v + (i * SIZE + j) * plane + n, line[i]);
      }
    }
  }
}

static void NAME(winograd_output_gradient)(const engram_winograd *w, engram_map dy, size_t first, size_t count,
                                           size_t outputs, float *v, size_t plane) {
  if (w->step == 2)
    NAME(spread_tiles)(2, w, dy, first, count, outputs, v, plane);
  else
    NAME(spread_tiles)(4, w, dy, first, count, outputs, v, plane);
}

#if LANES == 16
#define ROWS 8
#else
#define ROWS 4
#endif

/// ROWS × `vectors` · LANES sums over the tiles.
INLINE void NAME(outer_tile)(const int vectors, const float *a, size_t a_width, const float *b, size_t b_width,
                             size_t tiles, float *y, size_t y_stride) {
  V sum[ROWS][2] = {{{0}}};
  for (size_t t = 0; t < tiles; t++, a += a_width, b += b_width) {
    V values[2];
    UNROLL for (int j = 0; j < vectors; j++) values[j] = LOAD(b + j * LANES);
    UNROLL for (int i = 0; i < ROWS; i++)
      UNROLL for (int j = 0; j < vectors; j++) sum[i][j] += values[j] * a[i];
  }
  UNROLL for (int i = 0; i < ROWS; i++)
    UNROLL for (int j = 0; j < vectors; j++) STORE(y + i * y_stride + j * LANES, sum[i][j]);
}

static void NAME(winograd_outer)(const float *a, size_t a_width, const float *b, size_t b_width, size_t tiles, float *y,
                                 size_t y_stride) {
  for (size_t j = 0; j < b_width; j += 2 * LANES)
    for (size_t i = 0; i < a_width; i += ROWS)
      if (b_width - j == LANES)
        NAME(outer_tile)(1, a + i, a_width, b + j, b_width, tiles, y + i * y_stride + j, y_stride);
      else
        NAME(outer_tile)(2, a + i, a_width, b + j, b_width, tiles, y + i * y_stride + j, y_stride);
}

/// Gᵀ m of six sums: `window` values. Points lie on both sides of 0, and so do the rows of G.
INLINE void NAME(gather_taps)(const int window, float g[SIZE][5], const V *m, V *y) {
  const V sum1 = m[1] + m[2], difference1 = m[1] - m[2];
  const V sum2 = m[3] + m[4], difference2 = m[3] - m[4];
  UNROLL for (int k = 0; k < window; k++)
    y[k] = (k % 2 ? difference1 : sum1) * g[1][k] + (k % 2 ? difference2 : sum2) * g[3][k];
  y[0] += m[0] * g[0][0];
  y[window - 1] += m[5];
}

INLINE void NAME(taps)(const int window, const float *m, size_t plane, size_t outputs, size_t channels, int adds,
                       float *weight, size_t taps, size_t rows) {
  double exact[6][5];
  float g[SIZE][5] = {{0}};
  engram_winograd_weight_transform(SIZE, window, exact);
  for (int i = 0; i < SIZE; i++)
    for (int k = 0; k < window; k++) g[i][k] = (float)exact[i][k];
  for (size_t o = 0; o < outputs; o++)
    for (size_t c = 0; c < channels; c += LANES) {
      const float *sums = m + o * channels + c;
      V half[5][SIZE], line[SIZE], column[5];
      UNROLL for (int j = 0; j < SIZE; j++) {
        UNROLL for (int i = 0; i < SIZE; i++) line[i] = LOAD(sums + (i * SIZE + j) * plane);
        NAME(gather_taps)(window, g, line, column);
        UNROLL for (int k = 0; k < window; k++) half[k][j] = column[k];
      }
      UNROLL for (int k = 0; k < window; k++) {
        NAME(gather_taps)(window, g, half[k], column);
        UNROLL for (int l = 0; l < window; l++) {
          float *target = weight + o * rows + (k * window + l) * taps + c;
          STORE(target, adds ? LOAD(target) + column[l] : column[l]);
        }
      }
    }
}

static void NAME(winograd_weight_gradient)(size_t window, const float *m, size_t plane, size_t outputs, size_t channels,
                                           int adds, float *weight, size_t taps, size_t rows) {
  if (window == 3)
    NAME(taps)(3, m, plane, outputs, channels, adds, weight, taps, rows);
  else
    NAME(taps)(5, m, plane, outputs, channels, adds, weight, taps, rows);
}

#undef ROWS
