// The first screen: the sentences, the numbers in them, and what is told in place of one that cannot be made.

import Reports
import SQLiteKit
import TestSupport
import Testing

@Suite struct StandoutTests {
  /// The text of a section, marks left out.
  private func section(_ id: String, of data: ReportData) -> String {
    let html = ReportPage(title: "t", data: data).html
    let body = html.split(separator: "<section id=\"\(id)\">").dropFirst().first ?? ""
    let own = body.split(separator: "</section>").first ?? ""
    return String(own).replacing("\n", with: " ").replacing(/<[^>]*>/, with: "")
      .replacing("&#39;", with: "'")
  }

  /// The trained network of the study with 200 samples, beside the others.
  private func study() -> ReportData {
    var data = StudyRuns.study(StudyRuns.asThePaperSays)
    for index in data.runs.indices { data.runs[index].info.samples = 200 }
    data.focus = FocusReport(
      run: data.runs.first { $0.info.name == "best/shapes" }?.info.id ?? 0, reason: "the newest",
      confused: [
        ConfusedPair(
          a: 0, b: 1, aName: "ant", bName: "bee", mistaken: 30, samples: 120, isOfData: true)
      ],
      misfits: Misfits(
        layer: "fc3", samples: 200, count: 20, agreed: 5,
        worst: (sample: "x/7", label: "ant", fits: "bee")))
    return data
  }

  @Test func `Sentences have numbers, intervals and links`() throws {
    let data = study()
    let told = section("standout", of: data)
    for part in [
      "In best/shapes, the newest; --focus NAME takes another.",
      "Most confused: ant and bee, 30 samples of 120 taken for the other (25.0 % [18.1, 33.4])",
      "the nearest pair in KL in every layer",
      "the patterns of 20 of 200 samples (10.0 % [6.57, 14.9]) fit another class",
      "x/7, labelled ant",
      "Neurons: fc1 1 dead, 0 always on, of 10;",
      "active in none of 200 samples, so in fewer than 1.88 % of such samples",
      "Least orderly class in fc3: class 0 with 0.100",
      "separates the classes best: its divergence is 4.00 of its entropy",
      "Accuracy is 50.0 % [43.1, 56.9] here",
      "a run over training samples would show what does not generalise",
      "Nothing to tell of detectors (engram-ingest measure WAREHOUSE --run NAME --detect REFERENCE).",
    ] { #expect(told.contains(part), "\(part) in \(told)") }
    let html = ReportPage(title: "t", data: data).html
    for link in html.matches(of: /href="#([a-z-]+)"/) {
      #expect(html.contains("<section id=\"\(link.1)\">"), "\(link.1)")
    }
    #expect(WellFormed.problem(in: html, void: PageTests.void) == nil)
  }

  @Test func `A pair that is not the nearest is told its place`() {
    var data = study()
    data.change("best/shapes") { run in
      for layer in 0..<2 {
        run.layers[layer].matrix?[0, 1] = 9
        run.layers[layer].matrix?[1, 0] = 9
      }
    }
    #expect(
      section("standout", of: data).contains("the nearest pair in KL in fc3"))
    data.change("best/shapes") { run in
      run.layers[2].matrix?[0, 1] = 9
      run.layers[2].matrix?[1, 0] = 9
    }
    #expect(section("standout", of: data).contains("number 3 of 3 by KL in fc3"))
  }

  @Test func `The table has every run, with what is missing`() {
    var data = study()
    data.change("best/shapes") { run in
      run.info.unreadable = 3
      run.info.foreign = 20
      run.layers[0].interaction.separation = nil
    }
    data.unfinished = [UnfinishedRun(name: "half", ingested: 5, samples: 10)]
    let table = section("overview", of: data)
    #expect(data.runs.allSatisfy { table.contains($0.info.name) })
    // 90 of the 180 samples that have a right answer.
    #expect(table.contains("50.0 % [42.8, 57.2]"))
    #expect(
      table.contains("no divergences of fc1; no replicates; 3 images unreadable; 20 foreign"))
    #expect(table.contains("left out: 'half' (5 of 10 samples)"))
  }

  @Test func `A file is read as its queries answer`() throws {
    let connection = try SmallWarehouse.scored()
    let data = try ReportReader.read(connection, runs: [], isChecking: false)
    let focus = try #require(data.focus)
    let run = try #require(data.runs.first { $0.info.id == focus.run })
    #expect(run.info.perturbation == "none" && run.info.state != "untrained")
    let mistaken = try connection.integer(
      "select count(*) from predictions where run_id = \(focus.run) and correct = 0")
    #expect(focus.confused.map(\.mistaken).reduce(0, +) == mistaken)
    let misfits = try connection.integer(
      """
      select count(*) from likelihoods where run_id = \(focus.run) and profile_run_id = run_id
        and kind = 'interaction' and fits_own_class = 0 and layer_position = (
          select max(layer_position) from likelihoods where run_id = \(focus.run) and profile_run_id = run_id)
      """)
    #expect((focus.misfits?.count ?? 0) == misfits)
    let other = try ReportReader.read(
      connection, runs: [], focus: data.runs.last?.info.name, isChecking: false)
    #expect(other.focus?.run == data.runs.last?.info.id && other.focus?.reason == nil)
    let error = #expect(throws: ReportError.self) {
      try ReportReader.read(connection, runs: [], focus: "none", isChecking: false)
    }
    #expect(error?.description.contains("unknown run 'none'") == true)
  }
}
