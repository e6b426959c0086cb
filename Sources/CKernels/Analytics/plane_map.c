// What a map of neighbours in the plane (t-SNE) computes for every point in every step: a quadtree, the repulsion that
// Barnes and Hut read off it, the attraction of a point's neighbours; and the nearest of many distances.
#include <math.h>

#include "ckernels.h"

// The same sums on every CPU.
#pragma clang fp contract(off)

// Points that no square of this depth tells apart share a cell.
enum { deepest = 50 };

static int32_t leaf(struct engram_plane_cell *cells, int32_t *used, size_t capacity, double width, int32_t point,
    const double *place) {
  if ((size_t)*used >= capacity) return -1;
  struct engram_plane_cell *cell = cells + *used;
  cell->x = place[0];
  cell->y = place[1];
  cell->width = width;
  cell->count = 1;
  cell->point = point;
  for (int i = 0; i < 4; i++) cell->child[i] = -1;
  return (*used)++;
}

int32_t engram_plane_tree(const double *places, size_t count, struct engram_plane_cell *cells, size_t capacity) {
  if (count == 0) return 0;
  double low[2] = {places[0], places[1]}, high[2] = {places[0], places[1]};
  for (size_t i = 0; i < count; i++)
    for (int axis = 0; axis < 2; axis++) {
      const double p = places[2 * i + axis];
      if (p < low[axis]) low[axis] = p;
      if (p > high[axis]) high[axis] = p;
    }
  const double width = fmax(high[0] - low[0], high[1] - low[1]) * (1 + 1e-9) + 1e-300;
  int32_t used = 0;
  if (leaf(cells, &used, capacity, width, 0, places) < 0) return -1;
  for (size_t i = 1; i < count; i++) {
    const double *place = places + 2 * i;
    double corner[2] = {low[0], low[1]}, side = width;
    int32_t at = 0;
    for (int depth = 0;; depth++) {
      struct engram_plane_cell *cell = cells + at;
      const int is_leaf = cell->point >= 0;
      const double old[2] = {cell->x, cell->y};
      if (is_leaf && ((old[0] == place[0] && old[1] == place[1]) || depth >= deepest)) {
        cell->count++;
        break;
      }
      side *= 0.5;
      if (is_leaf) {
        const int quarter = (old[0] >= corner[0] + side) + 2 * (old[1] >= corner[1] + side);
        const int32_t moved = leaf(cells, &used, capacity, side, cell->point, old);
        if (moved < 0) return -1;
        cells[moved].count = cell->count;
        cell->child[quarter] = moved;
        cell->point = -1;
      }
      const double n = cell->count++;
      cell->x += (place[0] - cell->x) / (n + 1);
      cell->y += (place[1] - cell->y) / (n + 1);
      const int right = place[0] >= corner[0] + side, upper = place[1] >= corner[1] + side;
      if (right) corner[0] += side;
      if (upper) corner[1] += side;
      const int32_t next = cell->child[right + 2 * upper];
      if (next < 0) {
        const int32_t made = leaf(cells, &used, capacity, side, (int32_t)i, place);
        if (made < 0) return -1;
        cell->child[right + 2 * upper] = made;
        break;
      }
      at = next;
    }
  }
  return used;
}

double engram_plane_repulsion(
    const double *places, size_t from, size_t to, const struct engram_plane_cell *cells, double theta, double *forces) {
  const double least = theta * theta;
  double total = 0;
  int32_t stack[4 * (deepest + 2)];
  for (size_t i = from; i < to; i++) {
    const double x = places[2 * i], y = places[2 * i + 1];
    double fx = 0, fy = 0;
    int top = 0;
    stack[top++] = 0;
    while (top > 0) {
      const struct engram_plane_cell *cell = cells + stack[--top];
      const double dx = x - cell->x, dy = y - cell->y, square = dx * dx + dy * dy;
      if (cell->point >= 0 || cell->width * cell->width < least * square) {
        // A point is not repelled by itself.
        const double others = cell->point >= 0 && square == 0 ? cell->count - 1 : cell->count;
        const double near = 1 / (1 + square);
        total += others * near;
        fx += others * near * near * dx;
        fy += others * near * near * dy;
      } else {
        for (int c = 3; c >= 0; c--)
          if (cell->child[c] >= 0) stack[top++] = cell->child[c];
      }
    }
    forces[2 * i] = fx;
    forces[2 * i + 1] = fy;
  }
  return total;
}

double engram_plane_attraction(
    const double *places, size_t from, size_t to, const int64_t *starts, const int32_t *neighbours, const double *p,
    double *forces) {
  double cost = 0;
  for (size_t i = from; i < to; i++) {
    const double x = places[2 * i], y = places[2 * i + 1];
    double fx = 0, fy = 0;
    for (int64_t k = starts[i]; k < starts[i + 1]; k++) {
      const double dx = x - places[2 * neighbours[k]], dy = y - places[2 * neighbours[k] + 1];
      const double spread = 1 + dx * dx + dy * dy, near = 1 / spread;
      fx += p[k] * near * dx;
      fy += p[k] * near * dy;
      cost += p[k] * log(p[k] * spread);
    }
    forces[2 * i] = fx;
    forces[2 * i + 1] = fy;
  }
  return cost;
}

// Whether a is farther than b; of equals the later one is.
static int is_farther(const double *distances, int32_t a, int32_t b) {
  return distances[a] > distances[b] || (distances[a] == distances[b] && a > b);
}

static void sink(const double *distances, int32_t *heap, size_t count, size_t at) {
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= count) return;
    if (child + 1 < count && is_farther(distances, heap[child + 1], heap[child])) child++;
    if (!is_farther(distances, heap[child], heap[at])) return;
    const int32_t moved = heap[at];
    heap[at] = heap[child];
    heap[child] = moved;
    at = child;
  }
}

void engram_nearest(const double *distances, size_t count, size_t own, size_t k, int32_t *nearest) {
  size_t held = 0;
  for (size_t i = 0; i < count; i++) {
    if (i == own) continue;
    if (held < k) {
      nearest[held++] = (int32_t)i;
      if (held == k)
        for (size_t at = k / 2; at-- > 0;) sink(distances, nearest, k, at);
    } else if (is_farther(distances, nearest[0], (int32_t)i)) {
      nearest[0] = (int32_t)i;
      sink(distances, nearest, k, 0);
    }
  }
}
