// Weights of the convolution that leads a convolution's gradient back to its input: the window turned by half a circle, inputs
// and outputs exchanged. Channels of the input lie side by side, as a panel has them: nothing is transposed.
#include <string.h>

#include "ckernels.h"
#include "../levels.h"

void engram_pack_turned_panels(const float *weight, size_t outputs, size_t height, size_t width, size_t channels,
                                 float *panels) {
  for (size_t first = 0; first < channels; first += ENGRAM_PANEL) {
    const size_t side = channels - first < ENGRAM_PANEL ? channels - first : ENGRAM_PANEL;
    for (size_t k = 0; k < height; k++)
      for (size_t l = 0; l < width; l++)
        for (size_t o = 0; o < outputs; o++, panels += ENGRAM_PANEL) {
          const size_t tap = (o * height + height - 1 - k) * width + width - 1 - l;
          memcpy(panels, weight + tap * channels + first, side * sizeof *panels);
          memset(panels + side, 0, (ENGRAM_PANEL - side) * sizeof *panels);
        }
  }
}

ENGRAM_KERNEL(void, engram_winograd_turned_weights,
    (const float *restrict weight, size_t outputs, size_t window, size_t channels, size_t size,
      float *restrict transformed),
    (weight, outputs, window, channels, size, transformed)) {
  enum { SIDE = ENGRAM_PANEL };
  double g[6][5];
  engram_winograd_weight_transform(size, window, g);
  const size_t plane = engram_panel_count(channels, outputs);
  for (size_t first = 0; first < channels; first += SIDE) {
    const size_t side = channels - first < SIDE ? channels - first : SIDE;
    for (size_t o = 0; o < outputs; o++, transformed += SIDE) {
      double half[6][5][SIDE] = {{{0}}};
      for (size_t l = 0; l < window; l++)
        for (size_t k = 0; k < window; k++) {
          float tap[SIDE] = {0};
          const size_t turned = (o * window + window - 1 - k) * window + window - 1 - l;
          memcpy(tap, weight + turned * channels + first, side * sizeof *tap);
          for (size_t i = 0; i < size; i++)
            for (size_t v = 0; v < SIDE; v++) half[i][l][v] += g[i][k] * tap[v];
        }
      for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < size; j++) {
          double sum[SIDE] = {0};
          for (size_t l = 0; l < window; l++)
            for (size_t v = 0; v < SIDE; v++) sum[v] += half[i][l][v] * g[j][l];
          for (size_t v = 0; v < SIDE; v++) transformed[(i * size + j) * plane + v] = (float)sum[v];
        }
    }
  }
}
