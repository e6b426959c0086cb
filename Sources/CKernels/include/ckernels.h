// The few loops that choose their instructions at run time. Every kernel has a plain Swift
// counterpart in the tests that says what it computes.
#ifndef ENGRAM_CKERNELS_H
#define ENGRAM_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// The version of Engram that is being built: `--version`, `engram_version()` and every run's row.
#define ENGRAM_VERSION "0.1.0"

#if defined(__x86_64__) && defined(__linux__)
#define ENGRAM_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define ENGRAM_CLONES
#endif

/// The instruction set the kernels run with on this machine: "x86-64", "x86-64-v3", "x86-64-v4" or "portable".
const char *engram_cpu_level(void);

#include "network_kernels.h"

#endif
