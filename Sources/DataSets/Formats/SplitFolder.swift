// A folder that holds a published data set in its own files, and telling by the content which one it is.

internal import FoundationEssentials

/// Files of which each split is some.
protocol SplitFolder: Sendable {
  var directory: String { get }
  /// The splits whose files are there, in the order train, test.
  func splits() throws(DataSetError) -> [String]
  /// - Parameter split: One of `splits()`.
  func load(split: String) throws(DataSetError) -> ImageDataSet
}

extension SplitFolder {
  func path(_ file: String) -> String {
    directory.hasSuffix("/") ? directory + file : directory + "/" + file
  }

  func read(_ file: String) throws(DataSetError) -> [UInt8] {
    [UInt8](try readFile(path(file), most: mostImageBytes))
  }
}

/// One of the layouts that are told by the names of their files.
enum KnownFolder {
  /// For messages.
  static let names = "CIFAR-10's or CIFAR-100's binary or Python batches or MNIST's IDX files"

  /// - Throws: For a folder that cannot be listed or holds none of them.
  static func find(_ directory: String) throws(DataSetError) -> any SplitFolder {
    guard FileManager.default.fileExists(atPath: directory) else {
      throw DataSetError(
        directory,
        expected: "a folder with images, \(names), or shapes, shapes-stylised or npy:FOLDER",
        found: "no folder that can be listed")
    }
    let files = try folderNames(directory).names
    for format in CIFARFormat.allCases {
      let folder = CIFARFolder(directory: directory, format: format)
      if files.contains(where: folder.isBatch) && files.contains(format.namesFile) { return folder }
    }
    if IDXFolder.isOne(files) { return IDXFolder(directory: directory) }
    // Batches without the file of class names: its absence is said when they are loaded.
    for format in CIFARFormat.allCases where format.isDistinctive {
      let folder = CIFARFolder(directory: directory, format: format)
      if files.contains(where: folder.isBatch) { return folder }
    }
    throw DataSetError(
      directory, expected: "\(names), or folders of images",
      found: files.isEmpty ? "an empty folder" : "none of them in this folder")
  }
}
