// Which instructions a program computes with: its own kernels look for themselves (CKernels), OpenBLAS does when it is loaded,
// and takes kernels of 2004 on a processor that is newer than it. Then the program starts anew and tells it.
// Leaves out the loadable extension, whose process is another's.

import CKernels
import Glibc

enum MatrixKernels {
  private static let levelVariable = "ENGRAM_CPU_LEVEL"
  private static let coreVariable = "OPENBLAS_CORETYPE"

  /// OpenBLAS's name of the kernels that fit each level, the least first.
  private static let cores: KeyValuePairs = [
    "x86-64": "Prescott", "x86-64-v3": "Haswell", "x86-64-v4": "SkylakeX",
  ]
  /// Those without AVX, which no processor of a higher level needs.
  private static let oldCores: Set = [
    "Katmai", "Coppermine", "Northwood", "Banias", "Prescott", "Core2", "Penryn", "Dunnington",
    "Nehalem", "Atom", "Nano", "Athlon", "Opteron", "Opteron_SSE3", "Barcelona", "Bobcat",
  ]

  /// Starts the program anew where OpenBLAS computes with less than the level.
  static func choose() throws {
    let level = unsafe String(cString: engram_cpu_level())
    let asked = unsafe getenv(levelVariable).map { unsafe String(cString: $0) }
    if let asked, !cores.contains(where: { $0.key == asked }) {
      throw UsageError(
        "\(levelVariable): expected one of \(cores.map(\.key).joined(separator: ", ")), found '\(asked)'"
      )
    }
    guard unsafe getenv(coreVariable) == nil, let core = loadedCore,
      let wanted = cores.first(where: { $0.key == level })?.value, core != wanted,
      asked == level || oldCores.contains(core)
    else { return }
    setenv(coreVariable, wanted, 1)
    // Where that fails, the slow kernels give the same answers.
    _ = unsafe execv("/proc/self/exe", CommandLine.unsafeArgv)
  }

  /// nil in a program without OpenBLAS.
  private static var loadedCore: String? {
    typealias Name = @convention(c) () -> UnsafePointer<CChar>?
    guard let symbol = unsafe dlsym(nil, "openblas_get_corename") else { return nil }
    return unsafe unsafeBitCast(symbol, to: Name.self)().map { unsafe String(cString: $0) }
  }
}
