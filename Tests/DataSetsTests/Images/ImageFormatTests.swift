// Every image format that is read against what Pillow makes of the same files (tools/goldens/image_formats.py), files that
// Pillow refuses, damaged ones, and what files of other formats are said to be.

import DataSets
import Foundation
import Testing

/// A line of the fixtures' expected.txt.
private struct ExpectedFile {
  let name: String
  let bytes: [UInt8]
  /// nil where the file is refused.
  let result: String?

  static func all() throws -> [ExpectedFile] {
    let folder = try #require(Bundle.module.resourcePath) + "/Fixtures/formats/"
    let lines = try String(contentsOfFile: folder + "expected.txt", encoding: .utf8).split(
      separator: "\n")
    return try lines.map { line in
      var words = line.split(separator: " ").map(String.init)
      let name = words.removeFirst()
      if words[0] == "own" { words.removeFirst() }
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: folder + name)))
      return ExpectedFile(
        name: name, bytes: bytes, result: words == ["refused"] ? nil : words.joined(separator: " "))
    }
  }
}

/// 64 bits of FNV-1a in hexadecimal digits.
private func digest(_ bytes: [UInt8]) -> String {
  let value = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

private func refusal(_ file: [UInt8]) -> UnreadableImage? {
  do throws(UnreadableImage) { _ = try ImageDecoder.decode(file.span.bytes) } catch { return error }
  return nil
}

@Suite struct ImageFormatTests {
  @Test func `Every format and content is what Pillow makes of it`() throws {
    let files = try ExpectedFile.all()
    #expect(files.count > 200 && files.count { $0.result == nil } > 30)
    for file in files {
      guard let expected = file.result else {
        #expect(refusal(file.bytes) != nil, "\(file.name)")
        continue
      }
      let image = try? ImageDecoder.decode(file.bytes.span.bytes)
      let found = image.map { "\($0.height) \($0.width) \(digest($0.pixels))" }
      #expect(found == expected, "\(file.name) \(refusal(file.bytes).map { "\($0)" } ?? "")")
    }
  }

  /// Every file cut short or with bytes changed is an image or one line.
  @Test func `Damaged files never trap`() throws {
    var generator = SeededGenerator(seed: 12)
    for file in try ExpectedFile.all() {
      for round in 0..<40 {
        var damaged = file.bytes
        if round % 4 == 0 { damaged.removeLast(1 + generator.below(damaged.count)) }
        // The header says what the rest is.
        let reach = round % 2 == 0 ? damaged.count : min(damaged.count, 60)
        for _ in 0..<[0, 1, 3, 8][round % 4] {
          damaged[generator.below(reach)] =
            round % 3 == 0
            ? [0, 1, 0x7F, 0x80, 0xFF][generator.below(5)] : UInt8(generator.below(256))
        }
        do throws(UnreadableImage) {
          let image = try ImageDecoder.decode(damaged.span.bytes)
          #expect(image.pixels.count == 3 * image.height * image.width)
        } catch {
          #expect(!error.found.isEmpty && !error.found.contains("\n"))
        }
      }
    }
  }

  /// A size that no memory holds is refused by the header.
  @Test func `Images of absurd sizes are refused before memory is taken`() {
    let size: [UInt8] = [0xFF, 0xFF, 0xFF, 0x7F]
    let bitmap =
      Array("BM".utf8) + [UInt8](repeating: 0, count: 12) + [40, 0, 0, 0] + size + [
        0xFF, 0xFF, 0xFF, 0x7E,
      ] + [1, 0, 8, 0] + [UInt8](repeating: 0, count: 300)
    for file in [
      bitmap, Array("P5 2000000000 2000000000 255\n".utf8), Array("P1 20000 20000\n1".utf8),
    ] {
      #expect(refusal(file)?.expected == "an image of at most 178956970 pixels")
    }
    #expect(
      refusal(Array("P3 9000 9000 255\n1 2 3".utf8))?.found.contains("the file is cut short")
        == true)
  }

  @Test(arguments: [
    ("GIF89a", "a GIF image"), ("II*\0", "a TIFF image"), ("MM\0*", "a TIFF image"),
    ("\0\0\0\u{1C}ftypavif\0\0\0\0", "an AVIF image"),
    ("\0\0\0\u{1C}ftypmif1\0\0\0\0mif1avif", "an AVIF image"),
    ("\0\0\0\u{18}ftypheic\0\0\0\0", "a HEIC image"),
    ("\0\0\0\u{18}ftypmif1\0\0\0\0mif1heic", "a HEIC image"),
    ("\0\0\0\u{0C}jP  ", "a JPEG 2000 image"), ("\0\0\0\u{0C}JXL ", "a JPEG XL image"),
    ("P7\nWIDTH 1", "a PAM image"), ("Pf\n1 1", "a PFM image"), ("8BPS", "a Photoshop file"),
    ("<svg xmlns", "an SVG drawing"), ("<?xml version=\"1.0\"?>\n<svg>", "an SVG drawing"),
  ])
  func `Images of other formats are named with what converts them`(_ start: String, _ name: String)
  {
    let error = refusal(Array(start.utf8))
    #expect(error?.expected == "a JPEG, PNG, WebP, BMP or PNM image" && error?.found == name)
    #expect(error?.hint == "convert it to PNG, as ImageMagick does: magick FILE FILE.png")
  }

  @Test(
    arguments: [
      ("", "an empty file", nil), ("no image", "other first bytes", nil),
      ("\n <!DOCTYPE html><p>", "an HTML page", "the download got a web page instead of the file"),
      (
        "version https://git-lfs.github.com/spec/v1\noid",
        "a Git LFS pointer, not the file it stands for", "git lfs pull fetches that"
      ),
      ("\0\0\0\u{18}ftypisom\0\0\0\0", "an MPEG-4 or QuickTime video", "take its frames as images"),
      ("\0\0\0\0ftyp", "an MPEG-4 or QuickTime video", "take its frames as images"),
      ("RIFF\0\0\0\0WAVE", "a RIFF file that is no WebP image", nil),
      ("PK\u{3}\u{4}", "a zip archive", "unzip unpacks it"),
    ] as [(String, String, String?)])
  func `What is no image is named`(_ start: String, _ name: String, _ hint: String?) {
    let error = refusal(Array(start.utf8))
    #expect(error?.found == name && error?.hint == hint)
  }
}
