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

/// A folder whose `.sql` files, or pages where it has none, are compiled into the program, whichever lie there.
/// - Parameter pages: What else lies there, and is no part of the program.
func embedded(_ name: String, path: String? = nil, pages: [String] = ["README.md"]) -> Target {
  .target(
    name: name, path: path ?? name, exclude: pages, swiftSettings: settings,
    plugins: ["EmbedTexts"])
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
    system("CWebP", "libwebp-dev", pkgConfig: "libwebpdemux"),
    system("CZlib", "zlib1g-dev", pkgConfig: "zlib"),
    system("CZstd", "libzstd-dev", pkgConfig: "libzstd"),
    // Debian's package: libpng-dev.
    .target(name: "CPNG", path: "Sources/System/CPNG", linkerSettings: [.linkedLibrary("png")]),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),

    library("Basics", memory: true),
    library("ContentHash", ["CCrypto"], memory: true),
    library("Bits", ["CKernels"], memory: true),
    library("SQLiteKit", ["CSQLite"], memory: true, linked: [.linkedLibrary("sqlite3")]),
    library("Pickle", ["Basics"]),
    library("NumPyArrays", ["CZlib"], memory: true),
    library("Parquet", ["CZstd"], memory: true),
    library(
      "DataSets",
      [
        "Basics", "CJPEG", "CPNG", "CWebP", "CZlib", "CKernels", "ContentHash", "NumPyArrays",
        "Pickle",
      ],
      memory: true),
    library("WeightFiles", ["Basics", "ContentHash", "Pickle"], memory: true),
    library("ModelFiles", ["Basics", "ContentHash", "WeightFiles"], memory: true),
    library(
      "Networks",
      ["Basics", "CBLAS", "CKernels", "ContentHash", "ModelFiles", "WeightFiles"], memory: true),
    library("Training", ["Basics", "DataSets", "Networks", "WeightFiles"]),
    library("Analytics", ["Basics", "Bits", "CKernels", "CSQLite", "CBLAS"], memory: true),
    .executableTarget(name: "embed-texts", path: "Sources/Embed/Tool", swiftSettings: settings),
    .plugin(
      name: "EmbedTexts", capability: .buildTool(), dependencies: ["embed-texts"],
      path: "Sources/Embed/Plugin"),
    embedded(
      "Schema", pages: ["README.md", "Detectors.md", "Functions.md", "Planning.md", "Recording.md"]),
    embedded("Queries", pages: ["README.md", "parquet"]),
    library("Warehouse", ["Basics", "SQLiteKit", "Bits", "Analytics", "ContentHash", "Schema"]),
    library(
      "Capture",
      [
        "Analytics", "Basics", "Networks", "NumPyArrays", "DataSets", "Training", "Warehouse",
        "WeightFiles", "SQLiteKit", "Bits", "CKernels", "ContentHash",
      ]),
    library(
      "Reports", ["Analytics", "Basics", "Warehouse", "SQLiteKit", "ContentHash", "Queries"]),
    embedded("Topics", path: "Sources/Topics", pages: []),
    library("CommandLineTool", ["Basics", "CKernels", "Topics"]),

    command("engram-train", ["Networks", "DataSets", "Training"]),
    command(
      "engram-ingest",
      [
        "Analytics", "Capture", "Warehouse", "Networks", "DataSets", "NumPyArrays", "SQLiteKit",
        "Training", "WeightFiles",
      ]),
    command(
      "engram-query",
      ["Warehouse", "SQLiteKit", "Queries", "Analytics", "Bits", "CEdit", "NumPyArrays", "Parquet"]),
    command("engram-report", ["Analytics", "Reports", "Warehouse", "SQLiteKit"]),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .target(
      name: "NetworkTestSupport",
      dependencies: ["Basics", "Networks", "TestSupport", "WeightFiles"],
      path: "Tests/NetworkTestSupport", swiftSettings: settings),
    tests("Tree", ["TestSupport"]),
    tests("Basics", ["Basics"]),
    tests("ContentHash", ["ContentHash"]),
    tests("Bits", ["Bits", "CKernels", "TestSupport"]),
    tests("Pickle", ["Pickle"]),
    tests("Parquet", ["Parquet", "TestSupport"], fixtures: true),
    tests("SQLiteKit", ["SQLiteKit", "TestSupport"]),
    tests("DataSets", ["DataSets", "TestSupport"], fixtures: true),
    tests(
      "WeightFiles", ["WeightFiles", "Networks", "NetworkTestSupport", "TestSupport"],
      fixtures: true),
    tests("ModelFiles", ["ModelFiles", "TestSupport", "WeightFiles"], fixtures: true),
    tests(
      "Networks",
      [
        "Basics", "CKernels", "ModelFiles", "Networks", "Training", "WeightFiles", "DataSets",
        "NetworkTestSupport", "TestSupport",
      ],
      fixtures: true),
    tests(
      "Training",
      [
        "Basics", "Training", "Networks", "WeightFiles", "DataSets", "NetworkTestSupport",
        "TestSupport",
      ]),
    tests(
      "Analytics", ["Analytics", "Basics", "Bits", "CKernels", "SQLiteKit", "TestSupport"],
      fixtures: true),
    tests(
      "Warehouse",
      ["Warehouse", "Queries", "SQLiteKit", "Bits", "Analytics", "Schema", "TestSupport"],
      fixtures: true),
    tests(
      "Capture",
      [
        "Analytics", "Capture", "Training", "Warehouse", "Networks", "WeightFiles", "DataSets",
        "SQLiteKit", "Bits", "TestSupport",
      ],
      fixtures: true),
    tests("Reports", ["Basics", "Reports", "Warehouse", "SQLiteKit", "Schema", "TestSupport"]),
    tests("CommandLineTool", ["CommandLineTool", "Basics"]),
    tests("Command", ["SQLiteKit", "Queries", "Schema", "Warehouse", "Bits", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
