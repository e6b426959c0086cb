// The markers of a JPEG file, walked from one to the next: what its frame is and whether the file reaches its end.
// No decoding; what stands inside the segments is libjpeg-turbo's affair. ITU-T T.81, annex B.

/// What the frame header of a JPEG file says.
struct JPEGMarkers: Equatable {
  private(set) var precision = 0
  private(set) var height = 0
  private(set) var width = 0
  /// Colour components; 0 where the file has no frame.
  private(set) var components = 0
  /// Whether the end-of-image marker is there: Pillow refuses files without it.
  private(set) var isComplete = false

  static func isJPEG(_ file: RawSpan) -> Bool {
    file.byteCount >= 3 && file.byte(0) == 0xFF && file.byte(1) == 0xD8 && file.byte(2) == 0xFF
  }

  /// - Parameter file: Any bytes.
  init(_ file: RawSpan) {
    var next = 2
    let end = file.byteCount
    while true {
      // Whatever is no marker is passed over: entropy-coded data with its stuffed zeros, and fill bytes.
      while next < end, file.byte(next) != 0xFF { next += 1 }
      while next < end, file.byte(next) == 0xFF { next += 1 }
      guard next < end else { return }
      let marker = file.byte(next)
      next += 1
      switch marker {
      case 0xD9:
        isComplete = true
        return
      case 0x00, 0x01, 0xD0...0xD8: continue
      default: break
      }
      guard next + 2 <= end else { return }
      let length = Int(file.byte(next)) << 8 | Int(file.byte(next + 1))
      guard length >= 2, next + length <= end else { return }
      // Start of frame: all of C0 to CF but the tables DHT, JPG and DAC.
      if 0xC0...0xCF ~= marker, ![0xC4, 0xC8, 0xCC].contains(marker), length >= 8, components == 0 {
        precision = Int(file.byte(next + 2))
        height = Int(file.byte(next + 3)) << 8 | Int(file.byte(next + 4))
        width = Int(file.byte(next + 5)) << 8 | Int(file.byte(next + 6))
        components = Int(file.byte(next + 7))
      }
      next += length
    }
  }
}

extension RawSpan {
  func byte(_ offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
