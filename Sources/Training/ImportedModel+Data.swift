// What a model file says of data: how its network's images are prepared.

package import DataSets
package import Networks
internal import WeightFiles

extension ImportedModel {
  /// What was asked for, else the steps that the file's metadata has under "preprocess", else those of a built-in network,
  /// else ImageNet's numbers (of other than three channels, pixels in 0…1) with the crop that gives the network's input: said
  /// in a line.
  package func preprocessing(
    asked: Preprocessing?, ofFiles areFiles: Bool
  ) -> (preprocessing: Preprocessing, notes: [String]) {
    if let asked { return (asked, []) }
    var notes: [String] = []
    if let text = weights.metadata["preprocess"] {
      do {
        let own = try Preprocessing(parsing: text)
        return (own, ["\(path): images are prepared as it says: \(own)"])
      } catch { notes.append("\(path): \(error)") }
    }
    if let known = try? Architecture.named(architecture.name), known.input == architecture.input {
      return (architecture.preprocessing(ofFiles: areFiles), notes)
    }
    let side = architecture.input.height
    // The share of a photograph that torchvision's presets take.
    let geometry =
      areFiles
      ? ImageGeometry(resize: .shorterSide(side * 8 / 7), crop: side) : ImageGeometry(crop: side)
    let numbers =
      architecture.input.channels == 3
      ? Preprocessing.imageNet.numbers
      : Preprocessing.preset("unit")?.numbers ?? Preprocessing.imageNet.numbers
    let chosen = Preprocessing(geometry: geometry, numbers: numbers)
    notes.append(
      "\(path): does not say how its images are prepared: taken is \(chosen); --preprocess chooses")
    return (chosen, notes)
  }
}
