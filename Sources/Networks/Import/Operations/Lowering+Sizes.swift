// What files ask of sizes: they are known before the network runs, the batch as Lowering.batch.

internal import ModelFiles

extension Lowering {
  static let sizeHandlers: [OperationKind: Handler] = [
    .shape: { lowering, operation in
      let sizes = lowering.fileSizes(try operation.view())
      func place(_ name: String, _ standard: Int) throws -> Int {
        let given = try operation.int(name, standard)
        return min(max(given < 0 ? given + sizes.count : given, 0), sizes.count)
      }
      let (start, end) = (try place("start", 0), try place("end", sizes.count))
      return [.folded(FoldedTensor(start < end ? Array(sizes[start..<end]) : []))]
    },
    .size: { lowering, operation in
      let sizes = lowering.fileSizes(try operation.view())
      let axis = try operation.axis(operation.int("axis", 0), of: sizes.count)
      return [
        .folded(FoldedTensor(shape: [], [Double(sizes[axis])], .integer))
      ]
    },
  ]
}
