// Files that people have in the place of weights: said as what they are, in one line.

import Testing
import WeightFiles

struct ForeignFileTests {
  @Test(arguments: [
    (
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n",
      "a Git LFS pointer, not the file it stands for (git lfs pull fetches that)"
    ),
    (
      "<!DOCTYPE html>\n<html lang=\"en\"><head>",
      "an HTML page (the download got a web page instead of the file)"
    ),
    ("\r\n <HTML><body>404", "an HTML page (the download got a web page instead of the file)"),
    (
      "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>",
      "an XML page (the download got a server's answer instead of the file)"
    ),
    (
      "\u{80}\u{4}\u{95}\u{A0}\0\0\0\0\0\0\0}\u{94}\u{8C}\u{B}conv.weight\u{94}\u{8C}\u{16}"
        + "numpy._core.multiarray\u{94}\u{8C}\u{C}_reconstruct\u{94}",
      "a pickle of NumPy arrays; save them as tensors: "
        + "torch.save({name: torch.from_numpy(array), …}, FILE)"
    ),
    (
      "\u{80}\u{2}}q\0X\u{1}\0\0\0wcos\nsystem\n",
      "a bare pickle, which is not run; save model.state_dict() with torch.save"
    ),
    (
      "\u{93}NUMPY\u{1}\0v\0{'descr'",
      "NumPy arrays; save them as tensors: torch.save({name: torch.from_numpy(array), …}, FILE)"
    ),
    ("\u{89}HDF\r\n\u{1A}\n", "an HDF5 file, as Keras writes (save the tensors as .safetensors)"),
    ("\u{1F}\u{8B}\u{8}\0", "a gzip file (gunzip unpacks it)"),
    (String(repeating: "a", count: 257) + "ustar\0", "a tar archive (tar -xf unpacks it)"),
  ])
  func firstBytesTell(text: String, found: String) {
    expectRefusal(raw(text) + [UInt8](repeating: 0, count: 20), found)
  }

  @Test(arguments: [
    (["a.npy", "b.npy"], "NumPy arrays; save them as tensors: "),
    (["m/data.pkl", "m/constants.pkl", "m/code/x.py"], "a TorchScript module (save model."),
    (["README", "weights/net.pth"], "a zip archive around weights/net.pth (unzip unpacks it)"),
  ])
  func archivesTell(names: [String], found: String) {
    expectRefusal(ArchiveMaker(names.map { .init(name: $0, content: [1]) }).bytes, found)
  }

  /// A state dict of arrays, in PyTorch's own format.
  @Test func arraysWithinAStateDictAreNamed() {
    let pickle = "\u{80}\u{2}}U\u{1}wcnumpy.core.multiarray\n_reconstruct\n)Rs."
    let error = #expect(throws: WeightFileError.self) {
      try WeightFile(decoding: ArchiveMaker(pickle: raw(pickle)).bytes, path: "w")
    }
    #expect(
      error?.description.hasPrefix("w: expected PyTorch tensors, found NumPy arrays; ") == true)
  }

  /// A header's length may look like another format's first bytes.
  @Test func safetensorsOfAnyLengthAreRead() throws {
    for length in [0x8B1F, 0x0280] {
      let header = "{}" + String(repeating: " ", count: length - 2)
      #expect(
        try WeightFile(decoding: little(UInt64(length), 8) + raw(header), path: "w").tensors == [:])
    }
  }

  private func expectRefusal(
    _ bytes: [UInt8], _ found: String, _ location: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: WeightFileError.self, sourceLocation: location) {
      try WeightFile(decoding: bytes, path: "w.pth")
    }
    let text = error?.description ?? ""
    let start =
      "w.pth: expected a .safetensors file or PyTorch weights (zip or legacy format), found "
    #expect(text.hasPrefix(start + found), "\(text)", sourceLocation: location)
    #expect(!text.contains("\n"), sourceLocation: location)
  }
}
