// Winograd's transforms of tiles, for one instruction set: see vector_levels.h. Every vector is of channels. Arrays
// of a known size become registers once the loops are unrolled.

/// Bᵀ d of six or four values `s` apart.
INLINE void NAME(into_products)(const int size, const V *d, const size_t s, V *v) {
  if (size == 4) {
    v[0] = d[2 * s] - d[0];
    v[1] = d[2 * s] + d[s];
    v[2] = d[2 * s] - d[s];
    v[3] = d[3 * s] - d[s];
    return;
  }
  const V even1 = d[4 * s] - d[2 * s] * (P2 * P2), odd1 = d[3 * s] - d[s] * (P2 * P2);
  const V even2 = d[4 * s] - d[2 * s] * (P1 * P1), odd2 = d[3 * s] - d[s] * (P1 * P1);
  v[0] = (d[4 * s] - d[2 * s] * (P1 * P1 + P2 * P2)) + d[0] * (P1 * P1 * P2 * P2);
  v[1] = even1 + odd1 * P1;
  v[2] = even1 - odd1 * P1;
  v[3] = even2 + odd2 * P2;
  v[4] = even2 - odd2 * P2;
  v[5] = (d[5 * s] - d[3 * s] * (P1 * P1 + P2 * P2)) + d[s] * (P1 * P1 * P2 * P2);
}

/// Aᵀ m of six or four products `s` apart: `step` values.
INLINE void NAME(from_products)(const int size, const int step, const V *m, const size_t s, V *y) {
  if (size == 4) {
    y[0] = m[0] + (m[s] + m[2 * s]);
    y[1] = m[3 * s] + (m[s] - m[2 * s]);
    return;
  }
  const V sum1 = m[s] + m[2 * s], difference1 = m[s] - m[2 * s];
  const V sum2 = m[3 * s] + m[4 * s], difference2 = m[3 * s] - m[4 * s];
  y[0] = m[0] + (sum1 + sum2);
  if (step == 2) {
    y[1] = m[5 * s] + difference1 * P1 + difference2 * P2;
    return;
  }
  y[1] = difference1 * P1 + difference2 * P2;
  y[2] = sum1 * (P1 * P1) + sum2 * (P2 * P2);
  y[3] = m[5 * s] + difference1 * (P1 * P1 * P1) + difference2 * (P2 * P2 * P2);
}

INLINE void NAME(input_vector)(const int size, const float *x, size_t rows, size_t columns, float *v, size_t plane) {
  V half[6][6], line[6];
  UNROLL for (int j = 0; j < size; j++) {
    UNROLL for (int i = 0; i < size; i++) line[i] = LOAD(x + i * rows + j * columns);
    NAME(into_products)(size, line, 1, half[j]);
  }
  UNROLL for (int i = 0; i < size; i++) {
    NAME(into_products)(size, &half[0][i], 6, line);
    UNROLL for (int j = 0; j < size; j++) STORE(v + (i * size + j) * plane, line[j]);
  }
}

INLINE void NAME(input_tiles)(const int size, const engram_winograd *w, engram_map x, size_t first, size_t count,
                              float *v, size_t plane) {
  const size_t channels = w->channels;
  for (size_t t = first; t < first + count; t++, v += channels) {
    const ptrdiff_t row = (ptrdiff_t)(t / w->tiles_wide * w->step) - (ptrdiff_t)w->top;
    const ptrdiff_t column = (ptrdiff_t)(t % w->tiles_wide * w->step) - (ptrdiff_t)w->left;
    const ptrdiff_t below = (ptrdiff_t)w->height - row, right = (ptrdiff_t)w->width - column;
    if (row >= 0 && column >= 0 && below >= size && right >= size) {
      const float *corner = x.base + (size_t)row * x.rows + (size_t)column * x.columns;
      for (size_t c = 0; c < channels; c += LANES)
        NAME(input_vector)(size, corner + c, x.rows, x.columns, v + c, plane);
      continue;
    }
    float patch[6][6][LANES] __attribute__((aligned(64))) = {{{0}}};
    for (size_t c = 0; c < channels; c += LANES) {
      for (ptrdiff_t i = row < 0 ? -row : 0; i < size && i < below; i++)
        for (ptrdiff_t j = column < 0 ? -column : 0; j < size && j < right; j++)
          STORE(patch[i][j], LOAD(x.base + (size_t)(row + i) * x.rows + (size_t)(column + j) * x.columns + c));
      NAME(input_vector)(size, &patch[0][0][0], 6 * LANES, LANES, v + c, plane);
    }
  }
}

static void NAME(winograd_input)(const engram_winograd *w, engram_map x, size_t first, size_t count, float *v,
                                 size_t plane) {
  if (w->size == 4)
    NAME(input_tiles)(4, w, x, first, count, v, plane);
  else
    NAME(input_tiles)(6, w, x, first, count, v, plane);
}

INLINE void NAME(output_tiles)(const int size, const int step, const engram_winograd *w, const float *m, size_t plane,
                               size_t first, size_t count, size_t outputs, const float *bias, engram_map addend,
                               int rectified, engram_map y) {
  for (size_t t = first; t < first + count; t++, m += outputs) {
    const size_t row = t / w->tiles_wide * step, column = t % w->tiles_wide * step;
    const size_t high = w->out_height - row, wide = w->out_width - column;
    float *corner = y.base + row * y.rows + column * y.columns;
    const float *added = addend.base;
    if (added) added += row * addend.rows + column * addend.columns;
    for (size_t n = 0; n < outputs; n += LANES) {
      V half[6][4], line[6];
      UNROLL for (int j = 0; j < size; j++) {
        UNROLL for (int i = 0; i < size; i++) line[i] = LOAD(m + (i * size + j) * plane + n);
        NAME(from_products)(size, step, line, 1, half[j]);
      }
      const V start = bias ? LOAD(bias + n) : (V){0};
      UNROLL for (int i = 0; i < step; i++) {
        if ((size_t)i >= high) break;
        NAME(from_products)(size, step, &half[0][i], 4, line);
        UNROLL for (int j = 0; j < step; j++) {
          if ((size_t)j >= wide) break;
          V value = line[j] + start;
          if (added) value += LOAD(added + i * addend.rows + j * addend.columns + n);
          if (rectified) value = POSITIVE(value);
          STORE(corner + i * y.rows + j * y.columns + n, value);
        }
      }
    }
  }
}

static void NAME(winograd_output)(const engram_winograd *w, const float *m, size_t plane, size_t first, size_t count,
                                  size_t outputs, const float *bias, engram_map addend, int rectified, engram_map y) {
  if (w->size == 4)
    NAME(output_tiles)(4, 2, w, m, plane, first, count, outputs, bias, addend, rectified, y);
  else if (w->step == 2)
    NAME(output_tiles)(6, 2, w, m, plane, first, count, outputs, bias, addend, rectified, y);
  else
    NAME(output_tiles)(6, 4, w, m, plane, first, count, outputs, bias, addend, rectified, y);
}
