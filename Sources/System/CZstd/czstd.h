// zstd, for the pages of Parquet files: whole buffers compressed, no streams.
#ifndef ENGRAM_CZSTD_H
#define ENGRAM_CZSTD_H
#include <zstd.h>
#endif
