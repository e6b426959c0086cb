// Galleries of a small warehouse: bounded, escaped, well-formed, within the page's budget.

import Bits
import Reports
import SQLiteKit
import TestSupport
import Testing

@Suite struct GalleryTests {
  /// The small warehouse with a picture of each sample, of so many bytes, and of the shifted run's.
  private func pictured(_ bytes: Int) throws -> Connection {
    let connection = try SmallWarehouse.scored()
    try connection.run(
      """
      insert into thumbnail (sample_id, mime_type, width, height, image, checksum)
      select sample_id, 'image/png', 32, 24, zeroblob(?), 0 from sample where dataset_id = 1
      """, .integer(bytes))
    try connection.execute(
      """
      insert into run_thumbnail (run_id, sample_id, mime_type, width, height, image, checksum)
      select 3, sample_id, 'image/jpeg', 32, 24, x'ffd8', 0 from sample where dataset_id = 1
      """)
    return connection
  }

  private func images(_ html: String) -> Int {
    html.split(separator: "<img ", omittingEmptySubsequences: false).count - 1
  }

  @Test func `Galleries are well-formed and fetch nothing`() throws {
    let html = try Report.page(from: try pictured(90), isChecking: false).html
    #expect(WellFormed.problem(in: html, void: PageTests.void) == nil)
    #expect(images(html) > 10)
    #expect(images(html) == html.split(separator: "<img src=\"data:image/").count - 1)
    #expect(html.contains("; img-src data:\">"))
    #expect(!html.contains(SmallWarehouse.hostile))
    for title in ["Most confident mistakes", "Hardest samples"] {
      #expect(html.contains("<h3>\(title)</h3>"), "\(title)")
    }
    #expect(html.contains("the run in focus; --focus chooses another"))
    #expect(html.contains("engram-query"))
    #expect(try Report.page(from: try pictured(90), isChecking: false).html == html)
  }

  @Test func `Pictures beyond the budget are left out and counted`() throws {
    let html = try Report.page(from: try pictured(1 << 20), isChecking: false).html
    #expect(html.utf8.count < 8 << 20)
    #expect(html.contains("pictures are left out, for the page holds 5 MB of them"))
    #expect(html.contains("no picture"))
    #expect(images(html) > 0)
  }

  @Test func `What is no picture's type is not shown`() throws {
    let connection = try pictured(90)
    try connection.execute("update thumbnail set mime_type = 'image/svg+xml'")
    let html = try Report.page(from: connection, isChecking: false).html
    #expect(!html.contains("svg+xml;base64"))
  }
}
