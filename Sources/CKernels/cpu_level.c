// Finds the instruction set that kernels run with, once.
#include <stdlib.h>
#include <string.h>

#include "ckernels.h"
#include "levels.h"

#if defined(__x86_64__) && defined(__linux__)
static const char *const names[] = {"", "x86-64", "x86-64-v3", "x86-64-v4"};

int engram_found_level = 0;

int engram_find_level(void) {
  __builtin_cpu_init();
  int level = __builtin_cpu_supports("x86-64-v4") ? 3 : __builtin_cpu_supports("x86-64-v3") ? 2 : 1;
  const char *wanted = getenv("ENGRAM_CPU_LEVEL");
  for (int lesser = 1; wanted && lesser < level; lesser++)
    if (!strcmp(wanted, names[lesser])) level = lesser;
  __atomic_store_n(&engram_found_level, level, __ATOMIC_RELAXED);
  return level;
}

const char *engram_cpu_level(void) { return names[engram_level()]; }
#else
const char *engram_cpu_level(void) { return "portable"; }
#endif
