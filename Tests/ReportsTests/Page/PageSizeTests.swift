// What keeps the page of many runs and samples small: matrices of the run in focus alone, samples of two maps told once, and
// coordinates that are left to the view.

import Reports
import SQLiteKit
import Testing

@Suite struct PageSizeTests {
  @Test func `Of very many pairs of runs those in focus are drawn, in their last layer`() throws {
    let connection = try SmallWarehouse.filled()
    for run in 10..<20 {
      try connection.run(
        """
        insert into run (run_id, name, model_id, dataset_id, identity, perturbation, preprocessing,
          selection, bitsets, n_samples, permutation_seed, engram_version, cpu_level, started_at,
          completed_at)
        values (?1, 'blur ' || ?1, 2, 1, ?1, 'blur', 'crop', '{}', 'derived', 6, 42, '0.1.0',
          'x86-64-v3', '2025', '2026')
        """, .integer(run))
      // From the run in focus to it, and to it from the one before, each in both layers.
      for (from, layer) in [(2, 20), (2, 21), (run - 1, 20), (run - 1, 21)] {
        try connection.run(
          """
          insert or ignore into divergence (layer_id, kind, grouping, from_run_id, from_class_id,
            to_run_id, to_class_id, alpha, kl, kl_per_interaction)
          select ?3, 'interaction', 'true', ?1, a.class_id, ?2, b.class_id, 0.5, 15, 0.5
          from class as a join class as b
          """, .integer(from == 9 ? 3 : from), .integer(run), .integer(layer))
      }
    }
    let page = try Report.page(from: connection, isChecking: false)
    let drawn = page.figures.map(\.name).filter { $0.hasPrefix("divergence-between") }
    #expect(drawn.count == 11)
    #expect(drawn.allSatisfy { $0.hasPrefix("divergence-between-fc2-second-to-") }, "\(drawn)")
    #expect(page.html.contains("Of 21 pairs, matrices of the last layer are drawn of the 11"))
  }

  /// The run in focus with its samples, and so many more, laid out by both methods.
  private func mapped(more: Int) throws -> Connection {
    let connection = try SmallWarehouse.filled()
    try connection.execute(
      """
      with recursive n(i) as (select 100 union all select i + 1 from n where i < \(99 + more))
      insert into sample select i, 1, i, 'key ' || i, 1 from n;
      insert into prediction (run_id, sample_id, class_id, confidence, loss, correct)
      select 2, sample_id, 1, 0.5, 1, 1 from sample
      where dataset_id = 1 and sample_id not in (select sample_id from prediction where run_id = 2);
      insert into embedding_method (run_id, layer_id, method, vector, n_samples, x_share, y_share, perplexity,
        iterations)
      values (2, 21, 'tsne', 'x', 6, null, null, 30, 1000), (2, 21, 'pca', 'x', 6, 0.5, 0.25, null, null);
      insert into embedding (run_id, layer_id, method, sample_id, x, y)
      select 2, 21, method, sample_id, sample_id, -sample_id from sample
      cross join (select 'tsne' as method union all select 'pca') where dataset_id = 1;
      """)
    return connection
  }

  private func count(_ text: String, in html: String) -> Int {
    html.split(separator: text, omittingEmptySubsequences: false).count - 1
  }

  @Test func `A second map of the same samples has their places alone`() throws {
    let html = try Report.page(from: try mapped(more: 0), isChecking: false).html
    #expect(count(" data-places=\"", in: html) == 2)
    #expect(count(" data-samples=\"", in: html) == 1)
    #expect(count(" data-pictures=\"", in: html) == 1)
    #expect(count("download=\"map-", in: html) == 2)
    #expect(WellFormed.problem(in: html, void: PageTests.void) == nil)
  }

  @Test func `Coordinates of a large map are files and a view's`() throws {
    let page = try Report.page(from: try mapped(more: 2000), isChecking: false)
    #expect(count(" data-places=\"", in: page.html) == 2)
    #expect(count("download=\"map-", in: page.html) == 0)
    #expect(page.html.contains("The view embeddings has the coordinates"))
    let map = try #require(page.figures.first { $0.name.hasPrefix("map-tsne") })
    #expect(map.data.rows.count > 2000)
  }
}
