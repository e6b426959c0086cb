// What one module offers to others says what it promises: every package type and function has a `///` above it.

import Foundation
import TestSupport
import Testing

@Suite struct DocumentationTests {
  @Test(arguments: ["Networks", "Reports", "Training", "Warehouse", "WeightFiles"])
  func `Every package type and function is documented`(module: String) throws {
    var seen = 0
    for file in try sourceFiles() where file.hasPrefix("Sources/\(module)/") {
      guard file.hasSuffix(".swift") else { continue }
      let text = try String(contentsOfFile: packageDirectory() + "/" + file, encoding: .utf8)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
        $0.drop { $0 == " " }
      }
      let declaration =
        /package ((static|final|mutating|convenience|indirect) )*(struct|enum|class|func|protocol) .*/
      for (number, line) in lines.enumerated() where line.wholeMatch(of: declaration) != nil {
        seen += 1
        let above = lines[..<number].last { !$0.hasPrefix("@") } ?? ""
        #expect(above.hasPrefix("///"), "\(file):\(number + 1) \(line)")
      }
    }
    #expect(seen > 5)
  }
}
