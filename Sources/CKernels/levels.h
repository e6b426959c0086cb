// One function for every instruction set, of which the best that the machine has is called, or a lesser one that the
// environment names, to be measured. The compiler's own `target_clones` choose before anybody can be asked.
#ifndef ENGRAM_LEVELS_H
#define ENGRAM_LEVELS_H

// Functions that take or give vectors are static and inlined into one level's: none is called across levels.
#pragma clang diagnostic ignored "-Wpsabi"

#if defined(__x86_64__) && defined(__linux__)
/// 1: x86-64, 2: x86-64-v3, 3: x86-64-v4; 0 before it was looked up.
extern int engram_found_level;
int engram_find_level(void);

static inline int engram_level(void) {
  const int found = __atomic_load_n(&engram_found_level, __ATOMIC_RELAXED);
  return found ? found : engram_find_level();
}

/// Before the function's body: ENGRAM_KERNEL(void, engram_f, (int a, int b), (a, b)) { … }
#define ENGRAM_KERNEL(result, name, parameters, arguments)                                                     \
  static inline __attribute__((always_inline)) result name##_body parameters;                                  \
  static result name##_base parameters { return name##_body arguments; }                                       \
  __attribute__((target("arch=x86-64-v3"))) static result name##_v3 parameters { return name##_body arguments; } \
  __attribute__((target("arch=x86-64-v4"), min_vector_width(512))) static result name##_v4 parameters {        \
    return name##_body arguments;                                                                              \
  }                                                                                                            \
  result name parameters {                                                                                     \
    const int level = engram_level();                                                                          \
    return level == 3 ? name##_v4 arguments : level == 2 ? name##_v3 arguments : name##_base arguments;        \
  }                                                                                                            \
  static inline __attribute__((always_inline)) result name##_body parameters
#else
#define ENGRAM_KERNEL(result, name, parameters, arguments) result name parameters
#endif

#endif
