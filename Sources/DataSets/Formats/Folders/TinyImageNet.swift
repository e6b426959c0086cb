// Tiny ImageNet as it is published: train/CLASS/images, val/images with val_annotations.txt, names in words.txt. Its test
// images have no labels and are left out.

internal import Basics
internal import FoundationEssentials

/// A folder that holds `wnids.txt` beside `train` or `val`. Classes are those of `wnids.txt` in the order of their keys, as
/// torchvision's ImageFolder has them: in both splits the same. Keys are paths from the folder on.
struct TinyImageNet: Sendable {
  let folder: ImageFolder

  /// nil for other folders.
  init?(directory: String) {
    folder = ImageFolder(directory: directory)
    guard FileManager.default.fileExists(atPath: folder.path("wnids.txt")), !splits.isEmpty else {
      return nil
    }
  }

  var splits: [String] { ["train", "val"].filter(folder.isFolder) }

  /// - Parameter split: One of `splits`.
  func list(split: String) throws(DataSetError) -> ImageFolder.Listing {
    let path = folder.path("wnids.txt")
    let lines = try TextLines(path).lines.map(\.withoutBlanks).filter { !$0.isEmpty }
    let order = ClassOrder(lines, in: path)
    guard order.keys.count == lines.count, !lines.isEmpty else {
      throw DataSetError(
        path, expected: "a class a line, each once",
        found: lines.isEmpty ? "none" : "\(lines.count - order.keys.count) again")
    }
    let positions = order.positions
    var (entries, notes) = ([ImageFolder.Entry](), [String]())
    if split == "val" {
      let list = try LabelsFile(folder.path("val/val_annotations.txt"))
      let val = ImageFolder(directory: folder.path("val"))
      let listing = try list.listing(in: val)
      for entry in listing.entries {
        let key = entry.label.map { listing.classes[$0].key } ?? ""
        guard let label = positions[ByteText(key)] else {
          throw DataSetError(
            folder.path("val/val_annotations.txt"), expected: "classes of wnids.txt",
            found: "'\(key.shown(80))'")
        }
        entries.append(ImageFolder.Entry(key: "val/\(entry.key)", label: label))
      }
      notes = listing.notes
    } else {
      var passed = PassedOver()
      for name in try folder.names(in: split) where positions[ByteText(name)] == nil {
        guard !folder.isFolder("\(split)/\(name)") else {
          throw DataSetError(
            folder.path(split), expected: "folders of wnids.txt's classes",
            found: "'\(name.shown(80))'")
        }
        passed.add(name)
      }
      for (label, key) in order.keys.enumerated() {
        let files =
          folder.isFolder("\(split)/\(key)") ? try folder.files(in: "\(split)/\(key)", &passed) : []
        if files.isEmpty { passed.emptyClasses.append(key) }
        entries += files.map { ImageFolder.Entry(key: $0, label: label) }
      }
      guard !entries.isEmpty else {
        throw DataSetError(folder.path(split), expected: "images", found: "none")
      }
      notes = passed.notes(folder.path(split))
    }
    let names = try words()
    return ImageFolder.Listing(
      classes: order.keys.map { key in
        let known = ImageNetClasses.named(key)
        return known.name == key ? ClassName(key: key, name: names[ByteText(key)] ?? key) : known
      }, entries: entries, notes: notes)
  }

  /// The first of the names that words.txt gives every class; none where it is not there.
  private func words() throws(DataSetError) -> [ByteText: String] {
    let path = folder.path("words.txt")
    guard FileManager.default.fileExists(atPath: path) else { return [:] }
    var names: [ByteText: String] = [:]
    for (index, line) in try TextLines(path).lines.enumerated() where !line.withoutBlanks.isEmpty {
      let fields = line.parts(at: "\t")
      guard fields.count == 2 else {
        throw DataSetError(
          path, expected: "a class, a tab and its names in line \(index + 1)",
          found: "'\(line.shown(80))'")
      }
      names[ByteText(fields[0])] = fields[1].parts(at: ",")[0].withoutBlanks
    }
    return names
  }
}
