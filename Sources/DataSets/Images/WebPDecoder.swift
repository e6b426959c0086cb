// WebP files to RGB bytes by libwebp's decoder of animations, as Pillow decodes still images too: the first frame on its
// canvas, alpha dropped. No colour profiles, no rotation by EXIF.

internal import CWebP

extension ImageDecoder {
  static func isWebP(_ file: RawSpan) -> Bool {
    file.starts(with: "RIFF") && file.starts(with: "WEBP", at: 8)
      && ["VP8 ", "VP8L", "VP8X"].contains { file.starts(with: $0, at: 12) }
  }

  static func sizeOfWebP(_ file: RawSpan) throws(UnreadableImage) -> (height: Int, width: Int) {
    var features = WebPBitstreamFeatures()
    let status = unsafe file.withUnsafeBytes { bytes in
      unsafe WebPGetFeatures(
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &features)
    }
    guard status == VP8_STATUS_OK else { throw damagedWebP(file) }
    let (height, width) = (Int(features.height), Int(features.width))
    try check(height: height, width: width)
    return (height, width)
  }

  static func decodeWebP(_ file: RawSpan) throws(UnreadableImage) -> DecodedImage {
    // Before the decoder makes room for it.
    let (height, width) = try sizeOfWebP(file)
    let pixels: [UInt8]? = unsafe file.withUnsafeBytes { bytes in
      var data = unsafe WebPData(
        bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: bytes.count)
      guard let decoder = unsafe WebPAnimDecoderNew(&data, nil) else { return nil }
      defer { unsafe WebPAnimDecoderDelete(decoder) }
      var info = WebPAnimInfo()
      guard unsafe WebPAnimDecoderGetInfo(decoder, &info) != 0,
        info.canvas_width == width, info.canvas_height == height
      else { return nil }
      var canvas: UnsafeMutablePointer<UInt8>?
      var time: Int32 = 0
      guard unsafe WebPAnimDecoderGetNext(decoder, &canvas, &time) != 0, let canvas = unsafe canvas
      else { return nil }
      return [UInt8](capacity: 3 * height * width) { output in
        for pixel in 0..<height * width {
          for channel in 0..<3 { output.append(unsafe canvas[4 * pixel + channel]) }
        }
      }
    }
    guard let pixels else { throw damagedWebP(file) }
    return DecodedImage(height: height, width: width, pixels: pixels)
  }

  private static func damagedWebP(_ file: RawSpan) -> UnreadableImage {
    let isShort = file.byteCount < 8 || file.little32(4) + 8 > file.byteCount
    return UnreadableImage(
      expected: "a WebP image", found: isShort ? "a file that is cut short" : "damaged data")
  }
}
