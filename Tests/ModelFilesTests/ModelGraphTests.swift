import ModelFiles
import Testing

@Test func constantsCountTheirElements() {
  let constant = ModelConstant(name: "weight", type: .float32, shape: [2, 3]) { [] }
  #expect(constant.count == 6)
}
