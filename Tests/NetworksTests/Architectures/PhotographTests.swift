// How photographs are prepared for networks by name, as torchvision's default weights have it.

import DataSets
import Networks
import Testing
import Training

struct PhotographTests {
  private static let numbers = "mean=0.485/0.456/0.406,std=0.229/0.224/0.225"

  @Test(arguments: [
    ("vit_b_16", "imagenet"), ("densenet201", "imagenet"), ("resnet50", "imagenet"),
    ("regnet_x_8gf", "resize=232,crop=224,\(numbers)"),
    ("convnext_small", "resize=230,crop=224,\(numbers)"),
    ("efficientnet_b1", "resize=255,crop=240,\(numbers)"),
    ("efficientnet_b3", "resize=320,crop=300,filter=bicubic,\(numbers)"),
    ("efficientnet_v2_l", "resize=480,crop=480,filter=bicubic,mean=0.5,std=0.5"),
    ("regnet_y_128gf", "resize=384,crop=384,filter=bicubic,\(numbers)"),
    ("swin_s", "resize=246,crop=224,filter=bicubic,\(numbers)"),
    ("swin_v2_b", "resize=272,crop=256,filter=bicubic,\(numbers)"),
    ("vit_h_14", "resize=518,crop=518,filter=bicubic,\(numbers)"),
  ])
  func arePreparedAsTheWeightsExpect(name: String, steps: String) throws {
    let found = try Architecture.named(name).preprocessing(ofFiles: true)
    #expect(found == (try Preprocessing(parsing: steps)))
  }

  /// Images of one size are taken as they are, cropped, with the same numbers.
  @Test func imagesOfOneSizeAreCroppedOnly() throws {
    #expect(
      try Architecture.named("efficientnet_b3").preprocessing(ofFiles: false)
        == Preprocessing(parsing: "crop=300,\(Self.numbers)"))
    #expect(
      try Architecture.named("efficientnet_v2_l").preprocessing(ofFiles: false)
        == Preprocessing(parsing: "crop=480,mean=0.5,std=0.5"))
  }
}
