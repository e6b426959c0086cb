// Sums of weights over the bits of tiles, as engram_tile_bits leaves them: bit_scores.c where the rows of all samples are a
// word. Rows whose bit all samples of a column have, or none, are about half; words are packed to the others before they are
// looked up.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

typedef uint64_t word8v __attribute__((ext_vector_type(8)));

// Words of one column that are packed together, and half bytes of a word, whose tables have 16 rows each.
enum { WORDS = 8, HALVES = ENGRAM_TILE_ROWS / 4 };

// One column: its samples, the rows whose bits differ between them, and those whose bit is set in all of them.
typedef struct {
  size_t place, count;
  const uint32_t *samples, *groups;
  // Of the rows that vary.
  const uint64_t *words;
  uint8_t n_varying, n_always;
  uint8_t varying[ENGRAM_TILE_ROWS], always[ENGRAM_TILE_ROWS];
} tile_column;

// Moves the bits of words that are set in a mask next to each other (Steele, in Warren 2012), six steps for any mask.
typedef struct {
  uint64_t mask, moved[6];
} packing;

static inline __attribute__((always_inline)) packing packing_of(uint64_t mask) {
  packing p = {.mask = mask};
  uint64_t before = ~mask << 1, left = mask;
  for (size_t step = 0; step < 6; step++) {
    // Bit i: whether an odd number of zeros lies below it.
    uint64_t odd = before;
    for (size_t shift = 1; shift < 64; shift *= 2) odd ^= odd << shift;
    p.moved[step] = odd & left;
    left = (left ^ p.moved[step]) | p.moved[step] >> ((size_t)1 << step);
    before &= ~odd;
  }
  return p;
}

// The rows that are set in a mask.
static inline __attribute__((always_inline)) uint8_t list_rows(uint64_t mask, uint8_t *rows) {
  uint8_t count = 0;
  for (; mask; mask &= mask - 1) rows[count++] = (uint8_t)__builtin_ctzll(mask);
  return count;
}

// The words of a column, packed where that makes them shorter. `packed`: room for them, rounded up to WORDS.
static inline __attribute__((always_inline)) void pack_column(
    const uint64_t *words, size_t n_rows, tile_column *column, uint64_t *packed) {
  const size_t count = column->count;
  word8v any8 = 0, all8 = ~(word8v)0;
  size_t k = 0;
  for (; k + WORDS <= count; k += WORDS) {
    word8v some;
    memcpy(&some, words + k, sizeof some);
    any8 |= some;
    all8 &= some;
  }
  uint64_t any = 0, all = UINT64_MAX;
  for (size_t l = 0; l < WORDS; l++) any |= any8[l], all &= all8[l];
  for (; k < count; k++) any |= words[k], all &= words[k];
  const uint64_t rows = n_rows < 64 ? ((uint64_t)1 << n_rows) - 1 : UINT64_MAX;
  column->n_varying = list_rows(any & ~all, column->varying);
  column->n_always = list_rows(all & rows, column->always);
  if ((column->n_varying + 7u) / 8 == (n_rows + 7) / 8) {
    column->n_varying = list_rows(rows, column->varying);
    column->n_always = 0;
    column->words = words;
    return;
  }
  const packing p = packing_of(any & ~all);
  for (k = 0; k < count; k += WORDS) {
    word8v some = 0;
    memcpy(&some, words + k, (k + WORDS <= count ? WORDS : count - k) * sizeof *words);
    some &= p.mask;
    for (size_t step = 0; step < 6; step++) {
      const word8v moved = some & p.moved[step];
      some = (some ^ moved) | moved >> ((size_t)1 << step);
    }
    memcpy(packed + k, &some, sizeof some);
  }
  column->words = packed;
}

#define WIDTH 16
#include "tile_scores_template.h"
#undef WIDTH
#define WIDTH 8
#include "tile_scores_template.h"
#undef WIDTH
#define WIDTH 4
#include "tile_scores_template.h"
#undef WIDTH

size_t engram_tile_lanes(size_t n_classes) {
  const size_t rest = (n_classes + 1) % 16, whole = n_classes + 1 - rest;
  return whole + (rest > 8 ? 16 : rest > 4 ? 8 : rest > 0 ? 4 : 0);
}

// Tables, what their bits weigh, and the packed words of a column.
enum { ROOM = (16 * HALVES + ENGRAM_TILE_ROWS) * 16 * sizeof(int32_t) };

size_t engram_tile_room(size_t n_samples) { return ROOM + (n_samples + WORDS) / WORDS * WORDS * sizeof(uint64_t); }

ENGRAM_KERNEL(void, engram_score_tile,
    (const engram_tile_weights *w, const uint64_t *words, const uint32_t *samples, const size_t *counts, size_t n_samples,
      const uint32_t *groups, void *room, int64_t *sums),
    (w, words, samples, counts, n_samples, groups, room, sums)) {
  const size_t lanes = engram_tile_lanes(w->n_classes);
  tile_column column = {.groups = groups};
  // Lanes outside, columns inside: the sums of 16 lanes of all samples stay in the second cache.
  for (size_t lane = 0; lane < lanes; lane += 16, sums += 16 * n_samples)
    for (column.place = 0; column.place < w->n_columns; column.place++) {
      column.count = counts[column.place];
      if (column.count == 0) continue;
      column.samples = samples + column.place * n_samples;
      pack_column(words + column.place * n_samples, w->n_rows, &column, (uint64_t *)((char *)room + ROOM));
      switch (lanes - lane) {
        case 4: score_column_4(w, &column, lane, room, sums); break;
        case 8: score_column_8(w, &column, lane, room, sums); break;
        default: score_column_16(w, &column, lane, room, sums);
      }
    }
}
