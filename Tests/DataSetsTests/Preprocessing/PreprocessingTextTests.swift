// How preprocessing is written and what it is stored as.

import DataSets
import TestSupport
import Testing

@Test(arguments: [
  ("cifar-alexnet", "crop28-standardise"), ("crop28-standardise", "crop28-standardise"),
  ("crop=28,standardise", "crop28-standardise"), ("crop224-imagenet", "crop224-imagenet"),
  (
    "imagenet",
    "resize=256,crop=224,scale=255,mean=0.485/0.456/0.406,std=0.229/0.224/0.225"
  ),
  (
    "imagenet-299,filter=bicubic",
    "resize=342,filter=bicubic,crop=299,scale=255,mean=0.485/0.456/0.406,std=0.229/0.224/0.225"
  ),
  ("imagenet,resize=none", "crop224-imagenet"),
  ("caffe", "squash=256,crop=227,scale=1,mean=104/117/123,std=1,order=bgr"),
  ("caffe,resize=256", "resize=256,crop=227,scale=1,mean=104/117/123,std=1,order=bgr"),
  ("cifar", "scale=255,mean=0.485/0.456/0.406,std=0.229/0.224/0.225"),
  ("unit", "scale=255,mean=0,std=1"),
  ("scale=1/255,mean=0/0/0,filter=bicubic", "scale=255,mean=0,std=1"),
  ("standardise,mean=0.5,std=0.25", "scale=255,mean=0.5,std=0.25"),
])
func descriptionsAreCanonical(_ text: String, _ description: String) throws {
  let steps = try Preprocessing(parsing: text)
  #expect("\(steps)" == description)
  #expect(try Preprocessing(parsing: description) == steps)
}

@Test(arguments: [
  ("imagnet", "no preset or option 'imagnet'; did you mean 'imagenet'?"),
  ("imagenet,caffe", "no option 'caffe'; known: resize="),
  ("imagenet,scal=1", "no option 'scal'; did you mean 'scale'?"),
  ("resize=0", "resize: expected a number of pixels from 1 to 16384, or none, found '0'"),
  ("crop=224x224", "crop: expected a number of pixels from 1 to 16384, or none, found '224x224'"),
  ("mean=1/2", "mean: expected a number, or three with / between, found '1/2'"),
  ("std=0", "std: expected a number above 0, or three with / between, found '0'"),
  ("std=nan", "std: expected a number above 0"), ("scale=2", "scale: expected 255"),
  ("order=gbr", "order: expected rgb or bgr"),
  ("filter=box", "filter: expected bilinear or bicubic"),
  ("standardise,scale=1", "expected standardise or scale=1, found both"),
  ("", "no preset or option ''"),
])
func textsThatAreNoPreprocessing(_ text: String, _ message: String) {
  let error = #expect(throws: DataSetError.self) { _ = try Preprocessing(parsing: text) }
  #expect(error.map { "\($0)".contains(message) } ?? false, "\(String(describing: error))")
}

/// Published Caffe networks read blue first, 0 … 255, less a mean for each colour.
@Test func channelsAreReversedBeforeTheirMeans() throws {
  let steps = try Preprocessing(parsing: "scale=1,mean=104/117/123,order=bgr")
  let shape = ImageShape(channels: 3, height: 1, width: 2)
  let pixels: [Float] = [10, 20, 30, 40, 50, 60]
  let bytes: [UInt8] = [10, 20, 30, 40, 50, 60]
  let expected: [Float] = [-54, -44, -87, -77, -113, -103]
  var output = [Float](repeating: 0, count: 6)
  var span = output.mutableSpan
  steps.apply(bytes[...], shape: shape, into: &span)
  #expect(difference(output, expected) == nil)
  var floats = [Float](repeating: 0, count: 6)
  var floatSpan = floats.mutableSpan
  steps.apply(pixels.span, shape: shape, into: &floatSpan)
  #expect(floats == expected)
  let slope: [Float] = [1, 2, 3, 4, 5, 6]
  var gradient = [Float](repeating: 0, count: 6)
  var gradientSpan = gradient.mutableSpan
  steps.pullback(pixels.span, shape: shape, gradient: slope.span, into: &gradientSpan)
  #expect(gradient == [5, 6, 3, 4, 1, 2])
}
