// Which files of a folder are images: by their names where these say so, else by their first bytes, of which few are read.

internal import Glibc

enum ImageNames {
  /// Files of these names are samples, whatever they hold.
  static let extensions: Set = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "dib", "pnm", "ppm", "pgm", "pbm",
  ]
  /// Files of these names are never looked into: folders have one beside each image.
  private static let others: Set = [
    "txt", "csv", "tsv", "json", "jsonl", "xml", "md", "html", "htm", "yaml", "yml", "toml", "ini",
    "log", "py", "sh", "ipynb", "npy", "npz", "mat", "pkl", "pth", "pt", "h5", "db", "zip", "tar",
    "gz", "tgz", "bz2", "xz", "7z", "pdf", "md5", "sha256",
  ]

  static func pathExtension(_ name: String) -> String? {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    return String(name[dot...].dropFirst()).lowercased()
  }

  /// Whether the name says that a file is an image.
  static func isNamed(_ name: String) -> Bool {
    pathExtension(name).map(extensions.contains) ?? false
  }

  /// Whether a file is a sample: by its name, or as its first two kilobytes are those of an image that can be read.
  static func isImage(_ name: String, at path: String) -> Bool {
    if isNamed(name) { return true }
    if let ending = pathExtension(name), others.contains(ending) { return false }
    let start = start(of: path)
    return unsafe ImageDecoder.begins(start.span.bytes)
  }

  /// Empty for what is no file or cannot be opened.
  private static func start(of path: String) -> [UInt8] {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 2048)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
  }
}
