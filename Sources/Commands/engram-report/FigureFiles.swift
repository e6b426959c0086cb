// Figures as files: NAME.svg with NAME.csv beside it, a line for each on standard output.

import CommandLineTool
import Glibc
import Reports

/// Writes `figures` into `folder`, which is made where it is missing, in a folder that is not. Each file appears
/// whole or not at all, and replaces one of its name; nothing else in the folder is touched.
/// - Throws: `OutputError`.
func writeFigures(_ figures: [Figure], into folder: String) throws {
  guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
    throw OutputError.failed(path: folder, reason: systemReason())
  }
  let list = Output.standard
  for figure in figures {
    for (ending, text) in [("svg", figure.svg.text + "\n"), ("csv", figure.data.csv)] {
      let path = "\(folder)/\(figure.name).\(ending)"
      let output = try Output(path: path)
      try output.write(text)
      try output.finish()
      try list.write(path + "\n")
    }
  }
  try list.finish()
}
