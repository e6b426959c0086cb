// The text of --layers, and what it picks.

import Capture
import Testing

@Test func layersAreChosenByTextInTheNetworksOrder() throws {
  let known = ["fc1", "fc2", "fc3"]
  #expect(try LayerChoice(parsing: "all").names(from: known) == known)
  #expect(try LayerChoice(parsing: "last:2").names(from: known) == ["fc2", "fc3"])
  #expect(try LayerChoice(parsing: "fc3,fc1").names(from: known) == ["fc1", "fc3"])
}

@Test(arguments: ["last:", "last:0", "last:x", "fc1,,fc2", "", "last:4", "conv1"])
func badChoicesAreRefused(text: String) {
  #expect(throws: CaptureError.self) {
    try LayerChoice(parsing: text).names(from: ["fc1", "fc2", "fc3"])
  }
}
