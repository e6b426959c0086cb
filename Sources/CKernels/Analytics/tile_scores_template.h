// Weights of WIDTH classes side by side: what tile_scores.c adds up of the bits of a column, for 16, 8 and 4 of them.

#define JOINED(name, width) name##_##width
#define NAMED(name, width) JOINED(name, width)
#define OWN(name) NAMED(name, WIDTH)
#define INLINE static inline __attribute__((always_inline))

typedef int32_t OWN(lanes32) __attribute__((ext_vector_type(WIDTH)));
typedef int64_t OWN(lanes64) __attribute__((ext_vector_type(WIDTH)));

/// table[half][v] = the sum of weights[4 half + b] over the set bits b of v, for v < 16.
INLINE void OWN(fill)(OWN(lanes32) *table, const OWN(lanes32) *weights, size_t n_halves) {
  for (size_t half = 0; half < n_halves; half++, table += 16, weights += 4) {
    table[0] = 0;
    for (size_t b = 0; b < 4; b++)
      for (size_t v = 0; v < (size_t)1 << b; v++) table[((size_t)1 << b) + v] = table[v] + weights[b];
  }
}

/// What the rows of a column weigh that vary, up to a whole byte of them, and what those do together that never vary, without
/// the own lane.
INLINE void OWN(gather)(const engram_tile_weights *w, const tile_column *column, size_t lane, OWN(lanes32) *gathered,
                        OWN(lanes32) *together) {
  int32_t(*rows)[WIDTH] = (int32_t(*)[WIDTH])gathered, always[WIDTH] = {0};
  const size_t cells = w->n_columns * w->n_rows, n = w->n_classes < lane + WIDTH ? w->n_classes : lane + WIDTH;
  memset(rows, 0, (column->n_varying + 7u) / 8 * 8 * sizeof *rows);
  for (size_t l = lane; l < n; l++) {
    const uint32_t *counters = w->counters + l * cells + column->place * w->n_rows;
    const int32_t *entries = w->entries[l];
    for (size_t i = 0; i < column->n_varying; i++) rows[i][l - lane] = entries[counters[column->varying[i]]];
    for (size_t i = 0; i < column->n_always; i++) always[l - lane] += entries[counters[column->always[i]]];
  }
  memcpy(together, always, sizeof *together);
}

/// In the own lane of the samples of one group. A row is changed as a whole: a load of what was just written in part would wait
/// for it.
INLINE void OWN(gather_own)(const engram_tile_weights *w, const tile_column *column, size_t group, size_t lane,
                            OWN(lanes32) *gathered, OWN(lanes32) *together) {
  OWN(lanes32) here = 0;
  here[w->n_classes - lane] = -1;
  *together &= ~here;
  if (group >= w->n_classes) {
    for (size_t i = 0; i < column->n_varying; i++) gathered[i] &= ~here;
    return;
  }
  const uint32_t *counters = w->counters + (group * w->n_columns + column->place) * w->n_rows;
  const int32_t *own = w->own[group];
  for (size_t i = 0; i < column->n_varying; i++)
    gathered[i] = (gathered[i] & ~here) | (own[counters[column->varying[i]]] & here);
  for (size_t i = 0; i < column->n_always; i++) *together += own[counters[column->always[i]]] & here;
}

/// An index of a row of the table of a half byte, in bytes.
INLINE uint64_t OWN(row_of)(uint64_t bits, size_t half) {
  const size_t size = sizeof(OWN(lanes32)), shift = size == 64 ? 6 : size == 32 ? 5 : 4;
  return (4 * half < shift ? bits << (shift - 4 * half) : bits >> (4 * half - shift)) & 15 * size;
}

/// sums: WIDTH lanes of every sample. A known number of bytes keeps a sample's sums in registers.
INLINE void OWN(look_up)(const uint64_t *words, const uint32_t *samples, size_t count, const size_t n_bytes,
                         const OWN(lanes32) *table, const OWN(lanes32) *together, int64_t *sums) {
  const OWN(lanes32) always = *together;
  for (size_t k = 0; k < count; k++) {
    const uint64_t bits = words[k];
    const char *rows = (const char *)table;
    // Or the compiler keeps sixteen addresses for the sixteen tables, more than there are registers.
    __asm__("" : "+r"(rows));
    OWN(lanes32) total = always, other = 0;
    for (size_t half = 0; half < 2 * n_bytes; half += 2) {
      total += *(const OWN(lanes32) *)(rows + half * 16 * sizeof total + OWN(row_of)(bits, half));
      other += *(const OWN(lanes32) *)(rows + (half + 1) * 16 * sizeof total + OWN(row_of)(bits, half + 1));
    }
    total += other;
    OWN(lanes64) sum;
    int64_t *own = sums + samples[k] * WIDTH;
    memcpy(&sum, own, sizeof sum);
    sum += __builtin_convertvector(total, OWN(lanes64));
    memcpy(own, &sum, sizeof sum);
  }
}

INLINE void OWN(score_column)(const engram_tile_weights *w, const tile_column *column, size_t lane, void *room, int64_t *sums) {
  OWN(lanes32) *table = room, *gathered = table + 16 * HALVES;
  OWN(lanes32) together;
  OWN(gather)(w, column, lane, gathered, &together);
  const int is_own = w->n_classes - lane < WIDTH;
  const size_t n_bytes = (column->n_varying + 7u) / 8;
  // Samples of one group share a table.
  for (size_t first = 0, end; first < column->count; first = end) {
    end = column->count;
    if (is_own) {
      const uint32_t group = column->groups[column->samples[first]];
      for (end = first + 1; end < column->count && column->groups[column->samples[end]] == group;) end++;
      OWN(gather_own)(w, column, group, lane, gathered, &together);
    }
    OWN(fill)(table, gathered, 2 * n_bytes);
    const uint64_t *words = column->words + first;
    const uint32_t *samples = column->samples + first;
    switch (n_bytes) {
#define BYTES(n) \
  case n: OWN(look_up)(words, samples, end - first, n, table, &together, sums); break;
      BYTES(0) BYTES(1) BYTES(2) BYTES(3) BYTES(4) BYTES(5) BYTES(6) BYTES(7) BYTES(8)
#undef BYTES
    }
  }
}

#undef JOINED
#undef NAMED
#undef OWN
#undef INLINE
