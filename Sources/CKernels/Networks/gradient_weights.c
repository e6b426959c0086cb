// Weights of the convolution that leads a convolution's gradient back to its input: the window turned by half a circle, inputs
// and outputs exchanged. Channels of the input lie side by side, as a panel has them: nothing is transposed.
#include <string.h>

#include "ckernels.h"

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
