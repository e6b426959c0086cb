// Reading a PNG file in memory.
#include "cpng.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const uint8_t *next;
  size_t left;
  char *message;
} source;

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->left) png_error(png, "the file is cut short");
  memcpy(target, from->next, count);
  from->next += count;
  from->left -= count;
}

static void keep_error(png_structp png, png_const_charp text) {
  source *from = png_get_error_ptr(png);
  strncpy(from->message, text, ENGRAM_PNG_MESSAGE - 1);
  from->message[ENGRAM_PNG_MESSAGE - 1] = 0;
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

/// Everything up to the first row of pixels; null where there is no memory.
static png_structp start(source *from, png_infop *info) {
  from->message[0] = 0;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, from, keep_error, ignore_warning);
  if (!png) return NULL;
  *info = png_create_info_struct(png);
  if (!*info) {
    png_destroy_read_struct(&png, NULL, NULL);
    return NULL;
  }
  png_set_read_fn(png, from, read_bytes);
  // Texts, profiles and the like are passed over unread.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  return png;
}

int engram_png_size(const uint8_t *file, size_t count, uint32_t *width, uint32_t *height, char *message) {
  source from = {file, count, message};
  png_infop info = NULL;
  png_structp png = start(&from, &info);
  if (!png) return -1;
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return -1;
  }
  png_read_info(png, info);
  *width = png_get_image_width(png, info);
  *height = png_get_image_height(png, info);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

/// Greys of 16 bits, most significant byte first, in the first 2 · width bytes of a row: cut off at 255.
static void expand_wide_grey(uint8_t *row, uint32_t width, uint8_t *target) {
  for (uint32_t x = 0; x < width; x++) {
    uint8_t grey = row[2 * x] ? 255 : row[2 * x + 1];
    for (int channel = 0; channel < 3; channel++) target[3 * x + channel] = grey;
  }
}

int engram_png_decode(const uint8_t *file, size_t count, uint32_t width, uint32_t height, uint8_t *rgb, char *message) {
  source from = {file, count, message};
  png_infop info = NULL;
  uint8_t *volatile wide = NULL;
  png_bytep *volatile rows = NULL;
  png_structp png = start(&from, &info);
  if (!png) return -1;
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    free(wide);
    free((void *)rows);
    return -1;
  }
  png_read_info(png, info);
  if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height)
    png_error(png, "another size than before");
  int is_wide_grey =
      png_get_bit_depth(png, info) == 16 && png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY;
  if (!is_wide_grey) {
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_gray_to_rgb(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t row_bytes = is_wide_grey ? 2 * (size_t)width : 3 * (size_t)width;
  if (png_get_rowbytes(png, info) != row_bytes) png_error(png, "rows of an unexpected length");
  rows = malloc(height * sizeof(png_bytep));
  if (is_wide_grey) wide = malloc(height * row_bytes);
  if (!rows || (is_wide_grey && !wide)) png_error(png, "no memory for its pixels");
  for (uint32_t y = 0; y < height; y++) rows[y] = (is_wide_grey ? wide : rgb) + y * row_bytes;
  png_read_image(png, rows);
  if (is_wide_grey)
    for (uint32_t y = 0; y < height; y++)
      expand_wide_grey(rows[y], width, rgb + y * 3 * (size_t)width);
  png_destroy_read_struct(&png, &info, NULL);
  free(wide);
  free((void *)rows);
  return 0;
}
