// Compiles the file TEMPLATE once for every instruction set, with vectors as wide as its registers. `target_clones`
// cannot do that: the shape of a register tile follows from the number of registers.
//
// A template defines static functions NAME(f); ENGRAM_BEST(f) is the one for this CPU.

#include "levels.h"

#define ENGRAM_VECTOR(lanes) __attribute__((vector_size((lanes) * 4)))
#define V NAME(vector)
#define LOAD(p) ((V) * (const NAME(loose) *)(p))
#define STORE(p, v) (*(NAME(loose) *)(p) = (v))
#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE static inline __attribute__((always_inline))
/// max(v, 0); NaN stays NaN.
#define POSITIVE(v) ((V)(~((v) < 0) & (NAME(mask))(v)))

#pragma clang fp contract(fast)

#define LANES 4
#define NAME(x) base_##x
typedef float NAME(vector) ENGRAM_VECTOR(LANES);
typedef float NAME(loose) ENGRAM_VECTOR(LANES) __attribute__((aligned(4)));
typedef int NAME(mask) ENGRAM_VECTOR(LANES);
#include TEMPLATE
#undef LANES
#undef NAME

#if defined(__x86_64__) && defined(__linux__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define LANES 8
#define NAME(x) v3_##x
typedef float NAME(vector) ENGRAM_VECTOR(LANES);
typedef float NAME(loose) ENGRAM_VECTOR(LANES) __attribute__((aligned(4)));
typedef int NAME(mask) ENGRAM_VECTOR(LANES);
#include TEMPLATE
#undef LANES
#undef NAME
#pragma clang attribute pop

// Without the second attribute the compiler splits vectors of 512 bits.
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#define LANES 16
#define NAME(x) v4_##x
typedef float NAME(vector) ENGRAM_VECTOR(LANES);
typedef float NAME(loose) ENGRAM_VECTOR(LANES) __attribute__((aligned(4)));
typedef int NAME(mask) ENGRAM_VECTOR(LANES);
#include TEMPLATE
#undef LANES
#undef NAME
#pragma clang attribute pop

#define ENGRAM_BEST(f) (engram_level() == 3 ? v4_##f : engram_level() == 2 ? v3_##f : base_##f)
#else
#define ENGRAM_BEST(f) base_##f
#endif
