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
  linked: [LinkerSetting] = [], exclude: [String] = [], sources: [String]? = nil
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: sources == nil ? nil : "Sources",
    exclude: exclude, sources: sources, swiftSettings: memory ? unsafeSettings : settings,
    linkerSettings: linked)
}

func command(
  _ name: String, _ dependencies: [Target.Dependency], sources: [String] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies + ["CommandLineTool"], path: "Sources",
    sources: ["Commands/\(name)"] + sources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name + "Tests", dependencies: dependencies, swiftSettings: settings)
}

/// A folder of `.sql` files whose bytes are compiled into the program.
func embedded(_ name: String, _ files: [String], pages: [String] = ["README.md"]) -> Target {
  .target(
    name: name, path: name, exclude: pages,
    resources: files.map { .embedInCode($0 + ".sql") }, swiftSettings: settings)
}

let trainer = ["Training/Trainer.swift", "Training/Trainer+Checkpoint.swift"]

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
    .systemLibrary(name: "CSQLite", path: "Sources/System/CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CBLAS", path: "Sources/System/CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CCrypto", path: "Sources/System/CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CEdit", path: "Sources/System/CEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
    .systemLibrary(
      name: "CJPEG", path: "Sources/System/CJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CZlib", path: "Sources/System/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
    // Debian's package: libpng-dev.
    .target(name: "CPNG", path: "Sources/System/CPNG", linkerSettings: [.linkedLibrary("png")]),

    library("ContentHash", ["CCrypto"], memory: true),
    library("Bits", ["CKernels"], memory: true),
    library("SQLiteKit", ["CSQLite"], memory: true, linked: [.linkedLibrary("sqlite3")]),
    library("Pickle"),
    library(
      "DataSets", ["CJPEG", "CPNG", "CZlib", "CKernels", "ContentHash", "Pickle"], memory: true,
      exclude: ["NumPyArrays/NumPyArray.swift"], sources: ["DataSets", "NumPyArrays"]),
    library(
      "Networks", ["CBLAS", "CKernels", "ContentHash", "Pickle"], memory: true,
      exclude: ["Networks/Execution/ForwardTiming.swift"],
      sources: ["Networks", "WeightFiles"] + trainer),
    library("Analytics", ["Bits", "CKernels", "CSQLite", "CBLAS"], memory: true),
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
    library("Warehouse", ["SQLiteKit", "Bits", "Analytics", "ContentHash", "Schema"]),
    library(
      "Capture",
      ["Networks", "DataSets", "Warehouse", "SQLiteKit", "Bits", "CKernels", "ContentHash"],
      exclude: trainer, sources: ["Capture", "Training", "Networks/Execution/ForwardTiming.swift"]),
    library("Reports", ["Warehouse", "SQLiteKit", "ContentHash"]),
    library("CommandLineTool", ["CKernels"]),

    command("engram-train", ["Networks", "DataSets", "Capture"]),
    command("engram-ingest", ["Capture", "Warehouse", "Networks", "DataSets"]),
    command(
      "engram-query",
      ["Warehouse", "SQLiteKit", "Queries", "Analytics", "Bits", "CEdit", "CZlib"],
      sources: ["NumPyArrays/NumPyArray.swift"]),
    command("engram-report", ["Reports", "Warehouse", "SQLiteKit"]),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    tests("ContentHash", ["ContentHash"]),
    tests("Bits", ["Bits", "CKernels"]),
    tests("Pickle", ["Pickle"]),
    tests("SQLiteKit", ["SQLiteKit", "TestSupport"]),
    .testTarget(
      name: "DataSetsTests", dependencies: ["DataSets", "TestSupport"], resources: [.copy("Fixtures")],
      swiftSettings: settings),
    .testTarget(
      name: "NetworksTests", dependencies: ["Networks", "DataSets", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    tests("Analytics", ["Analytics", "Bits", "SQLiteKit"]),
    tests("Warehouse", ["Warehouse", "SQLiteKit", "Bits", "Analytics", "Schema", "TestSupport"]),
    .testTarget(
      name: "CaptureTests",
      dependencies: [
        "Capture", "Warehouse", "Networks", "DataSets", "SQLiteKit", "Bits", "TestSupport",
      ], swiftSettings: settings),
    tests("Reports", ["Reports", "Warehouse", "SQLiteKit", "Schema", "TestSupport"]),
    tests("CommandLineTool", ["CommandLineTool"]),
    tests("Command", ["SQLiteKit", "Queries", "Schema", "Warehouse", "Bits", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
