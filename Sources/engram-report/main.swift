// engram-report: one self-contained HTML page with every figure, from a warehouse opened read-only.

import CommandLineTool
import Reports
import Warehouse

let command = Command(
  name: "engram-report",
  purpose: "Write one self-contained HTML page with the figures and the paper's claims judged.",
  usage: ["engram-report WAREHOUSE --out FILE [--runs NAME,NAME,…] [--title TEXT]"],
  options: [
    Option("out", "FILE", "the page to write; an existing file is replaced"),
    Option(
      "runs", "NAMES", "runs in the order to show them, between commas (default: all complete)"),
    Option("title", "TEXT", "the page's title (default: the warehouse's file name)"),
  ],
  examples: [
    ("Every complete run", "engram-report w.db --out report.html"),
    (
      "Two runs side by side",
      "engram-report w.db --out report.html --runs 'best/cifar-10:test,random/cifar-10:test'"
    ),
  ],
  run: { arguments in
    let path = try arguments.positionals(named: "WAREHOUSE")[0]
    let out = try arguments.required("out")
    let runs = arguments.strings("runs").flatMap { $0.split(separator: ",").map(String.init) }
    guard !isSameFile(path, out) else {
      throw UsageError("--out \(out) is the warehouse itself; name another file")
    }
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    let html = try Report.html(
      from: warehouse.connection, runs: runs, title: arguments.string("title"))
    let output = try Output(path: out)
    try output.write(html)
    try output.finish()
    note("wrote \(out)")
  })

command.main()
