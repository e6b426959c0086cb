// The build's step that compiles the .sql files of a folder into its target: whatever lies there, so that a new file needs
// no other one's edit.

import Foundation
import PackagePlugin

@main
struct EmbedSQL: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let files = try FileManager.default.contentsOfDirectory(
      at: target.directoryURL, includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "sql" }.sorted { $0.path < $1.path }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedSQL.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(files.count) .sql files of \(target.name)",
        executable: try context.tool(named: "embed-sql").url,
        arguments: [output.path] + files.map(\.path), inputFiles: files, outputFiles: [output])
    ]
  }
}
