// The loops of Pillow's resize for 8-bit images: sums of bytes times whole-numbered weights, exact on every CPU.
// https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c
#ifndef ENGRAM_IMAGE_KERNELS_H
#define ENGRAM_IMAGE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Weights in units of 2^−22: 8 bits of pixel, 2 of headroom for weights beyond 1, within 32.
enum { engram_resize_precision = 32 - 8 - 2 };

/// One row of `width` pixels of three bytes made `out_width` pixels: pixel x is the sum over i < counts[x] of pixel
/// firsts[x] + i times weights[x · stride + i], rounded half up and cut to a byte. `scratch`: 4 · width bytes.
void engram_resize_row(const uint8_t *row, size_t width, const int32_t *firsts, const int32_t *counts,
                       const int32_t *weights, size_t stride, size_t out_width, uint8_t *scratch, uint8_t *out);

/// One row of `row_bytes` bytes from `count` rows that lie one behind the other: the sum of row i times weights[i].
void engram_resize_column(const uint8_t *rows, size_t row_bytes, size_t count, const int32_t *weights, uint8_t *out);

#endif
