// The build's step that compiles the .sql files of a folder, or its pages where it has none, into its target: whatever lies
// there, so that a new file needs no other one's edit.

import Foundation
import PackagePlugin

@main
struct EmbedTexts: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let all = try FileManager.default.contentsOfDirectory(
      at: target.directoryURL, includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
    let sql = all.filter { $0.pathExtension == "sql" }
    let files = sql.isEmpty ? all.filter { $0.pathExtension == "md" } : sql
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedTexts.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(files.count) files of \(target.name)",
        executable: try context.tool(named: "embed-texts").url,
        arguments: [output.path] + files.map(\.path), inputFiles: files, outputFiles: [output])
    ]
  }
}
