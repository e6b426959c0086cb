// SQL functions over the vectors of an activation: plain ones (little-endian Float32, as z is stored) and sparse ones
// (as x is stored). Sums are of Float64.
//
// engram_vector(json), engram_vector(x, n) → blob
//   X0  The plain vector of a JSON array of numbers, or of a sparse vector of n elements.
// engram_sparse(vector) → blob
//   X1  The sparse vector of a plain one; a negative zero becomes 0.
// engram_element(vector, i) → real
//   X2  Element i, from 0; NULL where it is not finite. An i outside of the vector is an error.
// engram_sparse_element(x, n, i) → real
//   X3  The same of a sparse vector of n elements; 0.0 where the mask has no bit.
//   X4  A blob that is not whole Float32s, or not a sparse vector of n elements, is an error.
// engram_norm(vector) → real
//   X5  √Σ v².
// engram_dot(a, b), engram_distance(a, b), engram_cosine(a, b) → real
//   X6  Σ a b; √Σ (a − b)²; Σ a b / (|a| |b|), NULL where either is all zeros.
//   X7  Vectors of different length are an error; where a result is not finite it is NULL.
// engram_top(vector, k) → text
//   X8  The k largest elements as a JSON array of [position, value], largest first, of equal ones the first position
//       first; those that are not finite are left out. A negative k is an error.

import Bits

extension SQLFunction {
  private static let examplePair = "engram_vector('[3, 4]'), engram_vector('[3, 0]')"

  static let vectorFunctions: [SQLFunction] =
    [
      .scalar(
        "engram_vector", "json_or_x [, n]",
        "a plain vector from a JSON array of numbers, or from a sparse vector of n elements",
        SQLExample("select hex(engram_vector('[1, -2.5]'))", "0000803F000020C0")
      ) { arguments throws(SQLFunctionError) in
        let vector =
          arguments.count > 1
          ? try arguments.sparseVector(0, count: 1) : try arguments.jsonVector(0)
        return .vector(vector)
      },
      .scalar(
        "engram_sparse", "vector", "the sparse vector of a plain one",
        SQLExample("select hex(engram_sparse(engram_vector('[0, 1]')))", "020000803F")
      ) { arguments throws(SQLFunctionError) in
        let vector = try arguments.vector(0)
        return .blob(SparseVector.encode(vector.span))
      },
      .scalar(
        "engram_element", "vector, i", "element i of a plain vector, from 0",
        SQLExample("select engram_element(engram_vector('[1, -2.5]'), 1)", "-2.5")
      ) { arguments throws(SQLFunctionError) in
        let vector = try arguments.blob(0)
        guard vector.byteCount % 4 == 0 else { throw .noVector(0, vector.byteCount) }
        let index = try arguments.index(
          1, below: vector.byteCount / 4, "an element of the vector")
        let bits = unsafe vector.unsafeLoadUnaligned(
          fromByteOffset: 4 * index, as: UInt32.self)
        return SQLResult(Double(Float(bitPattern: UInt32(littleEndian: bits))))
      },
      .scalar(
        "engram_sparse_element", "x, n, i", "element i of a sparse vector of n elements",
        SQLExample("select engram_sparse_element(x'020000803F', 2, 1)", "1.0")
      ) { arguments throws(SQLFunctionError) in
        let vector = try arguments.sparseVector(0, count: 1)
        let index = try arguments.index(2, below: vector.count, "an element of the vector")
        return SQLResult(Double(vector[index]))
      },
      .scalar(
        "engram_norm", "vector", "length of a vector, √Σ v²",
        SQLExample("select engram_norm(engram_vector('[3, 4]'))", "5.0")
      ) { arguments throws(SQLFunctionError) in
        let vector = try arguments.vector(0)
        return SQLResult(sum(vector, vector).squareRoot())
      },
      .scalar(
        "engram_dot", "a, b", "dot product, Σ a b",
        SQLExample("select engram_dot(\(examplePair))", "9.0")
      ) { arguments throws(SQLFunctionError) in
        let (a, b) = try arguments.vectorPair()
        return SQLResult(sum(a, b))
      },
      .scalar(
        "engram_cosine", "a, b",
        "cosine of the angle between two vectors; NULL where one is all zeros",
        SQLExample("select engram_cosine(\(examplePair))", "0.6")
      ) { arguments throws(SQLFunctionError) in
        let (a, b) = try arguments.vectorPair()
        let lengths = sum(a, a).squareRoot() * sum(b, b).squareRoot()
        return SQLResult(lengths == 0 ? nil : max(-1, min(1, sum(a, b) / lengths)))
      },
      .scalar(
        "engram_distance", "a, b", "Euclidean distance, √Σ (a − b)²",
        SQLExample("select engram_distance(\(examplePair))", "4.0")
      ) { arguments throws(SQLFunctionError) in
        let (a, b) = try arguments.vectorPair()
        var sum = 0.0
        for index in a.indices {
          let difference = Double(a[index]) - Double(b[index])
          sum += difference * difference
        }
        return SQLResult(sum.squareRoot())
      },
      .scalar(
        "engram_top", "vector, k", "the k largest elements as JSON, [[position, value], …]",
        SQLExample("select engram_top(engram_vector('[1, 3, 2]'), 2)", "[[1,3.0],[2,2.0]]")
      ) { arguments throws(SQLFunctionError) in
        let vector = try arguments.vector(0)
        let count = try arguments.index(1, below: .max, "a number of elements")
        let best = vector.indices.filter { vector[$0].isFinite }
          .sorted { (vector[$1], $0) < (vector[$0], $1) }.prefix(count)
        let items = best.map { "[\($0),\(Double(vector[$0]))]" }
        return .text("[" + items.joined(separator: ",") + "]")
      },
    ]

  private static func sum(_ a: [Float], _ b: [Float]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += Double(a[index]) * Double(b[index]) }
    return sum
  }
}

extension SQLResult {
  /// A plain vector. Not inlined: what Swift 6.3 makes of the span between throwing calls does not compile.
  @inline(never)
  static func vector(_ elements: [Float]) -> SQLResult {
    .blob(FloatVector.encode(elements.span))
  }
}

extension SQLFunctionError {
  fileprivate static func noVector(_ index: Int, _ bytes: Int) -> SQLFunctionError {
    SQLFunctionError(argument: index, "is not a vector of Float32: it has \(bytes) bytes")
  }
}

extension SQLArguments {
  /// Argument `index` as a plain vector.
  func vector(_ index: Int) throws(SQLFunctionError) -> [Float] {
    let bytes = try blob(index)
    guard bytes.byteCount % 4 == 0,
      let vector = try? FloatVector.decode(bytes, count: bytes.byteCount / 4)
    else { throw .noVector(index, bytes.byteCount) }
    return vector
  }

  /// Arguments 0 and 1, of one length.
  fileprivate func vectorPair() throws(SQLFunctionError) -> ([Float], [Float]) {
    let (a, b) = (try vector(0), try vector(1))
    guard a.count == b.count else {
      throw SQLFunctionError(argument: 1, "has \(b.count) elements, argument 1 \(a.count)")
    }
    return (a, b)
  }

  /// Argument `index` as a sparse vector of as many elements as argument `count` says.
  func sparseVector(_ index: Int, count: Int) throws(SQLFunctionError) -> [Float] {
    let bytes = try blob(index)
    let elements = try integer(count)
    // The mask alone has a bit for every element.
    guard elements > 0, elements <= bytes.byteCount * 8 else {
      throw SQLFunctionError(
        argument: index,
        "is not a sparse vector of \(elements) elements: it has "
          + "\(bytes.byteCount) bytes")
    }
    do {
      return try SparseVector.decode(bytes, count: elements)
    } catch {
      throw SQLFunctionError(
        argument: index, "is not a sparse vector of \(elements) elements: \(error)")
    }
  }

  /// Argument `index` as a JSON array of numbers.
  fileprivate func jsonVector(_ index: Int) throws(SQLFunctionError) -> [Float] {
    let text = try text(index)
    func isBlank(_ character: Character) -> Bool { " \t\n\r".contains(character) }
    let array = text.drop(while: isBlank)
    var items: [Float]?
    if array.first == "[", let end = array.lastIndex(of: "]"),
      array[array.index(after: end)...].allSatisfy(isBlank)
    {
      let inside = array[array.index(after: array.startIndex)..<end]
      let parts =
        inside.allSatisfy(isBlank)
        ? [] : inside.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.map { Float(String($0.filter { !isBlank($0) })) }
      items = numbers.contains { $0?.isFinite != true } ? nil : numbers.compactMap(\.self)
    }
    guard let items else {
      throw SQLFunctionError(argument: index, "is not a JSON array of numbers")
    }
    return items
  }
}
