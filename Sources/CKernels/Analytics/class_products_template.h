// Products of the rows of classes, for one instruction set: see vector_levels.h.
//
// A sum lives in eight partial ones, term k in number k % 8, whatever the register tile it is computed in.

typedef double NAME(doubles) __attribute__((vector_size(LANES * 4)));
typedef double NAME(loose_doubles) __attribute__((vector_size(LANES * 4), aligned(8)));

#if LANES == 16
#define MOST_ROWS 4
#define SIDE 6
#elif LANES == 8
#define MOST_ROWS 2
#define SIDE 2
#else
#define MOST_ROWS 1
#define SIDE 2
#endif
/// Vectors of eight terms.
#define PARTS (16 / LANES)

/// Not inlined: the compiler would give up vector registers of the loop for these few sums.
__attribute__((noinline)) static void NAME(add_lanes)(int rows, int side, double (*lanes)[SIDE][8], double *products,
                                                      size_t n) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < side; j++) {
      const double *s = lanes[i][j];
      products[i * n + j] += ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    }
}

/// products[i][j] += a[i] · b[j] over `length` terms, a multiple of eight.
INLINE void NAME(class_tile)(const int rows, const int side, const double *a, const double *b, size_t stride, size_t length,
                             double *products, size_t n) {
  NAME(doubles) sum[MOST_ROWS][SIDE][PARTS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < side; j++)
      UNROLL for (int part = 0; part < PARTS; part++) sum[i][j][part] = (NAME(doubles)){0};
  for (size_t k = 0; k < length; k += 8) {
    UNROLL for (int part = 0; part < PARTS; part++) {
      NAME(doubles) value[MOST_ROWS];
      const size_t at = k + part * (LANES / 2);
      UNROLL for (int i = 0; i < rows; i++) value[i] = *(const NAME(loose_doubles) *)(a + i * stride + at);
      UNROLL for (int j = 0; j < side; j++) {
        const NAME(doubles) other = *(const NAME(loose_doubles) *)(b + j * stride + at);
        UNROLL for (int i = 0; i < rows; i++) sum[i][j][part] += value[i] * other;
      }
    }
  }
  double lanes[MOST_ROWS][SIDE][8];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < side; j++)
      UNROLL for (int part = 0; part < PARTS; part++)
        *(NAME(loose_doubles) *)(lanes[i][j] + part * (LANES / 2)) = sum[i][j][part];
  NAME(add_lanes)(rows, side, lanes, products, n);
}

INLINE void NAME(class_rows)(const int rows, const double *a, const double *b, size_t n, size_t stride, size_t length,
                             double *products) {
  size_t j = 0;
  for (; j + SIDE <= n; j += SIDE) NAME(class_tile)(rows, SIDE, a, b + j * stride, stride, length, products + j, n);
  // What is left is one tile as well: sums of a few wait for each other.
  switch (n - j) {
#define LEFT(side) \
  case side: NAME(class_tile)(rows, side, a, b + j * stride, stride, length, products + j, n); break;
    LEFT(1)
#if SIDE > 2
    LEFT(2) LEFT(3) LEFT(4) LEFT(5)
#endif
#undef LEFT
  }
}

static void NAME(class_products)(const double *a, size_t m, const double *b, size_t n, size_t stride, size_t length,
                                 double *products) {
  size_t i = 0;
  for (; i + MOST_ROWS <= m; i += MOST_ROWS)
    NAME(class_rows)(MOST_ROWS, a + i * stride, b, n, stride, length, products + i * n);
  switch (m - i) {
#define LEFT(rows) \
  case rows: NAME(class_rows)(rows, a + i * stride, b, n, stride, length, products + i * n); break;
#if MOST_ROWS > 1
    LEFT(1)
#endif
#if MOST_ROWS > 2
    LEFT(2) LEFT(3)
#endif
#undef LEFT
  }
}

#undef MOST_ROWS
#undef SIDE
#undef PARTS
