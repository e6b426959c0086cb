// Functions of single elements. An element's bits depend neither on its place nor on how many there are; they do on whether
// the CPU multiplies and adds in one step.
#ifndef ENGRAM_ELEMENT_KERNELS_H
#define ENGRAM_ELEMENT_KERNELS_H

#include <stddef.h>

#define ENGRAM_ELEMENT_FUNCTIONS(F) \
  F(ENGRAM_SIGMOID) F(ENGRAM_TANH) F(ENGRAM_SILU) F(ENGRAM_GELU) F(ENGRAM_GELU_TANH) F(ENGRAM_HARD_SWISH) \
  F(ENGRAM_HARD_SIGMOID) F(ENGRAM_CLAMP) F(ENGRAM_LEAKY) F(ENGRAM_ELU) F(ENGRAM_SOFTPLUS) F(ENGRAM_SOFTSIGN) \
  F(ENGRAM_MISH) F(ENGRAM_EXPONENTIAL) F(ENGRAM_LOGARITHM) F(ENGRAM_SQUARE_ROOT) F(ENGRAM_RECIPROCAL_SQUARE_ROOT) \
  F(ENGRAM_RECIPROCAL) F(ENGRAM_NEGATION) F(ENGRAM_ABSOLUTE) F(ENGRAM_ERROR_FUNCTION) F(ENGRAM_SINE) \
  F(ENGRAM_COSINE) F(ENGRAM_AFFINE) F(ENGRAM_POWER) F(ENGRAM_FLOOR) F(ENGRAM_CEILING) F(ENGRAM_ROUND) F(ENGRAM_SIGN) \
  F(ENGRAM_NOT) F(ENGRAM_TRUTH) F(ENGRAM_SHRINK) F(ENGRAM_THRESHOLD) F(ENGRAM_TANGENT) F(ENGRAM_ARC_SINE) \
  F(ENGRAM_ARC_COSINE) F(ENGRAM_ARC_TANGENT) F(ENGRAM_SINH) F(ENGRAM_COSH) F(ENGRAM_ARSINH) F(ENGRAM_ARCOSH) \
  F(ENGRAM_ARTANH)

/// With parameters a and b where the name takes some: hard sigmoid min(max(a · x + b, 0), 1), clamp to a … b, leaky slope a,
/// ELU b · (x > 0 ? x : a · (exp(x) − 1)), softplus ln(1 + exp(a · x)) / a or x where a · x > b, affine a · x + b, power x^a,
/// shrink x − b above a, x + b below −a and 0 between, threshold x > a ? x : b.
#define ENGRAM_ELEMENT_NAME(name) name,
typedef enum { ENGRAM_ELEMENT_FUNCTIONS(ENGRAM_ELEMENT_NAME) } engram_element_function;
#undef ENGRAM_ELEMENT_NAME

/// y = f(x); they may be the same.
void engram_apply(engram_element_function function, const float *x, size_t count, float a, float b, float *y);
/// dx = dy · f'(x), y = f(x); dx may be dy.
void engram_apply_backward(engram_element_function function, const float *x, const float *y, const float *dy,
                           size_t count, float a, float b, float *dx);

#endif
