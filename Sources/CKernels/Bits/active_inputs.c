// The inputs of samples that are not zero, as lists. Which numbers are zero is a matter of chance: no branch is to guess it.
#include "active_inputs.h"

size_t engram_stretches(size_t n_in) {
  size_t stretches = 0;
  for (size_t run = 0; run < n_in;) {
    const size_t end = engram_run_end(run, n_in);
    stretches += (end - run + ENGRAM_STRETCH - 1) / ENGRAM_STRETCH;
    run = end;
  }
  return stretches;
}

size_t engram_active_inputs(size_t n_samples, size_t n_in, const float *x, engram_active *active, uint32_t *ends) {
  size_t count = 0;
  for (size_t run = 0; run < n_in;) {
    const size_t run_end = engram_run_end(run, n_in);
    while (run < run_end) {
      const size_t end = engram_stretch_end(run, run_end);
      for (size_t s = 0; s < n_samples; s++) {
        const float *own = x + s * n_in;
        for (size_t j = run; j < end; j++) {
          active[count] = (engram_active){own[j], (uint32_t)(j - run)};
          count += own[j] != 0;
        }
        *ends++ = (uint32_t)count;
      }
      run = end;
    }
  }
  return count;
}
