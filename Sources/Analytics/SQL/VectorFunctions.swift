// SQL functions over the vectors of an activation: plain ones (little-endian Float32, as z is stored and as `vector` gives
// both) and sparse ones (as x is stored). Sums are of Float64.
//
//   V0  Functions that are told how many elements there are (n) take either form and know which it is: a sparse vector's
//       bytes are as many as its mask says, which those of a plain vector are for one in 2³² at most. The others take plain
//       vectors, and refuse bitsets, counts and matrices, which say what they are. What engram_mean gives in Float64 says
//       so too: engram_element, _elements, _norm, _normalized, _dot, _distance, _cosine, the functions over logits, and but
//       for engram_rank the aggregates take it.
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
// engram_normalized(vector) → blob
//   X9  v / √Σ v² as a vector of Float64; zeros stay zeros. NULL where an element is not finite.
// engram_dot(a, b), engram_distance(a, b), engram_cosine(a, b) → real
//   X6  Σ a b; √Σ (a − b)²; Σ a b / (|a| |b|), NULL where either is all zeros or not finite.
//   X7  Vectors of different length are an error; where a result is not finite it is NULL.
// engram_top(vector, k) → text
//   X8  The k largest elements as a JSON array of [position, value], largest first, of equal ones the first position
//       first. An infinity is 9e999, which JSON readers take for one; NaN, which has no order, is left out. A negative k is
//       an error.

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
        if NamedBlob(try arguments.blob(0)) == .wide {
          let vector = try arguments.wideVector(0)
          return SQLResult(
            vector[try arguments.index(1, below: vector.count, "an element of the vector")])
        }
        let vector = try arguments.plainVector(0)
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
        let vector = try arguments.wideVector(0)
        return SQLResult(sum(vector, vector).squareRoot())
      },
      .scalar(
        "engram_normalized", "vector", "v / √Σ v², as a vector of Float64",
        SQLExample(
          "select engram_element(engram_normalized(engram_vector('[3, 4]')), 0)", "0.6")
      ) { arguments throws(SQLFunctionError) in
        let vector = try arguments.wideVector(0)
        guard vector.allSatisfy(\.isFinite) else { return .null }
        guard !vector.isEmpty else { throw SQLFunctionError(argument: 0, "has no elements") }
        return .blob(WideVector.encode(unit(vector)))
      },
      .scalar(
        "engram_dot", "a, b", "dot product, Σ a b",
        SQLExample("select engram_dot(\(examplePair))", "9.0")
      ) { arguments throws(SQLFunctionError) in
        let (a, b) = try arguments.wideVectorPair()
        return SQLResult(sum(a, b))
      },
      .scalar(
        "engram_cosine", "a, b",
        "cosine of the angle between two vectors; NULL where one is all zeros or not finite",
        SQLExample("select engram_cosine(\(examplePair))", "0.6")
      ) { arguments throws(SQLFunctionError) in
        let (a, b) = try arguments.wideVectorPair()
        return SQLResult(cosine(a, b))
      },
      .scalar(
        "engram_distance", "a, b", "Euclidean distance, √Σ (a − b)²",
        SQLExample("select engram_distance(\(examplePair))", "4.0")
      ) { arguments throws(SQLFunctionError) in
        let (a, b) = try arguments.wideVectorPair()
        var sum = 0.0
        for index in a.indices {
          let difference = a[index] - b[index]
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
        let items = largest(count, of: vector).map { index in
          let value = Double(vector[index])
          let number = value.isFinite ? "\(value)" : value < 0 ? "-9e999" : "9e999"
          return "[\(index),\(number)]"
        }
        return .text("[" + items.joined(separator: ",") + "]")
      },
    ]

  /// Where the largest elements are, the first of equal ones first; those that are no numbers are left out.
  private static func largest(_ count: Int, of vector: [Float]) -> [Int] {
    func precedes(_ a: Int, _ b: Int) -> Bool { (vector[b], a) < (vector[a], b) }
    let numbers = vector.indices.lazy.filter { !vector[$0].isNaN }
    // A few are inserted among a few.
    guard count <= 16 else { return Array(numbers.sorted(by: precedes).prefix(count)) }
    var best: [Int] = []
    for index in numbers {
      if best.count == count {
        guard let last = best.last, precedes(index, last) else { continue }
        best.removeLast()
      }
      best.insert(index, at: best.firstIndex { precedes(index, $0) } ?? best.endIndex)
    }
    return best
  }

  private static func sum(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  /// Of two vectors of one length; nil where one is all zeros or not finite.
  static func cosine(_ a: [Double], _ b: [Double]) -> Double? {
    let lengths = sum(a, a).squareRoot() * sum(b, b).squareRoot()
    let cosine = sum(a, b) / lengths
    // Rounding may lead a little out of the range.
    return cosine.isFinite ? max(-1, min(1, cosine)) : nil
  }
}

extension SQLResult {
  /// A plain vector. Not inlined: what Swift 6.3 makes of the span between throwing calls does not compile.
  @inline(never)
  static func vector(_ elements: [Float]) -> SQLResult {
    .blob(FloatVector.encode(elements.span))
  }
}

extension SQLArguments {
  /// The bytes of argument `index`, which are whole Float32s and none of the blobs that say what they are.
  @_lifetime(borrow self)
  fileprivate func plainVector(_ index: Int) throws(SQLFunctionError) -> RawSpan {
    let bytes = try blob(index)
    try refuseNamed(bytes, index)
    guard bytes.byteCount % 4 == 0 else {
      throw SQLFunctionError(
        argument: index, "is not a vector of Float32: it has \(bytes.byteCount) bytes")
    }
    return bytes
  }

  private func refuseNamed(_ bytes: RawSpan, _ index: Int) throws(SQLFunctionError) {
    if let kind = NamedBlob(bytes) {
      throw SQLFunctionError(argument: index, "is \(kind.rawValue), not a vector of Float32")
    }
  }

  /// Argument `index` as a plain vector.
  func vector(_ index: Int) throws(SQLFunctionError) -> [Float] {
    let bytes = try plainVector(index)
    do {
      return try FloatVector.decode(bytes, count: bytes.byteCount / 4)
    } catch {
      throw SQLFunctionError(argument: index, "is no \(error)")
    }
  }

  /// Argument `index`, sparse or plain, as a vector of as many elements as argument `count` says.
  func sparseVector(_ index: Int, count: Int) throws(SQLFunctionError) -> [Float] {
    try vector(index, elements: try integer(count))
  }

  /// Argument `index`, sparse or plain, as a vector of `elements` elements.
  func vector(_ index: Int, elements: Int) throws(SQLFunctionError) -> [Float] {
    let bytes = try blob(index)
    try refuseNamed(bytes, index)
    // The mask alone has a bit for every element.
    guard elements > 0, elements <= bytes.byteCount * 8 else {
      throw SQLFunctionError(
        argument: index,
        "is not a sparse vector of \(elements) elements: it has "
          + "\(bytes.byteCount) bytes")
    }
    do {
      return try SparseVector.decode(bytes, count: elements)
    } catch let complaint {
      if bytes.byteCount % 4 == 0, bytes.byteCount / 4 == elements { return try vector(index) }
      throw SQLFunctionError(
        argument: index, "is not a sparse vector of \(elements) elements: \(complaint)")
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
