// The images of several batches, one after the other.

struct CIFARImages {
  let classCount: Int
  private(set) var labels: [Int] = []
  private(set) var keys: [String] = []
  private(set) var pixels: [UInt8] = []

  init(classCount: Int) { self.classCount = classCount }

  /// A binary batch.
  mutating func append(
    _ bytes: [UInt8], _ format: CIFARFormat, file: String, path: String
  ) throws(DataSetError) {
    let record = format.labelBytes + CIFARFormat.shape.count
    guard !bytes.isEmpty, bytes.count % record == 0 else {
      throw DataSetError(
        path, expected: "records of \(record) bytes",
        found: bytes.isEmpty ? "an empty file" : "\(bytes.count) bytes",
        hint: "the file is cut short or is no \(format.name.uppercased()) batch")
    }
    pixels.reserveCapacity(pixels.count + bytes.count)
    for index in 0..<bytes.count / record {
      let start = index * record + format.labelBytes
      try append(Int(bytes[start - 1]), index: index, file: file, path: path)
      pixels.append(contentsOf: bytes[start..<(index + 1) * record])
    }
  }

  /// A pickled batch.
  mutating func append(
    _ batch: CIFARPickle, _ format: CIFARFormat, file: String
  ) throws(DataSetError) {
    let labels = try batch.labels(format.labelsKey)
    let images = try batch.images(count: labels.count, size: CIFARFormat.shape.count)
    for (index, label) in labels.enumerated() {
      try append(label, index: index, file: file, path: batch.path)
    }
    pixels.append(contentsOf: images)
  }

  private mutating func append(
    _ label: Int, index: Int, file: String, path: String
  ) throws(DataSetError) {
    guard (0..<classCount).contains(label) else {
      throw DataSetError(
        path, expected: "labels 0 to \(classCount - 1)", found: "\(label) in record \(index)")
    }
    labels.append(label)
    keys.append("\(file)/\(paddedNumber(index))")
  }
}
