// OpenBLAS: CBLAS from its own header, and the LAPACK routines Engram calls. Debian's package exports
// LAPACK's Fortran symbols without a header, so their prototypes stand here; the hidden lengths of
// one-character arguments are left out, as LAPACKE itself does.
#ifndef ENGRAM_CBLAS_H
#define ENGRAM_CBLAS_H
#include <cblas.h>

// What OpenBLAS calls before a fork: its threads end.
extern int blas_thread_shutdown_(void) __attribute__((weak));

// Products run on the thread that calls them: the parallelism is ours. OpenBLAS starts threads of its own when it is loaded, and
// they look for work on a processor that others could use for a tenth of a second. To be called before the first product.
static inline void engram_blas_on_callers_thread(void) {
  openblas_set_num_threads(1);
  if (blas_thread_shutdown_) blas_thread_shutdown_();
}

// Eigenvalues (ascending, in w) and, with jobz = 'V', eigenvectors (in a) of a symmetric matrix.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);

// Singular values (descending, in s) of a general matrix; jobz = 'N' leaves u and vt untouched.
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s,
             double *u, const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork,
             int *iwork, int *info);
#endif
