// What a file is that is no image of ours, told by its first bytes for messages: other formats with what converts them,
// and what people are sent in place of images.

/// A file that cannot be read as an image, by its name and what is to be done.
struct ForeignImage {
  let name: String
  let hint: String?

  static let conversion = "convert it to PNG, as ImageMagick does: magick FILE FILE.png"

  /// - Parameter file: Any bytes.
  init(_ file: RawSpan) {
    if file.byteCount == 0 {
      self.init("an empty file", nil)
    } else if let (name, _) = Self.images.first(where: { file.starts(with: $0.start) }) {
      self.init(name, Self.conversion)
    } else if file.starts(with: "ftyp", at: 4) {
      self.init(container: file)
    } else if let (name, _, hint) = Self.others.first(where: { file.starts(with: $0.start) }) {
      self.init(name, hint)
    } else {
      self.init(text: file)
    }
  }

  private init(_ name: String, _ hint: String?) {
    self.name = name
    self.hint = hint
  }

  private static let images: [(name: String, start: [UInt8])] = [
    ("a GIF image", Array("GIF8".utf8)),
    ("a TIFF image", Array("II*\0".utf8)), ("a TIFF image", Array("MM\0*".utf8)),
    ("a TIFF image", Array("II+\0".utf8)), ("a TIFF image", Array("MM\0+".utf8)),
    ("a JPEG XL image", [0xFF, 0x0A]), ("a JPEG XL image", [0, 0, 0, 12] + Array("JXL ".utf8)),
    ("a JPEG 2000 image", [0, 0, 0, 12] + Array("jP  ".utf8)),
    ("a JPEG 2000 image", [0xFF, 0x4F, 0xFF, 0x51]),
    ("an icon", [0, 0, 1, 0]), ("a cursor", [0, 0, 2, 0]),
    ("an OS/2 bitmap array", Array("BA".utf8)),
    ("a Photoshop file", Array("8BPS".utf8)), ("a QOI image", Array("qoif".utf8)),
    ("a DDS image", Array("DDS ".utf8)), ("a Radiance image", Array("#?RADIANCE".utf8)),
    ("an OpenEXR image", [0x76, 0x2F, 0x31, 0x01]),
    ("a PAM image", Array("P7\n".utf8)), ("a PFM image", Array("Pf\n".utf8)),
    ("a PFM image", Array("PF\n".utf8)), ("a PDF document", Array("%PDF".utf8)),
    ("a PostScript document", Array("%!PS".utf8)),
  ]

  private static let others: [(name: String, start: [UInt8], hint: String?)] = [
    ("a RIFF file that is no WebP image", Array("RIFF".utf8), nil),
    ("a Matroska or WebM video", [0x1A, 0x45, 0xDF, 0xA3], "take its frames as images"),
    ("a NumPy array", [0x93] + Array("NUMPY".utf8), "npy:FOLDER takes images.npy and labels.npy"),
    ("a zip archive", Array("PK\u{3}\u{4}".utf8), "unzip unpacks it"),
    ("a gzip file", [0x1F, 0x8B], "gunzip unpacks it"),
    (
      "a Git LFS pointer, not the file it stands for", Array("version https://git-lfs".utf8),
      "git lfs pull fetches that"
    ),
  ]

  /// A file of MPEG-4's kind, which its brands tell.
  private init(container file: RawSpan) {
    let size = min(max(file.byteCount >= 4 ? file.big32(0) : 0, 16), file.byteCount, 256)
    let brands = stride(from: 8, to: size - 3, by: 4).map { at in
      String(decoding: (at..<at + 4).map { file.byte($0) }, as: UTF8.self)
    }
    if brands.contains(where: { ["avif", "avis"].contains($0) }) {
      self.init("an AVIF image", Self.conversion)
    } else if brands.contains(where: {
      ["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"].contains($0)
    }) {
      self.init("a HEIC image", Self.conversion)
    } else {
      self.init("an MPEG-4 or QuickTime video", "take its frames as images")
    }
  }

  private init(text file: RawSpan) {
    let start = (0..<min(file.byteCount, 1024)).map { file.byte($0) }
    let text = String(
      decoding: start.drop { [9, 10, 13, 32, 0xEF, 0xBB, 0xBF].contains($0) }, as: UTF8.self
    ).lowercased()
    if text.hasPrefix("<svg") || text.hasPrefix("<?xml") && text.contains("<svg") {
      self.init("an SVG drawing", Self.conversion)
    } else if ["<!doctype html", "<html", "<head"].contains(where: text.hasPrefix) {
      self.init("an HTML page", "the download got a web page instead of the file")
    } else if text.hasPrefix("<?xml") {
      self.init("an XML page", "the download got a server's answer instead of the file")
    } else {
      self.init("other first bytes", nil)
    }
  }
}

extension RawSpan {
  func starts(with bytes: some Collection<UInt8>, at offset: Int = 0) -> Bool {
    byteCount >= offset + bytes.count
      && zip(offset..., bytes).allSatisfy { byte($0) == $1 }
  }

  func starts(with text: String, at offset: Int = 0) -> Bool {
    starts(with: text.utf8, at: offset)
  }

  func little16(_ offset: Int) -> Int { Int(byte(offset)) | Int(byte(offset + 1)) << 8 }

  func little32(_ offset: Int) -> Int { little16(offset) | little16(offset + 2) << 16 }

  func big32(_ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 << 8 | Int(byte(offset + $1)) }
  }
}
