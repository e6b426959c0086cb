// An image saved as JPEG and read again, as Pillow does by default: baseline, quality by libjpeg's scale, colours at
// half the resolution (4:2:0), exact integer DCT, smooth upsampling. No files.

internal import CJPEG

/// The decoded image.
///
/// - Parameters:
///   - shape: Of 1 or 3 channels, no side above 65,500.
///   - quality: 1 to 100.
func jpegRoundTrip(_ pixels: Span<UInt8>, shape: ImageShape, quality: Int) -> [Float] {
  let channels = shape.channels
  let size = shape.height * shape.width
  var colours = [UInt8](repeating: 0, count: shape.count)
  for channel in 0..<channels {
    for i in 0..<size { colours[channels * i + channel] = pixels[channel * size + i] }
  }
  turboJPEG(&colours, shape: shape, quality: quality)
  return [Float](capacity: shape.count) { output in
    for channel in 0..<channels {
      for i in 0..<size { output.append(Float(colours[channels * i + channel])) }
    }
  }
}

/// Compresses and decompresses in place an image whose colours lie together. Traps where memory is short, the one
/// thing that can fail.
private func turboJPEG(_ colours: inout [UInt8], shape: ImageShape, quality: Int) {
  let format = Int32((shape.channels == 3 ? TJPF_RGB : TJPF_GRAY).rawValue)
  let sampling = Int32((shape.channels == 3 ? TJSAMP_420 : TJSAMP_GRAY).rawValue)
  let (width, height) = (Int32(shape.width), Int32(shape.height))
  guard let compressor = unsafe tjInitCompress(), let decompressor = unsafe tjInitDecompress()
  else { preconditionFailure("libjpeg-turbo has no memory to start.") }
  var file: UnsafeMutablePointer<UInt8>?
  var count: UInt = 0
  defer {
    unsafe tjFree(file)
    _ = unsafe tjDestroy(compressor)
    _ = unsafe tjDestroy(decompressor)
  }
  let compressed = unsafe tjCompress2(
    compressor, colours, width, 0, height, format, &file, &count, sampling, Int32(quality),
    TJFLAG_ACCURATEDCT)
  precondition(compressed == 0, "libjpeg-turbo compresses any image of such a shape.")
  let decompressed = unsafe tjDecompress2(
    decompressor, file, count, &colours, width, 0, height, format, TJFLAG_ACCURATEDCT)
  precondition(decompressed == 0, "libjpeg-turbo reads what it has written.")
}
