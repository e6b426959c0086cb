// engram-report: one self-contained HTML page with every figure, and each figure as files, from a warehouse opened
// read-only.

import Analytics
import Basics
import CommandLineTool
import Reports
import Warehouse

let command = Command(
  name: "engram-report",
  purpose: "Write one self-contained HTML page with the figures and the paper's claims judged.",
  usage: [
    "engram-report WAREHOUSE --out FILE [--figures DIR] [--runs NAME,NAME,…] [--focus NAME] [--class NAME] [--title TEXT]",
    "engram-report WAREHOUSE --out FILE --compare NAME,NAME [--figures DIR] [--title TEXT]",
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
    Option(
      "compare", "NAMES",
      "instead: two runs, with a comma between, every figure as a pair and as the difference, classes by what moved most"
    ),
    Option(
      "title", "TEXT", "the page's title (default: the warehouse's file name, or the two runs)"),
  ],
  examples: [
    ("Every complete run", "engram-report w.db --out report.html"),
    ("The figures as files, too", "engram-report w.db --out report.html --figures figures"),
    (
      "Two runs side by side",
      "engram-report w.db --out report.html --runs 'best/cifar-10:test,random/cifar-10:test'"
    ),
    ("What an attack changes", "engram-report w.db --out attack.html --compare best,best-pgd"),
  ],
  run: { arguments in
    let path = try arguments.positionals(named: "WAREHOUSE")[0]
    let out = try arguments.required("out")
    let runs = arguments.strings("runs").flatMap { $0.split(separator: ",").map(String.init) }
    let compared = try comparedRuns(arguments)
    let shown = compared ?? runs
    guard !isSameFile(path, out) else {
      throw UsageError("--out \(out) is the warehouse itself; name another file")
    }
    try registerEngramFunctions()
    LinearAlgebraThreads.useOne()
    let readers = try Warehouse.open(path, mode: .readOnly)
      .readers(Parallel.processors, areShared: false)
    let page = try readers[0].read { warehouse in
      let others = Array(readers.dropFirst())
      if let compared {
        return try Report.comparison(
          of: compared[0], and: compared[1], in: warehouse.connection, beside: others,
          title: arguments.string("title"))
      }
      return try Report.page(
        from: warehouse.connection, beside: others, runs: runs, class: arguments.string("class"),
        focus: arguments.string("focus"), title: arguments.string("title"))
    }
    if let folder = arguments.string("figures") {
      try writeFigures(page.figures, into: folder)
      note("wrote \(page.figures.count) figures into \(folder)")
    }
    let output = try Output(path: out)
    try output.write(page.html)
    try output.finish()
    let isChosen = !shown.isEmpty || arguments.isGiven("class") || arguments.isGiven("focus")
    if !isChosen, let choice = page.choice { note(choice) }
    note("wrote \(out)")
  })

/// The two runs of --compare; nil without it.
@Sendable private func comparedRuns(_ arguments: Arguments) throws -> [String]? {
  guard let text = arguments.string("compare") else { return nil }
  for option in ["runs", "focus", "class"] where arguments.isGiven(option) {
    throw UsageError("--\(option) and --compare exclude each other")
  }
  let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  guard names.count == 2, !names.contains("") else {
    throw UsageError("--compare: expected two runs with a comma between, found '\(text)'")
  }
  return names
}

command.main()
