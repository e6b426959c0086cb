// zlib, for the checksum of zip archives alone.
#ifndef ENGRAM_CZLIB_H
#define ENGRAM_CZLIB_H
#include <zlib.h>
#endif
