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

  func read(_ name: String) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size(name))
    let file = fopen(path(name), "rb")
    precondition(file != nil, "cannot read \(name)")
    let count = fread(&bytes, 1, bytes.count, file)
    precondition(count == bytes.count, "cannot read all of \(name)")
    fclose(file)
    return bytes
  }

  /// 0 for a missing file.
  func size(_ name: String) -> Int {
    var status = stat()
    return stat(path(name), &status) == 0 ? Int(status.st_size) : 0
  }

  func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }
}
