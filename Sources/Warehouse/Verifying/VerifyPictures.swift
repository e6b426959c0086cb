// Whether pictures are what their rows say: whole files of the format, of the size, with the checksum. Decoding is the
// caller's, for a warehouse knows no image codec.

internal import Basics
internal import Bits
internal import SQLiteKit

extension Warehouse {
  /// Checks pictures where there are any.
  /// - Parameter run: Of what this run made of its samples; nil for the data sets' own.
  func checkPictures(of run: Stored<RunRecord>? = nil, _ all: inout Verification) {
    let only = all.options.run
    let condition =
      run != nil
      ? "run_thumbnail as own where run_id = ?1"
      : only == nil
        ? "thumbnail as own where ?1 is null"
        : "thumbnail as own where sample_id in (select sample_id from prediction where run_id = ?1)"
    let id = Value(run?.id ?? only)
    do {
      guard try connection.integer("select exists (select 1 from \(condition))", id) == 1 else {
        return
      }
    } catch {
      all.check("thumbnails", run: run) { _, _ in throw error }
      return
    }
    all.check("thumbnails", run: run) { problems, all in
      if let run, run.perturbation == "none" {
        problems.add(
          "run_thumbnail has rows, expected none: the run's images are the data set's own")
      }
      var rows = try connection.prepare(
        """
        select (select cast(key as blob) from sample where sample.sample_id = own.sample_id), mime_type, width, height,
          checksum, image
        from \(condition) order by own.sample_id
        """)
      try rows.bind([id])
      var count = 0
      while try rows.step() {
        count += 1
        guard case .blob(let file) = rows.value(5) else {
          problems.add("the picture of sample \(rows.value(0).told.shown(200)) is no blob")
          continue
        }
        let said = "\(rows.text(1)), \(rows.int(2)) × \(rows.int(3))"
        if let problem = Self.problem(
          of: file, checksum: rows.int(4), said: said, all.options.inspect)
        {
          problems.add("the picture of sample \(rows.value(0).told.shown(200)) \(problem)")
        }
      }
      return "\(count) pictures"
    }
  }

  private static func problem(
    of file: [UInt8], checksum: Int, said: String, _ inspect: VerifyOptions.Inspection?
  ) -> String? {
    guard Checksum.of(file) == checksum else { return "does not have its checksum" }
    guard let inspect else { return nil }
    do {
      let found = try inspect(file)
      return found == said ? nil : "is \(found), expected \(said)"
    } catch { return "is none: \(error)" }
  }
}
