// What a layer makes of the inputs that are not zero, for one instruction set: see vector_levels.h.
//
// Outputs lie side by side in vectors: an input that is zero is passed over whatever its neighbours are.

typedef double NAME(doubles) __attribute__((vector_size(LANES * 4)));
typedef double NAME(loose_doubles) __attribute__((vector_size(LANES * 4), aligned(8)));

#define FLOATS (OUTPUTS / LANES)
#define DOUBLES (2 * OUTPUTS / LANES)

/// tile[k] = turned[k], or its magnitude, as Float64.
static void NAME(widen)(const float *turned, size_t n, int magnitudes, double *tile) {
  const uint32_t kept = magnitudes ? INT32_MAX : UINT32_MAX;
  for (size_t k = 0; k < n; k++) {
    uint32_t bits;
    memcpy(&bits, turned + k, sizeof bits);
    bits &= kept;
    float value;
    memcpy(&value, &bits, sizeof value);
    tile[k] = value;
  }
}

/// sums[s][i] += Σ x[j] · tile[j][i] over the inputs of a stretch, in their order.
static void NAME(add_stretch)(size_t n_samples, const engram_active *active, const uint32_t *starts, const double *tile,
                              double *sums) {
  for (size_t s = 0; s < n_samples; s++, sums += OUTPUTS) {
    NAME(doubles) sum[DOUBLES];
    UNROLL for (int i = 0; i < DOUBLES; i++) sum[i] = ((const NAME(loose_doubles) *)sums)[i];
    for (size_t k = starts[s]; k < starts[s + 1]; k++) {
      const double *weights = tile + active[k].place * OUTPUTS;
      const double x = active[k].value;
      UNROLL for (int i = 0; i < DOUBLES; i++) sum[i] += x * ((const NAME(loose_doubles) *)weights)[i];
    }
    UNROLL for (int i = 0; i < DOUBLES; i++) ((NAME(loose_doubles) *)sums)[i] = sum[i];
  }
}

/// Adds to counts[s] how many terms x[j] · tile[j][i] of a stretch are significant. A term counts where its sign-flipped value
/// is above |τ|: both signs of τ are one comparison, exact because negation is.
static void NAME(count_stretch)(size_t n_samples, const engram_active *active, const uint32_t *starts, const float *tile,
                                const float *tau, uint64_t *counts) {
  for (size_t s = 0; s < n_samples; s++, tau += OUTPUTS) {
    NAME(mask) sign[FLOATS];
    V level[FLOATS];
    UNROLL for (int i = 0; i < FLOATS; i++) {
      const NAME(mask) bits = (NAME(mask))LOAD(tau + i * LANES);
      sign[i] = bits & INT32_MIN;
      level[i] = (V)(bits & INT32_MAX);
    }
#if LANES == 16
    // A mask's bits are counted beside the vectors' work.
    uint64_t found = 0;
#else
    NAME(mask) found[FLOATS] = {{0}};
#endif
    for (size_t k = starts[s]; k < starts[s + 1]; k++) {
      const float *weights = tile + active[k].place * OUTPUTS;
      const float x = active[k].value;
      UNROLL for (int i = 0; i < FLOATS; i++) {
        const V term = (V)((NAME(mask))(LOAD(weights + i * LANES) * x) ^ sign[i]);
#if LANES == 16
        found += (uint64_t)__builtin_popcount(pack16(__builtin_convertvector((float16v)term > (float16v)level[i], bool16v)));
#else
        found[i] -= term > level[i];
#endif
      }
    }
#if LANES == 16
    counts[s] += found;
#else
    UNROLL for (int i = 1; i < FLOATS; i++) found[0] += found[i];
    UNROLL for (int lane = 0; lane < LANES; lane++) counts[s] += (uint32_t)found[0][lane];
#endif
  }
}

#undef FLOATS
#undef DOUBLES
