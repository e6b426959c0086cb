// engram-report: one self-contained HTML page with every figure, and each figure as files, from a warehouse opened
// read-only.

import Basics
import CommandLineTool
import Reports
import Warehouse

let command = Command(
  name: "engram-report",
  purpose: "Write one self-contained HTML page with the figures and the paper's claims judged.",
  usage: [
    "engram-report WAREHOUSE --out FILE [--figures DIR] [--runs NAME,NAME,…] [--focus NAME] [--class NAME] [--title TEXT]"
  ],
  options: [
    Option("out", "FILE", "the page to write; an existing file is replaced"),
    Option(
      "figures", "DIR", "also write every figure as DIR/NAME.svg, its numbers as DIR/NAME.csv"),
    Option(
      "runs", "NAMES", "runs in the order to show them, between commas (default: all complete)"),
    Option(
      "focus", "NAME", "the run whose findings come first (default: \(DefaultRun.rule))"),
    Option(
      "class", "NAME",
      "the class of the single-class histograms (default: the first of the data set of the run in focus)"
    ),
    Option("title", "TEXT", "the page's title (default: the warehouse's file name)"),
  ],
  examples: [
    ("Every complete run", "engram-report w.db --out report.html"),
    ("The figures as files, too", "engram-report w.db --out report.html --figures figures"),
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
    try registerEngramFunctions()
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    // A chart of damaged numbers would be drawn as if they were measured.
    for run in try warehouse.runs()
    where run.completedAt != nil && (runs.isEmpty || runs.contains { run.name.hasBytes(of: $0) }) {
      try warehouse.checkMeasured(run: run.id)
    }
    let page = try Report.page(
      from: warehouse.connection, runs: runs, class: arguments.string("class"),
      focus: arguments.string("focus"), title: arguments.string("title"))
    if let folder = arguments.string("figures") {
      try writeFigures(page.figures, into: folder)
      note("wrote \(page.figures.count) figures into \(folder)")
    }
    let output = try Output(path: out)
    try output.write(page.html)
    try output.finish()
    let isChosen = !runs.isEmpty || arguments.isGiven("class") || arguments.isGiven("focus")
    if !isChosen, let choice = page.choice { note(choice) }
    note("wrote \(out)")
  })

command.main()
