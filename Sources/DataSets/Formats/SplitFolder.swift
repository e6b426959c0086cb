// A folder that holds a published data set in its own files, and telling by the content which one it is.

internal import Basics
internal import FoundationEssentials

/// Files of which each split is some.
protocol SplitFolder: Sendable {
  var directory: String { get }
  /// The splits whose files are there, in the order train, test.
  func splits() throws(DataSetError) -> [String]
  /// The split that a user means, one of those there are.
  ///
  /// - Parameter name: The data set as the user wrote it, without the split.
  func chosen(_ split: String?, name: String) throws(DataSetError) -> String
  /// - Parameter split: As `chosen` gives it.
  func load(split: String) throws(DataSetError) -> ImageDataSet
}

extension SplitFolder {
  func path(_ file: String) -> String {
    directory.hasSuffix("/") ? directory + file : directory + "/" + file
  }

  func read(_ file: String) throws(DataSetError) -> [UInt8] {
    [UInt8](try readFile(path(file), most: mostImageBytes))
  }

  func chosen(_ split: String?, name: String) throws(DataSetError) -> String {
    let known = try splits()
    guard let split else {
      throw DataSetError(
        name, expected: "a split", found: "none",
        hint: "write " + known.map { "\(name):\($0)" }.joined(separator: " or "))
    }
    guard known.contains(split) else {
      throw DataSetError(
        "\(name):\(split)", expected: "one of its splits \(known.joined(separator: ", "))",
        found: "'\(split)'")
    }
    return split
  }
}

/// A published data set's form, told by the names of its files.
struct PublishedFormat: Sendable {
  /// What a user writes before the folder to say that it is this one.
  let prefix: String
  /// What is asked for, for messages.
  let files: String
  /// The folder if its files are this form's; also where some of them are missing, which is said when they are loaded.
  /// Where other forms have files of the same names, `isNamed` says that this one is meant.
  let find:
    @Sendable (_ directory: String, _ files: [String], _ isNamed: Bool) -> (any SplitFolder)?

  init(
    prefix: String, files: String,
    find:
      @escaping @Sendable (_ directory: String, _ files: [String], _ isNamed: Bool) ->
      (any SplitFolder)?
  ) {
    (self.prefix, self.files, self.find) = (prefix, files, find)
  }

  /// All of them.
  static let all =
    CIFARFolder.forms + CIFARCorruptions.forms + [CIFAR101Folder.form] + IDXFolder.forms
    + [KMNISTArrays.form, EMNISTFolder.form, SVHNFolder.form, STL10Folder.form]

  /// Where torchvision and the published archives put them, from a root on.
  fileprivate static let places = [
    "raw", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "EMNIST/raw", "gzip", "EMNIST/gzip",
    "cifar-10-batches-bin", "cifar-10-batches-py", "cifar-100-binary", "cifar-100-python",
    "CIFAR-10-C", "CIFAR-100-C", "CIFAR-10.1/datasets", "stl10_binary",
  ]
}

/// Telling which published data set a folder holds, itself or as a root such as torchvision's.
enum KnownFolder {
  /// Whether it is one, or a root with several, or a folder of which that cannot be told.
  static func holds(_ directory: String) -> Bool {
    // What is wrong with it is told when it is loaded.
    (try? candidates(directory, prefix: nil))?.isEmpty != true
  }

  /// For messages.
  static let names = listed(
    PublishedFormat.all.map(\.prefix).reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
    most: 20)

  /// - Parameters:
  ///   - prefix: The form that it is said to be.
  ///   - split: What the user asked for, for the message.
  /// - Throws: For a folder that cannot be listed or holds none of them, or several.
  static func find(
    _ directory: String, prefix: String? = nil, split: String? = nil
  ) throws(DataSetError) -> any SplitFolder {
    guard FileManager.default.fileExists(atPath: directory) else {
      throw DataSetError(
        directory,
        expected: "a folder with images or a published data set, or shapes, shapes-stylised, "
          + "npy:FOLDER or FILE.npz",
        found: "no folder that can be listed")
    }
    let found = try candidates(directory, prefix: prefix)
    guard let first = found.first else {
      throw DataSetError(
        directory,
        expected: PublishedFormat.all.first { $0.prefix == prefix }?.files
          ?? "files of a published data set (\(names)), or folders of images",
        found: try folderNames(directory).names.isEmpty
          ? "an empty folder" : "none of them in this folder")
    }
    guard found.count == 1 else {
      let end = split.map { ":\($0)" } ?? ""
      throw DataSetError(
        directory, expected: "one data set", found: "\(found.count)",
        hint: "write "
          + found.map { format, folder in "\(format.prefix):\(folder.directory)\(end)" }
          .joined(separator: " or "))
    }
    return first.folder
  }

  private static func candidates(
    _ directory: String, prefix: String?
  ) throws(DataSetError) -> [(format: PublishedFormat, folder: any SplitFolder)] {
    let files = try folderNames(directory).names
    var found: [(format: PublishedFormat, folder: any SplitFolder)] = []
    func add(_ directory: String, _ files: [String]) {
      for format in PublishedFormat.all where prefix == nil || format.prefix == prefix {
        let isKnown = found.contains {
          $0.format.prefix == format.prefix && $0.folder.directory == directory
        }
        guard !isKnown, let folder = format.find(directory, files, prefix != nil) else { continue }
        found.append((format, folder))
      }
    }
    add(directory, files)
    let root = directory.hasSuffix("/") ? directory : directory + "/"
    for place in PublishedFormat.places where files.contains(place.parts(at: "/")[0]) {
      // A place that there is not, or that is a file, holds nothing; a folder that cannot be listed might.
      var isFolder = false
      if FileManager.default.fileExists(atPath: root + place, isDirectory: &isFolder), isFolder {
        add(root + place, try folderNames(root + place).names)
      }
    }
    return found
  }
}
