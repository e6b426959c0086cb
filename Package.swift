// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]

/// For targets that touch raw memory.
let unsafeSettings = settings + [.strictMemorySafety()]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], memory: Bool = false,
  linked: [LinkerSetting] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, swiftSettings: memory ? unsafeSettings : settings,
    linkerSettings: linked)
}

/// A module map over a system library.
func system(_ name: String, _ package: String, pkgConfig: String? = nil) -> Target {
  .systemLibrary(
    name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

func command(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies + ["Basics", "CommandLineTool"],
    path: "Sources/Commands/\(name)", swiftSettings: settings)
}

/// - Parameter fixtures: Whether there is a folder of them beside the tests.
func tests(_ name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies,
    resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: settings)
}

/// A folder of `.sql` files whose bytes are compiled into the program.
func embedded(_ name: String, _ files: [String], pages: [String] = ["README.md"]) -> Target {
  .target(
    name: name, path: name, exclude: pages,
    resources: files.map { .embedInCode($0 + ".sql") }, swiftSettings: settings)
}

let package = Package(
  name: "Engram",
  products: [
    .executable(name: "engram-train", targets: ["engram-train"]),
    .executable(name: "engram-ingest", targets: ["engram-ingest"]),
    .executable(name: "engram-query", targets: ["engram-query"]),
    .executable(name: "engram-report", targets: ["engram-report"]),
    .library(name: "engram0", type: .dynamic, targets: ["Analytics"]),
  ],
  targets: [
    // No pkg-config name for SQLite: the extension must not link a second copy of it.
    system("CSQLite", "libsqlite3-dev"),
    system("CBLAS", "libopenblas-dev", pkgConfig: "openblas"),
    system("CCrypto", "libssl-dev", pkgConfig: "libcrypto"),
    system("CEdit", "libedit-dev", pkgConfig: "libedit"),
    system("CJPEG", "libturbojpeg0-dev", pkgConfig: "libturbojpeg"),
    system("CZlib", "zlib1g-dev", pkgConfig: "zlib"),
    // Debian's package: libpng-dev.
    .target(name: "CPNG", path: "Sources/System/CPNG", linkerSettings: [.linkedLibrary("png")]),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),

    library("Basics", memory: true),
    library("ContentHash", ["CCrypto"], memory: true),
    library("Bits", ["CKernels"], memory: true),
    library("SQLiteKit", ["CSQLite"], memory: true, linked: [.linkedLibrary("sqlite3")]),
    library("Pickle", ["Basics"]),
    library("NumPyArrays", ["CZlib"], memory: true),
    library(
      "DataSets",
      ["Basics", "CJPEG", "CPNG", "CZlib", "CKernels", "ContentHash", "NumPyArrays", "Pickle"],
      memory: true),
    library("WeightFiles", ["Basics", "ContentHash", "Pickle"], memory: true),
    library("Networks", ["Basics", "CBLAS", "CKernels", "WeightFiles"], memory: true),
    library("Training", ["Basics", "DataSets", "Networks", "WeightFiles"]),
    library("Analytics", ["Basics", "Bits", "CKernels", "CSQLite", "CBLAS"], memory: true),
    embedded(
      "Schema",
      [
        "V001_warehouse", "V002_policies", "V003_likelihoods", "V004_detectors", "V005_groupings",
        "V006_replicates", "V007_unreadable",
        "views",
      ],
      pages: ["README.md", "Functions.md"]),
    embedded(
      "Queries",
      [
        "runs", "run_comparison", "run_divergence", "accuracy_by_class", "confusion_matrix",
        "confused_pairs", "confident_mistakes", "sparsity_by_layer", "sparsity_histogram",
        "always_on", "entropy_by_class", "kl_matrix", "separation_by_layer", "closest_classes",
        "rank_by_class", "rank_ladder", "entanglement", "densest_samples", "similar_samples",
        "hardest_samples", "likelihood_comparison", "class_report", "most_moved_classes",
        "layer_ranking", "top_samples",
        "nearest_samples", "misfits", "suspicious_labels", "typical_samples",
        "separating_interactions", "silent_neurons", "detectors", "detector_curve", "groupings",
        "train_test",
      ]),
    library("Warehouse", ["Basics", "SQLiteKit", "Bits", "Analytics", "ContentHash", "Schema"]),
    library(
      "Capture",
      [
        "Basics", "Networks", "DataSets", "Training", "Warehouse", "WeightFiles", "SQLiteKit",
        "Bits", "CKernels", "ContentHash",
      ]),
    library("Reports", ["Basics", "Warehouse", "SQLiteKit", "ContentHash"]),
    library("CommandLineTool", ["Basics", "CKernels"]),

    command("engram-train", ["Networks", "DataSets", "Training"]),
    command(
      "engram-ingest",
      ["Capture", "Warehouse", "Networks", "DataSets", "NumPyArrays", "Training", "WeightFiles"]),
    command(
      "engram-query",
      ["Warehouse", "SQLiteKit", "Queries", "Analytics", "Bits", "CEdit", "NumPyArrays"]),
    command("engram-report", ["Reports", "Warehouse", "SQLiteKit"]),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .target(
      name: "NetworkTestSupport", dependencies: ["Basics", "Networks"],
      path: "Tests/NetworkTestSupport", swiftSettings: settings),
    tests("Tree", ["TestSupport"]),
    tests("Basics", ["Basics"]),
    tests("ContentHash", ["ContentHash"]),
    tests("Bits", ["Bits", "CKernels"]),
    tests("Pickle", ["Pickle"]),
    tests("SQLiteKit", ["SQLiteKit", "TestSupport"]),
    tests("DataSets", ["DataSets", "TestSupport"], fixtures: true),
    tests(
      "WeightFiles", ["WeightFiles", "Networks", "NetworkTestSupport", "TestSupport"],
      fixtures: true),
    tests(
      "Networks",
      [
        "Basics", "Networks", "Training", "WeightFiles", "DataSets", "NetworkTestSupport",
        "TestSupport",
      ],
      fixtures: true),
    tests(
      "Training",
      [
        "Basics", "Training", "Networks", "WeightFiles", "DataSets", "NetworkTestSupport",
        "TestSupport",
      ]),
    tests("Analytics", ["Analytics", "Bits", "SQLiteKit"]),
    tests("Warehouse", ["Warehouse", "SQLiteKit", "Bits", "Analytics", "Schema", "TestSupport"]),
    tests(
      "Capture",
      [
        "Capture", "Training", "Warehouse", "Networks", "WeightFiles", "DataSets", "SQLiteKit",
        "Bits", "TestSupport",
      ]),
    tests("Reports", ["Reports", "Warehouse", "SQLiteKit", "Schema", "TestSupport"]),
    tests("CommandLineTool", ["CommandLineTool", "Basics"]),
    tests("Command", ["SQLiteKit", "Queries", "Schema", "Warehouse", "Bits", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
