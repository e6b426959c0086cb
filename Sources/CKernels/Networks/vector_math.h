// Functions of a vector, for one instruction set: to be included in a template, see vector_levels.h. Errors were measured
// against double precision over floats of every exponent, with and without fused multiplications.

#define M NAME(mask)
#define SPLAT(c) ((V){0} + (c))
#define SELECT(condition, a, b) ((V)(((condition) & (M)(a)) | (~(condition) & (M)(b))))
#define ABSOLUTE(v) ((V)((M)(v) & 0x7FFFFFFF))
#define SIGNED_AS(v, sign) ((V)((M)(v) | ((M)(sign) & (int)0x80000000)))

/// 2^n for whole n, −126 ≤ n ≤ 127.
INLINE V NAME(power_of_two)(M n) { return (V)((n + 127) << 23); }

/// exp(r) − 1 for r = x − n · ln 2, |r| ≤ ln 2 / 2, and n plus a multiple of 2^22; |x| ≤ 110.
INLINE V NAME(reduced_expm1)(V x, M *n) {
  const V shifted = x * 1.44269504f + 0x1.8p23f, whole = shifted - 0x1.8p23f;
  *n = (M)shifted;
  // ln 2 in two parts, the first of few bits.
  const V r = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
  V q = 1.3951719738543034e-3f * r + 8.369598537683487e-3f;
  q = q * r + 4.16661873459816e-2f;
  q = q * r + 0.16666512191295624f;
  q = q * r + 0.5f;
  return q * (r * r) + r;
}

/// exp(x): relative error below 1.2e-7 (subnormal results 1e-45 absolute); 0 and ∞ beyond the floats, NaN of NaN.
INLINE V NAME(exponential)(V x) {
  V bounded = SELECT(x < -105.0f, SPLAT(-105.0f), x);
  bounded = SELECT(x > 89.0f, SPLAT(89.0f), bounded);
  M n;
  const V e = NAME(reduced_expm1)(bounded, &n) + 1.0f;
  n -= (M)SPLAT(0x1.8p23f);
  const M half = n >> 1;
  const V y = e * NAME(power_of_two)(half) * NAME(power_of_two)(n - half);
  return SELECT(x == x, y, x);
}

/// The same, 0 where it is below 2^-125: for what adds to it.
INLINE V NAME(coarse_exponential)(V x) {
  const M isLow = x < -86.5f;
  M n;
  const V e = NAME(reduced_expm1)(SELECT(isLow, (V){0}, x), &n) + 1.0f;
  V y = (V)((M)e + (n << 23));
  y = SELECT(isLow, (V){0}, y);
  y = SELECT(x > 88.7f, SPLAT(__builtin_inff()), y);
  return SELECT(x == x, y, x);
}

/// exp(x) − 1: relative error below 2e-7.
INLINE V NAME(expm1)(V x) {
  V bounded = SELECT(x < -40.0f, SPLAT(-40.0f), x);
  bounded = SELECT(x > 89.0f, SPLAT(89.0f), bounded);
  M n;
  const V e = NAME(reduced_expm1)(bounded, &n);
  n -= (M)SPLAT(0x1.8p23f);
  // 2^n may be more than a float by itself.
  const V scale = NAME(power_of_two)(n - 1);
  const V y = (e * scale + (scale - 0.5f)) * 2.0f;
  return SELECT(x == x, SELECT(n == 0, e, y), x);
}

/// ln x: relative error below 1.2e-7; −∞ of 0, NaN of less.
INLINE V NAME(logarithm)(V x) {
  const M isSmall = x < 0x1p-126f;
  const V scaled = SELECT(isSmall, x * 0x1p25f, x);
  // The mantissa between √½ and √2.
  const M bits = (M)scaled - 0x3F3504F3;
  const M exponent = (bits >> 23) - (isSmall & 25);
  const V f = (V)((bits & 0x007FFFFF) + 0x3F3504F3) - 1.0f;
  V p = 6.915165483951569e-2f * f - 0.11789704859256744f;
  p = p * f + 0.11873012781143188f;
  p = p * f - 0.12384368479251862f;
  p = p * f + 0.14218655228614807f;
  p = p * f - 0.16669249534606934f;
  p = p * f + 0.20002226531505585f;
  p = p * f - 0.24999986588954926f;
  p = p * f + 0.3333331048488617f;
  const V e = __builtin_convertvector(exponent, V);
  const V square = f * f;
  V y = p * f * square + e * -2.12194440e-4f;
  y = (y - 0.5f * square) + f + e * 0.693359375f;
  y = SELECT(x == __builtin_inff(), x, y);
  y = SELECT(x == 0, SPLAT(-__builtin_inff()), y);
  return SELECT(x >= 0, y, SPLAT(__builtin_nanf("")));
}

/// ln(1 + x) for x ≥ 0: relative error below 2e-7.
INLINE V NAME(log1p)(V x) {
  const V u = 1.0f + x;
  const V y = NAME(logarithm)(u) + (x - (u - 1.0f)) / u;
  return SELECT(x == __builtin_inff(), x, y);
}

/// tanh x: relative error below 2e-7.
INLINE V NAME(tangent)(V x) {
  const V size = ABSOLUTE(x), z = x * x;
  V p = -5.717045161873102e-3f * z + 2.065058797597885e-2f;
  p = p * z - 5.374349653720856e-2f;
  p = p * z + 0.13331490755081177f;
  p = p * z - 0.3333328366279602f;
  const V near = p * z * x + x;
  const V far = 1.0f - 2.0f / (NAME(coarse_exponential)(size + size) + 1.0f);
  return SELECT(size < 0.625f, near, SIGNED_AS(far, x));
}

/// erf x: relative error below 2e-7.
INLINE V NAME(error_function)(V x) {
  const V size = ABSOLUTE(x), z = x * x;
  V p = -6.013395613990724e-4f * z + 4.998001269996166e-3f;
  p = p * z - 2.6770232245326042e-2f;
  p = p * z + 0.11281926929950714f;
  p = p * z - 0.3761250674724579f;
  p = p * z + 0.12837915122509003f;
  const V near = p * x + x;
  // −ln(1 − erf) = t + t · q(t).
  const V t = SELECT(size > 4.0f, SPLAT(4.0f), size);
  V q = 1.1591158909141086e-5f * t - 3.2634491799399257e-4f;
  q = q * t + 3.656590823084116e-3f;
  q = q * t - 2.3791352286934853e-2f;
  q = q * t + 0.10627014935016632f;
  q = q * t + 0.6351316571235657f;
  q = q * t + 0.12865321338176727f;
  const V far = SIGNED_AS(1.0f - NAME(coarse_exponential)(-(q * t + t)), x);
  return SELECT(size < 0.921875f, near, SELECT(x == x, far, x));
}

/// erfc(t / √2) for t ≥ 0: absolute error below 3e-7, t times it below 1.5e-7; any number of NaN.
INLINE V NAME(normal_tail)(V t) {
  V q = 6.220649879651319e-07f * t - 1.0564351214270573e-05f;
  q = q * t + 4.675887248595245e-05f;
  q = q * t + 2.9980012914165854e-4f;
  q = q * t - 5.170850083231926e-3f;
  q = q * t + 3.658241406083107e-2f;
  q = q * t + 0.3182331919670105f;
  q = q * t + 0.7978930473327637f;
  const V u = -(q * t);
  const M isLow = u < -86.5f;
  M n;
  const V e = NAME(reduced_expm1)(SELECT(isLow, (V){0}, u), &n) + 1.0f;
  return SELECT(isLow, (V){0}, (V)((M)e + (n << 23)));
}

/// sin and cos of |x| ≤ 8192: absolute error below 1e-7.
INLINE V NAME(circular)(V x, const int isCosine) {
  const V magic = SPLAT(0x1.8p23f);
  const V shifted = x * 0.636619772f + magic, whole = shifted - magic;
  const M quarter = (M)shifted - (M)magic + isCosine;
  // π / 2 in three parts, the first two of few bits.
  const V r = ((x - whole * 1.5703125f) - whole * 4.83751297e-4f) - whole * 7.54978995e-8f;
  const V z = r * r;
  V s = -1.9510839774738997e-4f * z + 8.332131430506706e-3f;
  s = s * z - 0.16666653752326965f;
  s = s * z * r + r;
  V c = 2.4431205019936897e-5f * z - 1.3887305976822972e-3f;
  c = c * z + 4.166664555668831e-2f;
  c = c * z * z + (1.0f - 0.5f * z);
  const V y = SELECT((quarter & 1) == 0, s, c);
  return (V)((M)y ^ ((quarter & 2) << 30));
}

/// 1 / (1 + exp(−x)): relative error below 2.5e-7.
INLINE V NAME(sigmoid)(V x) { return 1.0f / (1.0f + NAME(coarse_exponential)(-x)); }
