// libpng behind two calls that report errors by value: libpng's own errors leave by a long jump, which Swift cannot
// catch. No metadata, no colour management.
#ifndef ENGRAM_CPNG_H
#define ENGRAM_CPNG_H

#include <stddef.h>
#include <stdint.h>

/// Bytes of the longest message, its end included.
#define ENGRAM_PNG_MESSAGE 96

/// The size of the image in a PNG file of `count` bytes.
/// Returns 0; or −1 with libpng's `message`.
int engram_png_size(const uint8_t *file, size_t count, uint32_t *width, uint32_t *height, char *message);

/// Its pixels, height × width × 3 bytes: as Pillow's convert("RGB") gives them. Palettes are looked up, greys of 1,
/// 2 and 4 bits stretched to 8, of 16 bits cut off at 255, colours of 16 bits are their upper bytes (so are greys
/// of 16 bits with alpha), alpha and transparent colours are dropped, gamma is left alone.
/// Returns 0; or −1 with libpng's `message` and the rows before the error written.
int engram_png_decode(const uint8_t *file, size_t count, uint32_t width, uint32_t height, uint8_t *rgb, char *message);

/// A PNG file of height × width × `channels` bytes, 1 for greys or 3 for red, green and blue, in `file`, which has `room`
/// bytes. The same pixels give the same bytes, with one version of libpng and zlib.
/// Returns 0 and the file's bytes in `count`; or −1 with libpng's `message`.
int engram_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t *file, size_t room,
                      size_t *count, char *message);

#endif
