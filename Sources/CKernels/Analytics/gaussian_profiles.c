// Independent Gaussians over the neurons of a layer: running moments, and the sums that divergences and likelihoods are
// made of. Leaves out floors of variances and logarithms.
#include "ckernels.h"
#include "../levels.h"

enum { LANES = 8 };

static double added(const double *lanes) {
  return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

ENGRAM_KERNEL(void, engram_add_moments,
    (const float *z, size_t n, double count, double *means, double *squares),
    (z, n, count, means, squares)) {
  const double share = 1 / count;
  for (size_t i = 0; i < n; i++) {
    const double before = z[i] - means[i];
    means[i] += before * share;
    squares[i] += before * (z[i] - means[i]);
  }
}

ENGRAM_KERNEL(double, engram_gaussian_cross,
    (const double *p_means, const double *p_variances, const double *q_means, const double *q_inverses, size_t n),
    (p_means, p_variances, q_means, q_inverses, n)) {
  double lanes[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (size_t l = 0; l < LANES; l++) {
      const double d = p_means[i + l] - q_means[i + l];
      lanes[l] += (p_variances[i + l] + d * d) * q_inverses[i + l];
    }
  }
  for (; i < n; i++) {
    const double d = p_means[i] - q_means[i];
    lanes[i % LANES] += (p_variances[i] + d * d) * q_inverses[i];
  }
  return added(lanes);
}

ENGRAM_KERNEL(double, engram_gaussian_distance,
    (const float *z, const double *means, const double *inverses, size_t n),
    (z, means, inverses, n)) {
  double lanes[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (size_t l = 0; l < LANES; l++) {
      const double d = z[i + l] - means[i + l];
      lanes[l] += d * d * inverses[i + l];
    }
  }
  for (; i < n; i++) {
    const double d = z[i] - means[i];
    lanes[i % LANES] += d * d * inverses[i];
  }
  return added(lanes);
}
