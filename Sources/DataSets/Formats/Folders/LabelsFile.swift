// The list of labels that stands beside image files which are in no class folders. How a line is divided stands in
// LabelColumns, which file a name means in ListedFiles.

internal import Basics
internal import FoundationEssentials

/// A list with a line for each image: "FILE,LABEL" or "FILE LABEL", FILE being a path from the folder on. Fields are
/// divided by tabs, commas, semicolons or blanks and quoted as spreadsheets quote them ("a ""b"".png",cat); of more than two
/// columns those of file and label are taken where they are plain, see `LabelColumns`. A file may lack its extension or
/// its folder where one image alone is meant. Empty lines do not count; a first line that names no file, and no other
/// line's label, is a heading, which a note tells. Images that are not listed are left out, and counted in a note. The
/// label is the class's key, such as ImageNet's "n01440764". Samples keep the list's order; classes are in that of
/// `ClassOrder`.
///
/// The lists that ImageNet and Tiny ImageNet are published with are known by their names, see `Form`.
struct LabelsFile {
  /// Lists that are looked for, beside `val.txt` where no folder is.
  static let names = ["labels.csv", "labels.txt"] + Form.allCases.compactMap(\.fileName)
  private static let caffe = "val.txt"

  /// What a list's name says of its lines.
  private enum Form: CaseIterable {
    case table
    /// Tiny ImageNet's: tabs, the file and the class before the sides of a box.
    case annotations
    /// ImageNet's of Kaggle's competition: a class and the sides of a box, and so on.
    case solution
    /// ImageNet's, an ILSVRC id 1…1000 or a class a line, for the images in their order.
    case groundTruth, synsets
    /// ImageNet's of Caffe, of positions 0…999 among its classes.
    case positions

    /// nil for lists that other data sets have, too.
    var fileName: String? {
      switch self {
      case .table, .positions: nil
      case .annotations: "val_annotations.txt"
      case .solution: "LOC_val_solution.csv"
      case .groundTruth: "ILSVRC2012_validation_ground_truth.txt"
      case .synsets: "imagenet_2012_validation_synset_labels.txt"
      }
    }
  }

  /// A file, its label and the number of their line.
  struct Sample {
    let file: String
    var label: String
    let number: Int
  }

  private let list: TextLines
  private let form: Form
  private var path: String { list.path }

  init(_ path: String) throws(DataSetError) {
    list = try TextLines(path)
    let name = path.parts(at: "/").last ?? path
    form =
      Form.allCases.first { $0.fileName == name } ?? (name == Self.caffe ? .positions : .table)
  }

  /// The lists among a folder's names.
  static func lists(among files: [String], hasFolders: Bool) -> [String] {
    (names + (hasFolders ? [] : [caffe])).filter(files.contains)
  }

  func listing(in folder: ImageFolder) throws(DataSetError) -> ImageFolder.Listing {
    var (found, passed) = try folder.images()
    let files = ListedFiles(folder: folder, images: found)
    var notes: [String] = []
    let samples =
      switch form {
      case .groundTruth, .synsets: try numbered(files, &notes)
      default: try samples(files, &notes)
      }
    guard !samples.isEmpty else { throw DataSetError(path, expected: "an image", found: "none") }
    var keys: Set<ByteText> = []
    for sample in samples {
      guard keys.insert(ByteText(sample.file)).inserted else {
        throw DataSetError(
          path, expected: "every file once",
          found: "'\(sample.file.shown(200))' again in line \(sample.number)")
      }
    }
    found.removeAll { keys.contains(ByteText($0)) }
    passed.unlisted = found.sorted(by: bytesPrecede)
    let order = ClassOrder(samples.map(\.label), in: path)
    notes += passed.notes(folder.directory) + (order.note.map { [$0] } ?? [])
    let positions = order.positions
    return ImageFolder.Listing(
      classes: order.keys.map(ImageNetClasses.named),
      entries: samples.map { sample in
        guard let label = positions[ByteText(sample.label)] else {
          preconditionFailure("Every label is a class.")
        }
        return ImageFolder.Entry(key: sample.file, label: label)
      }, notes: notes)
  }

  private func samples(
    _ files: ListedFiles, _ notes: inout [String]
  ) throws(DataSetError) -> [Sample] {
    let lines = list.lines.enumerated().map { (number: $0 + 1, text: $1) }
      .filter { !$0.text.withoutBlanks.isEmpty }
    let columns =
      form == .annotations
      ? LabelColumns(separator: "\t", file: 0, label: 1)
      : try LabelColumns(of: lines, in: path, files: files)
    var samples: [Sample] = []
    var heading: (text: String, number: Int, file: String, label: String)?
    for (index, line) in lines.enumerated() {
      let text = line.text.withoutBlanks
      // Blanks may be columns.
      let divisions =
        columns.map { $0.divisions(of: line.text) } ?? LabelColumns.divisions(of: text)
      if let (file, label) = try files.first(among: divisions, in: path, line: line.number) {
        samples.append(Sample(file: file, label: label, number: line.number))
        continue
      }
      let fields =
        columns == nil
        ? LabelColumns.fields(of: text) : divisions.map(\.file) + divisions.map(\.label)
      guard fields.count == 2, !fields.contains(""), let first = divisions.first else {
        throw DataSetError(
          path, expected: "FILE,LABEL in line \(line.number)", found: "'\(text.shown(80))'",
          hint: fields.count > 2 && !LabelColumns.isSeparated(text)
            ? "a label with blanks stands behind a comma or a tab" : LabelColumns.advice)
      }
      let image = divisions.first { ImageNames.isNamed($0.file) }
      guard index == 0, image == nil else {
        throw Self.missing((image ?? first).file, line.number, path)
      }
      heading = (text, line.number, first.file, first.label)
    }
    if let heading {
      guard !samples.contains(where: { $0.label.hasBytes(of: heading.label) }) else {
        throw Self.missing(heading.file, heading.number, path)
      }
      notes.append(
        "\(path): line \(heading.number), '\(heading.text.shown(80))', names no file here and is taken for a "
          + "heading")
    }
    if let columns, form == .table { notes.append("\(path): \(columns.note)") }
    if let note = files.note(path) { notes.append(note) }
    if form == .solution {
      for i in samples.indices {
        samples[i].label = samples[i].label.parts(at: " ")[0]
      }
    }
    if form == .positions { try takePositions(&samples, &notes) }
    return samples
  }

  private static func missing(_ file: String, _ line: Int, _ path: String) -> DataSetError {
    DataSetError(
      path, expected: "files of this folder", found: "'\(file.shown(200))' in line \(line)")
  }

  /// Labels of Caffe's list of ImageNet's validation images become the classes they stand for.
  private func takePositions(
    _ samples: inout [Sample], _ notes: inout [String]
  ) throws(DataSetError) {
    guard samples.allSatisfy({ ListedFiles.number(of: $0.file) != nil }) else { return }
    let classes = ImageNetClasses.all
    for i in samples.indices {
      guard let position = Int(samples[i].label), classes.indices.contains(position) else {
        throw DataSetError(
          path, expected: "labels from 0 to 999, the positions of ImageNet's classes",
          found: "'\(samples[i].label.shown(80))' in line \(samples[i].number)",
          hint: "a list of other labels is read as labels.txt")
      }
      samples[i].label = classes[position].key
    }
    notes.append(
      "\(path): labels 0…999 are taken as positions among ImageNet's classes, in the order of their numbers"
    )
  }

  // MARK: ImageNet's own list

  /// Line i is that of ILSVRC2012_val_0000000i.JPEG.
  private func numbered(
    _ files: ListedFiles, _ notes: inout [String]
  ) throws(DataSetError) -> [Sample] {
    var labels = list.lines.map(\.withoutBlanks)
    while labels.last?.isEmpty ?? false { labels.removeLast() }
    let map = labels.contains { Int($0) != nil } ? try identifiers() : [:]
    var samples: [Sample] = []
    for key in files.images.sorted(by: bytesPrecede) {
      guard let number = ListedFiles.number(of: key) else { continue }
      guard labels.indices.contains(number - 1) else {
        throw DataSetError(
          path, expected: "a line for each image, \(number) for \(key)",
          found: "\(labels.count) lines")
      }
      let label = labels[number - 1]
      let identifier = Int(label)
      guard let known = identifier == nil ? label : identifier.flatMap({ map[$0] }),
        ImageNetClasses.position(of: known) != nil
      else {
        throw DataSetError(
          path, expected: "an id from 1 to 1000 or a class such as n01440764 in line \(number)",
          found: "'\(label.shown(80))'")
      }
      samples.append(Sample(file: key, label: known, number: number))
    }
    guard !samples.isEmpty else {
      throw DataSetError(
        path, expected: "images called ILSVRC2012_val_00000001.JPEG and so on, whose lines it has",
        found: "none", hint: "other images take labels.csv with lines FILE,LABEL")
    }
    if samples.count < labels.count {
      notes.append(
        "\(path): \(labels.count - samples.count) of its lines are those of images that are not here"
      )
    }
    return samples
  }

  /// ILSVRC's ids 1…1000, which are in an order of their own, and their classes: of the development kit's `meta.mat` or
  /// `map_clsloc.txt`.
  private func identifiers() throws(DataSetError) -> [Int: String] {
    let folder = path.parts(at: "/").dropLast().map { $0 + "/" }.joined()
    let (kit, map) = (folder + "meta.mat", folder + "map_clsloc.txt")
    var classes: [Int: String] = [:]
    if FileManager.default.fileExists(atPath: kit) {
      for fields in try MATFile(kit).structures("synsets", fields: ["ILSVRC2012_ID", "WNID"]) {
        guard case .number(let number) = fields[0], case .text(let key) = fields[1],
          let identifier = Int(exactly: number), classes[identifier] == nil
        else {
          throw DataSetError(
            kit, expected: "synsets with an id and a class, each once", found: "\(fields)".shown(80)
          )
        }
        classes[identifier] = key
      }
      return classes
    }
    guard FileManager.default.fileExists(atPath: map) else {
      throw DataSetError(
        path,
        expected:
          "meta.mat or map_clsloc.txt of the development kit beside it, which says what its ids 1…1000 are",
        found: "neither",
        hint: "LOC_val_solution.csv, Caffe's val.txt or labels.csv instead of it need none")
    }
    for (index, line) in try TextLines(map).lines.enumerated() where !line.withoutBlanks.isEmpty {
      let words = line.withoutBlanks.parts(at: " ")
      guard words.count >= 2, let number = Int(words[1]), classes[number] == nil,
        ImageNetClasses.position(of: words[0]) != nil
      else {
        throw DataSetError(
          map,
          expected:
            "a class and its id, such as 'n02119789 1 kit_fox', each once in line \(index + 1)",
          found: "'\(line.shown(80))'")
      }
      classes[number] = words[0]
    }
    return classes
  }
}
