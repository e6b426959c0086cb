// How long a network's forward pass takes on this machine.

internal import Basics
internal import Glibc

/// Time and memory of forward passes of an untrained network, measured here and now.
package struct ForwardTiming: Sendable {
  /// The fastest of several passes, over the batch's images.
  package let secondsPerImage: Double
  /// Of the whole process, in bytes, its weights with it.
  package let peakMemory: Int

  /// Runs an untrained network on `batch` images of random pixels: once to warm up, then for two seconds, three times
  /// at least.
  package init(_ architecture: Architecture, batch: Int, threads: Int) {
    let network = Network(architecture, seed: 0)
    var generator = SplitMix64(seed: 0)
    let inputs = FloatStorage(count: batch * architecture.input.count)
    for i in 0..<inputs.count { unsafe inputs.base[i] = generator.symmetric() }
    let clock = ContinuousClock()
    let size = architecture.input.count
    func pass() -> Double {
      let started = clock.now
      _ = network.forward(count: batch, threads: threads) { position, sample in
        unsafe sample.withUnsafeMutableBufferPointer {
          unsafe $0.baseAddress?.update(from: inputs.base + position * size, count: size)
        }
      }
      return (clock.now - started).inSeconds
    }
    _ = pass()
    let begun = clock.now
    var best = Double.infinity
    var passes = 0
    while passes < 3 || (clock.now - begun).inSeconds < 2 {
      best = min(best, pass())
      passes += 1
    }
    secondsPerImage = best / Double(batch)
    var usage = rusage()
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    peakMemory = usage.ru_maxrss * 1024
  }
}
