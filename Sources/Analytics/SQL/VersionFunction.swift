// engram_version() → text
//   V1  Engram's version, then the instruction set its kernels run with: "0.1.0 (x86-64-v3)".

import CKernels

extension SQLFunction {
  static let versionFunctions: [SQLFunction] = [
    .scalar(
      "engram_version", "", "version, and the instruction set that kernels run with",
      SQLExample("select engram_version() like '_%.%.% (%)'", "1")
    ) { _ in
      .text("\(ENGRAM_VERSION) (\(unsafe String(cString: engram_cpu_level())))")
    }
  ]
}
