// Folders that hold folders of images and are none themselves: splits, corruptions by severity, one folder of images.
// Their folders would pass for classes, so they are refused with what to write instead; folder:DIR takes them as classes.

internal import Basics
internal import FoundationEssentials

extension ImageFolder {
  private static let trainings: Set = ["train", "training"]
  private static let tests: Set = [
    "val", "valid", "validation", "test", "testing", "dev", "eval",
  ]
  private static let images: Set = ["images", "image", "imgs", "img", "jpegimages", "photos"]
  /// ImageNet-C's.
  private static let severities: Set = ["1", "2", "3", "4", "5"]

  /// Folders of a folder, without the root's own separator.
  private func folders(in folder: String) -> [String] {
    // What cannot be listed is told when it is walked.
    ((try? names(in: folder)) ?? []).filter { isFolder(folder.isEmpty ? $0 : "\(folder)/\($0)") }
  }

  /// - Throws: Where the folders are no classes.
  func checkRoot(_ folders: [String], among names: [String]) throws(DataSetError) {
    let lowercased = Set(folders.map { $0.lowercased() })
    let splits = folders.filter {
      Self.trainings.contains($0.lowercased()) || Self.tests.contains($0.lowercased())
    }
    let classes = "a folder for each class"
    if splits.count == folders.count
      || !lowercased.isDisjoint(with: Self.trainings) && !lowercased.isDisjoint(with: Self.tests)
    {
      throw DataSetError(
        directory, expected: classes,
        found: splits.count == 1
          ? "the split \(splits[0])" : "the splits \(splits.joined(separator: ", "))",
        hint:
          "write \(splits.map(path).joined(separator: " or ")) (folder:\(directory) takes splits for classes)"
      )
    }
    if folders.count == 1, Self.images.contains(folders[0].lowercased()) {
      let inner = self.folders(in: folders[0])
      throw DataSetError(
        directory, expected: classes, found: "the one folder \(folders[0])",
        hint: inner.isEmpty
          ? "put labels.csv with lines \(folders[0])/FILE,LABEL beside it (folder:\(directory) takes it for a class)"
          : "write \(path(folders[0])) (folder:\(directory) takes it for a class)")
    }
    if let corruption = Self.corruption(among: folders, of: self) {
      throw DataSetError(
        directory, expected: classes, found: "corruptions by severity, as \(corruption.folder)/3",
        hint:
          "write \(directory):\(corruption.name):3 (folder:\(directory) takes its folders for classes)"
      )
    }
    if Set(folders).isSubset(of: Self.severities), folders.allSatisfy(holdsFolders) {
      throw DataSetError(
        directory, expected: classes, found: "severities, \(folders.joined(separator: ", "))",
        hint:
          "write \(path(folders[folders.count / 2])) (folder:\(directory) takes severities for classes)"
      )
    }
  }

  /// Whether a folder holds class folders, and no files but hidden ones.
  private func holdsFolders(_ folder: String) -> Bool {
    let inner = folders(in: folder)
    return !inner.isEmpty && (try? names(in: folder))?.count == inner.count
  }

  /// The first folder, among these or within them, whose folders are all severities with class folders.
  private static func corruption(
    among folders: [String], of root: ImageFolder
  ) -> (name: String, folder: String)? {
    func hasSeverities(_ folder: String) -> Bool {
      let inner = root.folders(in: folder)
      return !inner.isEmpty && Set(inner).isSubset(of: severities)
        && inner.allSatisfy { root.holdsFolders("\(folder)/\($0)") }
    }
    if folders.allSatisfy(hasSeverities), let first = folders.first { return (first, first) }
    // ImageNet-C's archives: noise/gaussian_noise/3.
    for folder in folders {
      let inner = root.folders(in: folder)
      guard let first = inner.first, inner.allSatisfy({ hasSeverities("\(folder)/\($0)") }) else {
        return nil
      }
      if folder == folders.last { return (first, "\(folder)/\(first)") }
    }
    return nil
  }

  /// The folder that `DIR:CORRUPTION:SEVERITY` means: `DIR/CORRUPTION/SEVERITY`, or a folder deeper as ImageNet-C's
  /// archives have it; nil for texts that mean something else.
  ///
  /// - Throws: Where `DIR` holds others.
  static func corruption(_ text: String) throws(DataSetError) -> ImageFolder? {
    let parts = text.parts(at: ":")
    guard parts.count >= 3, let severity = parts.last, let name = parts.dropLast().last else {
      return nil
    }
    let directory = parts.dropLast(2).joined(separator: ":")
    let root = ImageFolder(directory: directory)
    guard !name.isEmpty, !name.contains("/"), FileManager.default.fileExists(atPath: directory)
    else {
      return nil
    }
    let places = [name] + root.folders(in: "").map { "\($0)/\(name)" }
    guard let place = places.first(where: { root.isFolder($0) }) else {
      let folders = root.folders(in: "")
      guard let other = corruption(among: folders, of: root) else { return nil }
      let known = other.folder == other.name ? folders : folders.flatMap(root.folders(in:))
      throw DataSetError(
        "\(directory): no corruption '\(name)'; " + knownNames(known, nearestTo: name))
    }
    let found = root.folders(in: place)
    guard !found.isEmpty, Set(found).isSubset(of: severities) else { return nil }
    guard found.contains(severity) else {
      throw DataSetError(
        text, expected: "a severity of \(place): " + listed(found),
        found: "'\(severity)'")
    }
    return ImageFolder(
      directory: root.path("\(place)/\(severity)"), name: "\(root.name):\(name):\(severity)")
  }
}
