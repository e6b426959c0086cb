// The page of two runs: every figure as a pair and as the difference, classes by what moved most.

import Reports
import SQLiteKit
import TestSupport
import Testing

@Suite struct ComparisonTests {
  /// Runs 2 and 3 are of one model; 3 takes other samples rightly and moved class "c" most.
  private static func filled() throws -> Connection {
    let connection = try SmallWarehouse.filled()
    try connection.execute(
      """
      update divergence set kl_per_interaction = 0.1 * from_class_id where from_run_id = 2 and to_run_id = 3;
      update prediction set class_id = 3, correct = (sample_id in (4, 5)) where run_id = 3;
      update entropy set entropy_per_interaction = 0.1 * class_id + 0.02 where run_id = 3;
      update rank set rank = 1 where run_id = 3 and class_id = 2
      """)
    return connection
  }

  private func page() throws -> ReportPage {
    try Report.comparison(
      of: "second <&>", and: "shifted", in: try Self.filled(), isChecking: false)
  }

  private func csv(_ page: ReportPage, _ name: String) throws -> [Substring] {
    try #require(page.figures.first { $0.name == name }, "\(page.figures.map(\.name))")
      .data.csv.split(separator: "\r\n")
  }

  @Test func `Every section stands, well-formed and escaped`() throws {
    let html = try page().html
    #expect(WellFormed.problem(in: html, void: PageTests.void) == nil)
    for section in ReportPage.comparisonSections {
      #expect(html.contains("<section id=\"\(section.id)\">"))
    }
    #expect(html.contains("<title>second &lt;&amp;&gt; and shifted</title>"))
    #expect(!html.contains("<script>alert"))
  }

  @Test func `Figures are of both runs and of the difference, the class that moved most first`()
    throws
  {
    let page = try page()
    // Class c is at 0.3 from itself, the hostile one at 0.2, a at 0.1.
    let accuracy = try csv(page, "compare-accuracy")
    #expect(accuracy[0] == "class,run,other_run,value,other_value,difference")
    #expect(accuracy[1] == "c,second <&>,shifted,0,100,100")
    #expect(accuracy[2].hasSuffix(",0,0,0") && accuracy[3] == "a,second <&>,shifted,100,0,-100")
    #expect(try csv(page, "compare-accuracy-difference") == accuracy)
    let entropy = try csv(page, "compare-entropy-fc2")
    #expect(entropy[1].hasPrefix("c,second <&>,shifted,0.3") && entropy[1].contains(",0.02"))
    let rank = try csv(page, "compare-rank")
    #expect(rank[1] == "c,second <&>,shifted,3,3,0" && rank[2].hasSuffix(",3,1,-2"))
    let divergence = try csv(page, "compare-divergence-fc2-difference")
    #expect(divergence.count == 10)
    #expect(divergence[1] == "c,c,second <&>,shifted,,,")
    #expect(divergence[3] == "c,a,second <&>,shifted,3.1,3.1,0")
    let names = page.figures.map(\.name)
    for name in [
      "compare-sparsity-fc1-neurons", "compare-sparsity-fc1-neurons-difference",
      "compare-entanglement-difference", "divergence-between-fc2-second-to-shifted",
    ] {
      #expect(names.contains(name), "\(names)")
    }
    #expect(
      page.html.contains("by the divergence of a class from itself in the other run (layer fc2"))
  }

  @Test func `What both networks say of the same samples is counted`() throws {
    let html = try page().html
    #expect(
      html.contains(
        "Of 6 samples that both runs have, the networks say the same class of 0; of 6 with a right answer "
          + "0 are taken rightly by both, 2 by &#39;second &lt;&amp;&gt;&#39; alone, 2 by &#39;shifted&#39; alone."
      ))
    let shared = SharedPredictions(
      samples: 100, answered: 100, bothRight: 70, firstAlone: 5, secondAlone: 15, sameClass: 75)
    // 0.1 ± 1.96 √((0.2 − 0.01) / 100).
    let interval = try #require(shared.interval)
    #expect(abs(interval.low - (0.1 - 1.96 * 0.0019.squareRoot())) < 1e-12)
    #expect(abs(interval.high - (0.1 + 1.96 * 0.0019.squareRoot())) < 1e-12)
  }

  @Test func `Runs that are not there, and one run twice, are refused`() throws {
    let connection = try Self.filled()
    for (first, second, part) in [
      ("first", "none", "no run 'none'"), ("first", "first", "is compared with itself"),
      ("first", "unfinished", "is not complete"),
    ] {
      let error = #expect(throws: ReportError.self) {
        try Report.comparison(of: first, and: second, in: connection, isChecking: false)
      }
      #expect(error?.description.contains(part) == true)
    }
  }

  /// Of other data sets: classes pair by key, whatever their position or name.
  @Test func `Classes pair by key, and those of one run alone are named`() throws {
    let connection = try Self.filled()
    try connection.execute(
      """
      insert into dataset values (2, 'other', 'g', 6);
      insert into class select class_id + 10, 2, 2 - position, iif(position = 0, 'key 9', key), name || ' too', null, null
        from class where dataset_id = 1;
      insert into sample select sample_id + 10, 2, position, key, class_id + 10 from sample;
      update run set dataset_id = 2 where run_id = 3;
      update prediction set sample_id = sample_id + 10, class_id = 3 where run_id = 3;
      update entropy set class_id = class_id + 10 where run_id = 3;
      update rank set class_id = class_id + 10 where run_id = 3;
      delete from divergence where from_run_id <> to_run_id or from_run_id = 3
      """)
    let page = try Report.comparison(
      of: "second <&>", and: "shifted", in: connection, isChecking: false)
    let rank = try csv(page, "compare-rank")
    #expect(rank.contains { $0.hasPrefix("c,second <&>,shifted,3,3,0") })
    #expect(rank.contains { $0.hasPrefix("a,second <&>,shifted,3,,") })
    #expect(page.html.contains("1 class of &#39;second &lt;&amp;&gt;&#39; alone: &#39;a&#39;."))
    #expect(page.html.contains("1 class of &#39;shifted&#39; alone: &#39;a too&#39;."))
    #expect(page.html.contains("The runs have no sample in common"))
  }
}
