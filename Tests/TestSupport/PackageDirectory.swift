// Where the package lies, for tests that read its pages, queries and tools, and the data that may lie beside it.

import FoundationEssentials

/// The folder of Package.swift, without a slash at its end.
package func packageDirectory(_ file: String = #filePath) -> String {
  var folder = URL(filePath: file).deletingLastPathComponent()
  while folder.path != "/",
    !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path)
  {
    folder.deleteLastPathComponent()
  }
  return folder.path
}

/// `../shared/data` beside the package; tests that need it are skipped where it is absent.
package let sharedData = URL(filePath: packageDirectory()).deletingLastPathComponent()
  .appending(path: "shared/data").path
