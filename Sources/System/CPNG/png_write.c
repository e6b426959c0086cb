// Writing a PNG file into memory that the caller gives.
#include "cpng.h"

#include <png.h>
#include <string.h>

typedef struct {
  uint8_t *file;
  size_t count, room;
  char *message;
} target;

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
  target *to = png_get_io_ptr(png);
  if (count > to->room - to->count) png_error(png, "no room for the file");
  memcpy(to->file + to->count, bytes, count);
  to->count += count;
}

static void flush(png_structp png) { (void)png; }

static void keep_error(png_structp png, png_const_charp text) {
  target *to = png_get_error_ptr(png);
  strncpy(to->message, text, ENGRAM_PNG_MESSAGE - 1);
  to->message[ENGRAM_PNG_MESSAGE - 1] = 0;
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

int engram_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t *file, size_t room,
                      size_t *count, char *message) {
  target to = {file, 0, room, message};
  message[0] = 0;
  png_infop info = NULL;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &to, keep_error, ignore_warning);
  if (!png) return -1;
  info = png_create_info_struct(png);
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    return -1;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return -1;
  }
  png_set_write_fn(png, &to, write_bytes, flush);
  png_set_IHDR(png, info, width, height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  png_set_compression_level(png, 9);
  png_write_info(png, info);
  for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + (size_t)y * width * (size_t)channels);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  *count = to.count;
  return 0;
}
