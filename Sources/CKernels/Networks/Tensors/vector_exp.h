// exp of a vector, for one instruction set: see vector_levels.h.

#ifndef SELECT
/// Lanes of one vector where the mask is set, else of the other.
#define SELECT(chosen, yes, no) ((V)(((chosen) & (NAME(mask))(yes)) | (~(chosen) & (NAME(mask))(no))))
#endif

/// exp(x) to 2 units in the last place for x up to 88; 0 below −87.3, NaN of NaN.
///
/// x = n · ln 2 + r, |r| ≤ ln 2 / 2; the polynomial for eʳ is Cephes' (expf.c), ln 2 in two parts.
INLINE V NAME(exp)(V x) {
  const float rounding = 12582912;  // 1.5 · 2²³: what is added to it is rounded to a whole number.
  const V shifted = x * 1.44269504088896341f + rounding;
  const V n = shifted - rounding;
  const V r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  V p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const NAME(mask) power = ((NAME(mask))shifted - 0x4B400000 + 127) << 23;
  const V value = p * (V)power;
  return (V)((NAME(mask))value & ~(x < -87.3f));
}
