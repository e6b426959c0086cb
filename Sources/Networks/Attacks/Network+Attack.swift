// Attacks: pixels near given ones for which the network's loss is high.

internal import Basics
internal import Synchronization

/// Attacked images, in the order of the samples, and what the network makes of them.
package struct AttackResult: Hashable, Sendable {
  /// In 0 … 255, count × pixelCount.
  package internal(set) var pixels: [Float]
  /// Cross-entropy at these pixels, of each sample's label; of the target where the attack has one.
  package internal(set) var losses: [Double]
  /// The class with the largest logit at these pixels.
  package internal(set) var predicted: [Int]
}

extension Network {
  /// Attacks `labels.count` images, `pixels` being count × `pixelCount` in 0 … 255.
  ///
  /// Distances are measured and bounds kept in pixels; `preprocessing` belongs to the
  /// differentiated model. What comes back is the last step of the worst restart: one that fools
  /// the network before one that does not, then the higher loss (of a target: one that reaches it,
  /// then the lower loss). Stored as Float32, every image is inside ball and box,
  /// but for ODIN's step, which leaves the box and goes to what the network predicts, whatever the label. `positions` seed
  /// the random starts: a sample's own place in its data set gives it the same start in every
  /// batch. Results are the same to the last bit whatever the number of threads, and whatever the
  /// batch where batches begin at multiples of 32 samples.
  ///
  /// - Throws: `NetworkError` where the attack's target is no class of this network.
  package func attack(
    _ attack: Attack, pixels: [Float], labels: [Int], positions: [Int], pixelCount: Int,
    preprocessing: PixelPreprocessing, threads: Int = Parallel.processors
  ) throws -> AttackResult {
    let count = labels.count
    precondition(labels.allSatisfy { (0..<classCount).contains($0) }, "Labels are classes.")
    precondition(positions.count == count, "Every sample has a position.")
    precondition(positions.allSatisfy { $0 >= 0 }, "Positions count from 0.")
    precondition(pixels.count == count * pixelCount, "Pixels are \(count) × \(pixelCount).")
    precondition(pixels.allSatisfy { (0...255).contains($0) }, "Pixels are in 0 … 255.")
    if let target = attack.target, target >= classCount {
      throw Attack.unusable("target", expected: "from 0 to \(classCount - 1)", found: "\(target)")
    }
    let job = AttackJob(
      attack: attack, pixels: pixels, labels: labels, positions: positions,
      pixelCount: pixelCount, preprocessing: preprocessing)
    let parts = Mutex([AttackResult?](repeating: nil, count: blockCount(count)))
    let division = Team.division(of: blockCount(count), threads: threads)
    pool.lend(backward: true, teams: division.teams, threads: division.threads) { teams in
      let passes = teams.map { AttackPass(job, team: $0) }
      Parallel.run(blockCount(count), threads: teams.count) { worker, block in
        let first = block * blockSize
        let part = passes[worker].run(first..<min(count, first + blockSize))
        parts.withLock { $0[block] = part }
      }
    }
    var result = AttackResult(pixels: [], losses: [], predicted: [])
    result.pixels.reserveCapacity(pixels.count)
    for case let part? in parts.withLock({ $0 }) {
      result.pixels += part.pixels
      result.losses += part.losses
      result.predicted += part.predicted
    }
    return result
  }
}

extension AttackResult {
  /// Puts another result's row in the place of this one's.
  mutating func replace(_ row: Int, by other: AttackResult, pixelCount: Int) {
    for i in row * pixelCount..<(row + 1) * pixelCount { pixels[i] = other.pixels[i] }
    losses[row] = other.losses[row]
    predicted[row] = other.predicted[row]
  }
}
