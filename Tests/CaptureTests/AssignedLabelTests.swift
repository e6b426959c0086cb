// The labels that a network was trained on in the runs over its data: all that are known, and none besides.

import Capture
import DataSets
import Networks
import SQLiteKit
import TestSupport
import Testing
import Training
import Warehouse
import WeightFiles

@Suite struct AssignedLabelTests {
  private let setting: GroupingSetting

  init() throws { setting = try GroupingSetting() }

  @Test func samplesHaveTheLabelsTheyWereTrainedOn() throws {
    let path = try setting.ingest(try setting.model())
    let labels = try setting.expectedLabels()
    #expect(labels.count == 120)
    #expect(try setting.storedLabels(path) == labels)
    // The training's own count of the samples that the network classifies as it was told to.
    let accuracy = try setting.number(
      path,
      "select avg(class_id = assigned_class_id) from prediction where assigned_class_id is not null"
    )
    #expect(accuracy == setting.net.trainAccuracy)
    let differing = try setting.number(
      path,
      """
      select sum(assigned_class_id <> sample.class_id) from prediction join sample using (sample_id)
      """)
    #expect(try #require(differing) > 30)
  }

  @Test func noLabelIsGuessed() throws {
    let other = try setting.ingest(try setting.model(), "shapes:test:60", into: "other.db")
    let fewer = try setting.ingest(try setting.model(), "shapes:train:299", into: "fewer.db")
    let untrained = try setting.ingest(
      try setting.model(setting.net.folder.file(.untrained)), into: "untrained.db")
    for path in [other, fewer, untrained] { #expect(try setting.storedLabels(path) == [:]) }
    for record in ["{}", "nonsense", #"{"train": {"fingerprint": 5}}"#] {
      let file = try bare(["training": record])
      let set = try DataSource.load(TrainedNet.data)
      #expect(try setting.model(file).assignedLabels(in: set) == nil)
    }
    let warehouse = try Warehouse.open(other, mode: .write)
    let error = #expect(throws: MeasureError.self) { try warehouse.measure(run: 1, by: .assigned) }
    #expect(error?.description.contains("has no assigned labels") == true)
    #expect(error?.description.contains("\n") == false)
    #expect(try warehouse.measure(run: 1, by: .predicted).notes == [])
    try warehouse.connection.execute("update run set completed_at = null")
    let incomplete = #expect(throws: MeasureError.self) {
      try warehouse.measure(run: 1, by: .predicted)
    }
    #expect(incomplete?.description.contains("is not whole") == true)
  }

  /// The network's weights in a file with other metadata.
  private func bare(_ metadata: [String: String] = [:]) throws -> String {
    let path = setting.scratch.path("bare-\(metadata.hashValue).safetensors")
    try setting.writeWithoutMetadata(path, metadata)
    return path
  }

  @Test func aLaterIngestFillsThemIn() throws {
    let path = try setting.ingest(try setting.model(try bare()))
    #expect(try setting.storedLabels(path) == [:])
    let again = try setting.ingest(try setting.model())
    #expect(again == path)
    #expect(try setting.number(path, "select count(*) from run") == 1)
    #expect(try setting.storedLabels(path) == setting.expectedLabels())

    // What was measured by fewer labels goes.
    let warehouse = try Warehouse.open(path, mode: .write)
    _ = try warehouse.measure(run: 1, by: .assigned)
    try warehouse.connection.execute(
      "update prediction set assigned_class_id = null where prediction_id < 100")
    _ = try setting.ingest(try setting.model())
    #expect(try setting.storedLabels(path) == setting.expectedLabels())
    for table in ["class_profile", "entropy", "divergence"] {
      #expect(
        try setting.number(path, "select count(*) from \(table) where grouping = 'assigned'") == 0)
    }
  }
}
