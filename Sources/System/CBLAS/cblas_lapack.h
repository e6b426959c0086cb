// OpenBLAS: CBLAS from its own header, and the LAPACK routines Engram calls. Debian's package exports
// LAPACK's Fortran symbols without a header, so their prototypes stand here; the hidden lengths of
// one-character arguments are left out, as LAPACKE itself does.
#ifndef ENGRAM_CBLAS_H
#define ENGRAM_CBLAS_H
#include <cblas.h>

// Eigenvalues (ascending, in w) and, with jobz = 'V', eigenvectors (in a) of a symmetric matrix.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);

// Singular values (descending, in s) of a general matrix; jobz = 'N' leaves u and vt untouched.
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s,
             double *u, const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork,
             int *iwork, int *info);
#endif
