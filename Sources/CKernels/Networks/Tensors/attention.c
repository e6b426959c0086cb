// Attention of one group and head: scores of a tile of queries, their softmax and the product with the values while they
// are in the cache.
#include <math.h>
#include <string.h>

#include "ckernels.h"

#define TEMPLATE "Networks/Tensors/attention_template.h"
#include "../../vector_levels.h"

enum {
  /// Queries of a tile at most: what its two products read again and again stays in the first-level cache.
  most_queries = 64,
  least_queries = 14,
  /// Scores of a tile that stay in the second-level cache.
  tile_scores = 1 << 16,
};

size_t engram_score_stride(size_t keys) { return (keys + 15) & ~(size_t)15; }

size_t engram_query_tile(size_t queries, size_t keys) {
  size_t most = tile_scores / engram_score_stride(keys);
  most = most > most_queries ? most_queries : most < least_queries ? least_queries : most;
  const size_t tiles = (queries + most - 1) / most;
  return (queries + tiles - 1) / tiles;
}

static size_t score_count(size_t queries, size_t keys) {
  return engram_query_tile(queries, keys) * engram_score_stride(keys);
}

size_t engram_attention_scratch(size_t queries, size_t keys, size_t size, size_t value_size) {
  return engram_panel_count(keys, size) + engram_panel_count(value_size, keys) + score_count(queries, keys)
         + most_queries;
}

void engram_pack_tokens(const float *restrict x, size_t tokens, size_t size, size_t stride, float *restrict panels) {
  for (size_t n = 0; n < tokens; n += ENGRAM_PANEL, panels += ENGRAM_PANEL * size) {
    const size_t width = tokens - n < ENGRAM_PANEL ? tokens - n : ENGRAM_PANEL;
    if (width < ENGRAM_PANEL) memset(panels, 0, ENGRAM_PANEL * size * sizeof(float));
    engram_transpose32(x + n * stride, stride, width, size, panels, ENGRAM_PANEL);
  }
}

/// Values as panels: they lie as the product reads them, but for their stride.
static void pack_values(const float *restrict v, size_t tokens, size_t size, size_t stride, float *restrict panels) {
  for (size_t n = 0; n < size; n += ENGRAM_PANEL) {
    const size_t width = size - n < ENGRAM_PANEL ? size - n : ENGRAM_PANEL;
    for (size_t t = 0; t < tokens; t++, panels += ENGRAM_PANEL) {
      if (width == ENGRAM_PANEL) {
        memcpy(panels, v + t * stride + n, ENGRAM_PANEL * sizeof(float));
        continue;
      }
      memset(panels, 0, ENGRAM_PANEL * sizeof(float));
      memcpy(panels, v + t * stride + n, width * sizeof(float));
    }
  }
}

static void multiply(const float *x, size_t x_stride, size_t rows, size_t depth, const float *panels, size_t outputs,
                     float *y, size_t y_stride) {
  const engram_product product = {
    .x = {(float *)x, 0, x_stride}, .y = {y, 0, y_stride}, .rows = 1, .columns = rows, .outputs = outputs,
    .segments = 1, .segment_length = depth, .panels = panels};
  engram_multiply(&product);
}

void engram_attend(const engram_attention *a, size_t first, size_t last, float *scratch) {
  const size_t stride = engram_score_stride(a->keys), tile = engram_query_tile(a->queries, a->keys);
  float *keys = scratch, *values = keys + engram_panel_count(a->keys, a->size);
  float *scores = values + engram_panel_count(a->value_size, a->keys);
  float *inverses = scores + tile * stride;
  engram_pack_tokens(a->k, a->keys, a->size, a->k_stride, keys);
  pack_values(a->v, a->keys, a->value_size, a->v_stride, values);
  for (size_t i = first; i < last; i += tile) {
    const size_t rows = last - i < tile ? last - i : tile;
    multiply(a->q + i * a->q_stride, a->q_stride, rows, a->size, keys, stride, scores, stride);
    ENGRAM_BEST(weigh)(a, i, i + rows, scores, stride, inverses);
    float *y = a->y + i * a->y_stride;
    multiply(scores, stride, rows, a->keys, values, a->value_size, y, a->y_stride);
    ENGRAM_BEST(scale_rows)(y, rows, a->value_size, a->y_stride, inverses);
  }
}

void engram_attention_weights(const engram_attention *a, size_t first, size_t last, const float *panels,
                              float *weights) {
  const size_t stride = engram_score_stride(a->keys);
  float inverses[most_queries];
  for (size_t i = first; i < last; i += most_queries, weights += most_queries * stride) {
    const size_t rows = last - i < most_queries ? last - i : most_queries;
    multiply(a->q + i * a->q_stride, a->q_stride, rows, a->size, panels, stride, weights, stride);
    ENGRAM_BEST(weigh)(a, i, i + rows, weights, stride, inverses);
    ENGRAM_BEST(scale_rows)(weights, rows, stride, stride, inverses);
  }
}
