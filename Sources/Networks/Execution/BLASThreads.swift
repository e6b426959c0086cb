// OpenBLAS runs on the thread that calls it: the parallelism is ours.

internal import CBLAS

enum BLASThreads {
  /// To be touched before the first product.
  static let one: Void = openblas_set_num_threads(1)
}
