// A directory of its own for a test that needs files; gone when the test is.

import Glibc

final class Scratch {
  let directory: String

  init() {
    var template = Array("/tmp/engram-test-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary directory")
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    if let entries = opendir(directory) {
      while let entry = readdir(entries) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { unlink(path(name)) }
      }
      closedir(entries)
    }
    rmdir(directory)
  }

  func path(_ name: String) -> String { directory + "/" + name }

  func write(_ bytes: [UInt8], to name: String) -> String {
    let file = fopen(path(name), "wb")
    precondition(file != nil, "cannot write \(name)")
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return path(name)
  }

  func read(_ name: String) -> [UInt8] { Self.read(path: path(name)) }

  static func read(path: String) -> [UInt8] {
    let file = fopen(path, "rb")
    precondition(file != nil, "cannot read \(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&part, 1, part.count, file)
      if count == 0 { return bytes }
      bytes += part[..<count]
    }
  }

  /// 0 for a missing file.
  func size(_ name: String) -> Int {
    var status = stat()
    return stat(path(name), &status) == 0 ? Int(status.st_size) : 0
  }

  func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }
}
