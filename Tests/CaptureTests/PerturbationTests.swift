// Attacked and shifted runs: beside their clean twins, as data sets of their own, interrupted and resumed.

import Capture
import DataSets
import Networks
import SQLiteKit
import TestSupport
import Testing
import Warehouse
import WeightFiles

private func job(
  in folder: Scratch, data: String = "shapes:test:96", _ perturbation: Perturbation = .none,
  threads: Int = 2
) throws -> CaptureJob {
  let weights = folder.path("net.safetensors")
  if !folder.exists("net.safetensors") {
    try Network(try Architecture.named("alexnet-cifar"), seed: 5).weightFile().write(weights)
  }
  return try CaptureJob(
    model: try CapturedModel(
      architecture: try Architecture.named("alexnet-cifar"), weights: weights, name: nil),
    data: try DataSource.load(data), selection: Selection(), layers: .last(2), name: nil,
    perturbation: perturbation, permutationSeed: 0, threads: threads)
}

private func attack(_ text: String) throws -> Perturbation { .attack(try Attack(parsing: text)) }

private func shift(_ text: String) throws -> Perturbation { .shift(try Shift(parsing: text)) }

/// What every sample of a run gave, in order.
private func outcomes(_ path: String, run: Int = 1) throws -> [String] {
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  var rows = try warehouse.connection.prepare(
    """
    select class_id, loss, layer_id, hex(x), hex(z), hex(bits) from prediction
    join activation using (run_id, sample_id) join significance using (run_id, layer_id, sample_id)
    where run_id = ? order by sample_id, layer_id
    """)
  try rows.bind(run, at: 1)
  var lines: [String] = []
  while try rows.step() {
    lines.append((0..<rows.columnCount).map { "\(rows.value($0))" }.joined(separator: "|"))
  }
  return lines
}

@Suite struct PerturbationTests {
  private let folder: Scratch
  private var path: String { folder.path("w.db") }

  init() throws { folder = try Scratch() }

  @Test func `Without strength nothing changes but the identity`() throws {
    let clean = try job(in: folder)
    _ = try clean.run(into: path, observer: CaptureObserver())
    for (run, none) in [
      try attack("pgd:eps=0,steps=3"), try attack("pgd:norm=l2,eps=0,steps=2"),
      try attack("fgsm:eps=0"), try shift("sign-noise:eps=0"), try attack("odin:eps=0"),
    ].enumerated() {
      let same = try job(in: folder, none)
      #expect(same.identity != clean.identity)
      #expect(try same.run(into: path, observer: CaptureObserver()).status == "ingested")
      #expect(try difference(outcomes(path, run: run + 2), outcomes(path)) == nil)
    }
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    #expect(
      try warehouse.runs().map(\.perturbation) == [
        "none", "pgd:eps=0,step=2/255,steps=3,restarts=1",
        "pgd:eps=0,step=0.1,steps=2,restarts=1,norm=l2", "fgsm:eps=0",
        "sign-noise:eps=0/255", "odin:eps=0,T=1000",
      ])
    #expect(
      try warehouse.runs().map(\.name) == [
        "net/shapes:test:96", "net/shapes:test:96/pgd", "net/shapes:test:96/pgd (2)",
        "net/shapes:test:96/fgsm", "net/shapes:test:96/sign-noise:eps=0/255",
        "net/shapes:test:96/odin",
      ])
    // The same samples, seen several times.
    #expect(try warehouse.connection.integer("select count(*) from sample") == 96)
  }

  @Test func `An attack raises every loss that matters, a control of its size hardly any`() throws {
    func meanLoss(_ perturbation: Perturbation) throws -> Double {
      let name = "\(perturbation).db".map { $0 == "/" ? "_" : "\($0)" }.joined()
      _ = try job(in: folder, perturbation).run(
        into: folder.path(name), observer: CaptureObserver())
      let loss = try Warehouse.open(folder.path(name), mode: .readOnly).connection
        .first("select avg(loss) from prediction")
      guard case .real(let value)? = loss else { return .nan }
      return value
    }
    let clean = try meanLoss(.none)
    let attacked = try meanLoss(try attack("pgd:eps=8/255,step=4/255,steps=3"))
    let control = try meanLoss(try shift("sign-noise:eps=8/255"))
    #expect(attacked > clean)
    #expect(abs(control - clean) < (attacked - clean) / 4)
  }

  @Test func `Saved images are a data set that gives the same`() throws {
    let saved = folder.path("images")
    let summary = try job(in: folder, try shift("contrast:3")).run(
      into: path, savingImagesTo: saved, observer: CaptureObserver())
    #expect(summary.notes.first?.contains("96 images saved as npy:\(saved): 0.0 % of") == true)
    _ = try job(in: folder, data: "npy:\(saved)").run(into: path, observer: CaptureObserver())
    #expect(try outcomes(path, run: 2).count == 192)
    #expect(
      try outcomes(path, run: 2).map { $0.split(separator: "|").dropFirst() }
        == outcomes(path).map { $0.split(separator: "|").dropFirst() })
    let (original, copy) = (
      try DataSource.load("shapes:test:96"), try DataSource.load("npy:\(saved)")
    )
    #expect(copy.labels == original.labels && copy.keys == original.keys)
    #expect(try copy.classes == original.classes && copy.image(5) != original.image(5))
  }

  @Test func `What was interrupted ends alike, its images with it`() throws {
    let perturbation = try attack("pgd:eps=8/255,step=8/255,steps=1,seed=3")
    let data = "shapes:test:300"
    let (whole, parts) = (folder.path("whole"), folder.path("parts"))
    let summary = try job(in: folder, data: data, perturbation).run(
      into: path, savingImagesTo: whole, observer: CaptureObserver())
    let note = try #require(summary.notes.first)
    #expect(note.contains("by 0.5 grey levels at most"))
    let other = folder.path("parts.db")
    #expect(throws: CaptureCancelled.self) {
      try job(in: folder, data: data, perturbation, threads: 1).run(
        into: other, savingImagesTo: parts,
        observer: CaptureObserver(isCancelled: { true }))
    }
    #expect(!folder.exists("parts/images.npy") && !folder.exists("parts/images.npy.partial"))
    let resumed = try job(in: folder, data: data, perturbation).run(
      into: other, savingImagesTo: parts, observer: CaptureObserver())
    #expect(resumed.notes.first == note.replacing(whole, with: parts))
    #expect(try difference(outcomes(other), outcomes(path)) == nil)
    for file in ["images.npy", "labels.npy", "classes.txt", "keys.txt"] {
      #expect(try folder.read("parts/\(file)") == folder.read("whole/\(file)"), "\(file)")
    }
    // A complete run is not run again, but its images are there once more.
    let again = try job(in: folder, data: data, perturbation).run(
      into: path, savingImagesTo: folder.path("again"), observer: CaptureObserver())
    #expect(again.status == "already ingested")
    #expect(try folder.read("again/images.npy") == folder.read("whole/images.npy"))
  }

  @Test func `What cannot be done is refused before anything is written`() throws {
    let error = #expect(throws: CaptureError.self) {
      try job(in: folder, try attack("pgd:target=10"))
    }
    #expect(error?.description.contains("its position from 0 to 9") == true)
    #expect(!folder.exists("w.db"))
  }

  @Test func `ODIN's step raises confidence, and its images are no bytes`() throws {
    let moved = try job(in: folder, try attack("odin:eps=4/255"))
    #expect(throws: CaptureError.self) {
      try moved.run(into: path, savingImagesTo: folder.path("images"), observer: CaptureObserver())
    }
    #expect(!folder.exists("images") && !folder.exists("w.db"))
    _ = try job(in: folder).run(into: path, observer: CaptureObserver())
    _ = try moved.run(into: path, observer: CaptureObserver())
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    let sure = """
      select count(*) from prediction as a join prediction as b on b.run_id = 2 and b.sample_id = a.sample_id
      where a.run_id = 1 and b.class_id = a.class_id and b.confidence > a.confidence
      """
    #expect(try #require(try warehouse.connection.integer(sure)) > 90)
  }
}
