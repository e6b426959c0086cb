// libwebp's decoder of animations, which takes still images too: the one that Pillow uses.
#ifndef ENGRAM_CWEBP_H
#define ENGRAM_CWEBP_H
#include <webp/decode.h>
#include <webp/demux.h>
#endif
