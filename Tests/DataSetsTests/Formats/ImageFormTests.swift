// The forms in which folders of images are published, each made small here: labels and order are those of torchvision's
// ImageFolder over the same images in class folders, but that whole numbers stand in the order of their values.

import DataSets
import Foundation
import Glibc
import TestSupport
import Testing

/// Images at these paths of a folder, each of one colour in its digits' turn, all 2 × 2.
private func folder(_ paths: [String], lists: [String: String] = [:]) throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  for (i, path) in paths.enumerated() {
    try folder.place(Array("P6 2 2 255\n".utf8) + [UInt8](repeating: UInt8(i), count: 12), at: path)
  }
  for (path, text) in lists { try folder.place(Array(text.utf8), at: path) }
  return folder
}

extension TemporaryFolder {
  fileprivate func place(_ bytes: [UInt8], at name: String) throws {
    let parts = name.split(separator: "/").dropLast()
    try FileManager.default.createDirectory(
      atPath: path + "/" + parts.joined(separator: "/"), withIntermediateDirectories: true)
    try write(bytes, to: name)
  }
}

private func refusal(_ text: String, for steps: Preprocessing? = nil) -> String {
  do { _ = try DataSource.load(text, for: steps) } catch { return "\(error)" }
  return "nothing was thrown"
}

/// "key class" of every sample.
private func samples(_ set: ImageDataSet) -> [String] {
  zip(set.keys, set.labels).map { "\($0) \($1.map { set.classes[$0].key } ?? "none")" }
}

@Suite struct ImageFormTests {
  @Test func `Tiny ImageNet has its splits and names`() throws {
    let root = try folder(
      [
        "train/n01443537/images/n01443537_1.JPEG", "train/n01443537/images/n01443537_0.JPEG",
        "train/n00000009/images/n00000009_0.JPEG", "val/images/val_1.JPEG", "val/images/val_0.JPEG",
        "val/images/val_2.JPEG", "test/images/test_0.JPEG",
      ],
      lists: [
        "wnids.txt": "n01443537\nn00000009\n",
        "words.txt":
          "n01443537\tgoldfish, Carassius auratus\nn00000009\tthing, object\nn1\tother\n",
        "train/n01443537/n01443537_boxes.txt": "n01443537_0.JPEG\t0\t0\t9\t9\n",
        "val/val_annotations.txt":
          "val_0.JPEG\tn01443537\t0\t32\t44\t62\nval_1.JPEG\tn00000009\t1\t2\t3\t4\n"
          + "val_2.JPEG\tn01443537\t0\t0\t63\t63\n",
      ])
    let train = try DataSource.load(root.path + ":train")
    #expect(
      samples(train) == [
        "train/n00000009/images/n00000009_0.JPEG n00000009",
        "train/n01443537/images/n01443537_0.JPEG n01443537",
        "train/n01443537/images/n01443537_1.JPEG n01443537",
      ])
    #expect(
      train.name == "tiny-imagenet:train" && train.classes.map(\.name) == ["thing", "goldfish"])
    let val = try DataSource.load(root.path + ":val")
    #expect(
      samples(val) == [
        "val/images/val_0.JPEG n01443537", "val/images/val_1.JPEG n00000009",
        "val/images/val_2.JPEG n01443537",
      ])
    #expect(val.classes == train.classes && val.name == "tiny-imagenet:val")
    #expect(try val.image(1) == [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3])
    #expect(try samples(DataSource.load(root.path + "/val")).count == 3)
    #expect(
      try samples(DataSource.load(root.path + "/train"))
        == samples(train).map { String($0.dropFirst(6)) })
    let path = root.path
    #expect(
      refusal(path) == "\(path): expected a split, found none; write \(path):train or \(path):val")
    #expect(refusal(path + ":test").contains("expected one of its splits train, val, found 'test'"))
    try root.place(Array("val_0.JPEG\tn7\t0\t0\t1\t1\n".utf8), at: "val/val_annotations.txt")
    #expect(refusal(path + ":val").contains("expected classes of wnids.txt, found 'n7'"))
  }

  private static let validation = (1...3).map { "ILSVRC2012_val_0000000\($0).JPEG" }

  @Test(arguments: [
    (
      "LOC_val_solution.csv",
      "ImageId,PredictionString\nILSVRC2012_val_00000002,n01443537 85 1 499 272 n01443537 1 2 3 4 \n"
        + "ILSVRC2012_val_00000001,n02119789 1 2 3 4 \nILSVRC2012_val_00000003,n01443537 1 2 3 4 \n",
      [2, 1, 3]
    ),
    (
      "val.txt",
      "ILSVRC2012_val_00000001.JPEG 278\nILSVRC2012_val_00000002.JPEG 1\nILSVRC2012_val_00000003.JPEG 1\n",
      [1, 2, 3]
    ),
    ("ILSVRC2012_validation_ground_truth.txt", "1\n900\n900\n4\n", [1, 2, 3]),
    ("imagenet_2012_validation_synset_labels.txt", "n02119789\nn01443537\nn01443537\n", [1, 2, 3]),
    (
      "labels.csv",
      "ILSVRC2012_val_00000001,n02119789\nILSVRC2012_val_00000002,n01443537\n"
        + "ILSVRC2012_val_00000003,n01443537\n", [1, 2, 3]
    ),
  ])
  func `ImageNet's flat validation folder is read by every list`(
    _ name: String, _ text: String, _ order: [Int]
  ) throws {
    let map = "n02119789 1 kit_fox\nn02100735 2 English_setter\nn01443537 900 goldfish\n"
    let root = try folder(Self.validation, lists: [name: text, "map_clsloc.txt": map])
    let set = try DataSource.load(root.path)
    #expect(
      samples(set)
        == order.map { "\(Self.validation[$0 - 1]) \($0 == 1 ? "n02119789" : "n01443537")" })
    #expect(set.classes.map(\.name) == ["goldfish", "kit fox"])
    #expect(set.overImageNetClasses()?.labels.compactMap(\.self).sorted() == [1, 1, 278])
    #expect(try DataSource.load("labels:\(root.path)/\(name)").fingerprint == set.fingerprint)
    #expect(try DataSource.load("labels:\(root.path)").fingerprint == set.fingerprint)
  }

  @Test func `ImageNet's lists that cannot be read say what mends them`() throws {
    let list = "ILSVRC2012_validation_ground_truth.txt"
    let root = try folder(Self.validation, lists: [list: "1\n2\n3\n"])
    #expect(
      refusal(root.path).contains(
        "\(list): expected meta.mat or map_clsloc.txt of the development kit beside it, which says what its ids "
          + "1…1000 are, found neither; LOC_val_solution.csv"))
    try root.write(Array("n02119789 1 kit_fox\n".utf8), to: "map_clsloc.txt")
    #expect(
      refusal(root.path).contains(
        "expected an id from 1 to 1000 or a class such as n01440764 in line 2, found '2'"))
    try root.write(Array("1\n".utf8), to: list)
    #expect(refusal(root.path).contains("expected a line for each image, 2 for"))
    try root.write(Array("n02119789 1\nn02119789 1\n".utf8), to: "map_clsloc.txt")
    #expect(refusal(root.path).contains("each once in line 2, found 'n02119789 1'"))
    let other = try folder(["a.png"], lists: [list: "1\n", "map_clsloc.txt": "n02119789 1\n"])
    #expect(refusal(other.path).contains("expected images called ILSVRC2012_val_00000001.JPEG"))
    let caffe = try folder(Self.validation, lists: ["val.txt": Self.validation[0] + " 1000\n"])
    #expect(refusal(caffe.path).contains("expected labels from 0 to 999"))
    try root.write(Array("ImageId,PredictionString\n".utf8), to: "LOC_val_solution.csv")
    #expect(
      refusal(root.path).contains(
        "expected one list of labels, found LOC_val_solution.csv and \(list); write labels:\(root.path)/LOC_"
      ))
  }

  /// The kit's meta.mat (tools/goldens/ilsvrc_meta.py) has inner nodes with ids above 1000, and fields of every kind.
  @Test(arguments: ["meta.mat", "meta-compressed.mat"])
  func `ImageNet's ids are those of the kit's own list`(_ name: String) throws {
    let resources = try #require(Bundle.module.resourcePath)
    let file = try Data(contentsOf: URL(filePath: "\(resources)/Fixtures/ilsvrc/\(name)"))
    let list = "ILSVRC2012_validation_ground_truth.txt"
    let root = try folder(Self.validation, lists: [list: "3\n1\n2\n"])
    try root.write([UInt8](file), to: "meta.mat")
    let set = try DataSource.load(root.path)
    #expect(
      set.labels.map { $0.map { set.classes[$0].key } } == ["n02110185", "n02119789", "n02100735"])
    try root.write(Array("4\n1\n2\n".utf8), to: list)
    #expect(refusal(root.path).contains("or a class such as n01440764 in line 1, found '4'"))
    var generator = SeededGenerator(seed: 15)
    try root.write(Array("3\n1\n2\n".utf8), to: list)
    for round in 0..<200 {
      var damaged = [UInt8](file)
      if round % 3 == 0 { damaged.removeLast(generator.below(damaged.count)) }
      for _ in 0..<round % 3 * 2 where !damaged.isEmpty {
        damaged[generator.below(damaged.count)] = UInt8(generator.below(256))
      }
      try root.write(damaged, to: "meta.mat")
      #expect(!refusal(root.path).contains("\n"))
    }
  }

  /// ImageNet-V2's folders are called 0…999; torchvision's order would be 0, 1, 10, 2.
  @Test func `Folders that are whole numbers stand in their order, in lists as well`() throws {
    let paths = ["10", "9", "2", "0"].map { "\($0)/a.jpeg" }
    let root = try folder(paths)
    let set = try DataSource.load(root.path)
    #expect(samples(set) == ["0/a.jpeg 0", "2/a.jpeg 2", "9/a.jpeg 9", "10/a.jpeg 10"])
    #expect(set.labels == [0, 1, 2, 3])
    #expect(
      set.notes == [
        "\(root.path): its 4 classes are whole numbers and stand in the order of their values, not of their "
          + "digits: 0, 2, 9, and 1 more"
      ])
    let flat = try folder(
      ["a.png", "b.png", "c.png", "d.png"],
      lists: ["labels.csv": "a.png,10\nb.png,9\nc.png,2\nd.png,0\n"])
    let listed = try DataSource.load(flat.path)
    #expect(
      listed.classes == set.classes && listed.labels == [3, 2, 1, 0] && listed.notes.count == 1)
    let others = try folder(["10/a.png", "9/a.png", "x/a.png"])
    let mixed = try DataSource.load(others.path)
    #expect(mixed.classes.map(\.key) == ["10", "9", "x"] && mixed.notes.isEmpty)
  }

  @Test(arguments: ["", "noise/"])
  func `ImageNet-C is named by corruption and severity`(_ archive: String) throws {
    let root = try folder(
      (1...5).flatMap { severity in
        ["gaussian_noise", "shot_noise"].flatMap { name in
          ["n01443537/a.JPEG", "n01440764/b.JPEG"].map { "\(archive)\(name)/\(severity)/\($0)" }
        }
      })
    let set = try DataSource.load(root.path + ":gaussian_noise:3")
    #expect(samples(set) == ["n01440764/b.JPEG n01440764", "n01443537/a.JPEG n01443537"])
    #expect(set.name.hasSuffix(":gaussian_noise:3"))
    let plain = try DataSource.load("\(root.path)/\(archive)gaussian_noise/3")
    #expect(plain.fingerprint == set.fingerprint)
    #expect(
      refusal(root.path).contains(
        "expected a folder for each class, found corruptions by severity, as \(archive)gaussian_noise/3; write "
          + "\(root.path):gaussian_noise:3"))
    #expect(
      refusal("\(root.path)/\(archive)gaussian_noise").contains(
        "found severities, 1, 2, 3, 4, 5; write"))
    #expect(
      refusal(root.path + ":gaussian_nois:3").contains(
        "no corruption 'gaussian_nois'; did you mean 'gaussian_noise'?"))
    #expect(
      refusal(root.path + ":shot_noise:6").contains(
        "expected a severity of \(archive)shot_noise: 1, 2, 3, 4, 5, found '6'"))
    #expect(try DataSource.load("folder:" + root.path).count == 20)
  }

  /// ImageNet-R, -A and -Sketch: folders of some of the classes.
  @Test func `Folders of WordNet numbers are ImageNet's classes`() throws {
    let root = try folder(
      ["n01443537/sketch_0.jpg", "n15075141/x.png"], lists: ["README.txt": "ImageNet-R"])
    let set = try DataSource.load(root.path)
    #expect(set.classes.map(\.name) == ["goldfish", "toilet tissue"] && set.notes.count == 1)
    #expect(set.overImageNetClasses()?.labels == [1, 999])
  }

  @Test(arguments: [
    (
      ["train/a/1.png", "val/a/1.png"], "found the splits train, val; write ROOT/train or ROOT/val"
    ),
    (["Test/a/1.png"], "found the split Test; write ROOT/Test"),
    (["train/a/1.png", "test/a/1.png", "extra/1.png"], "found the splits test, train; write"),
    (
      ["images/1.png"],
      "found the one folder images; put labels.csv with lines images/FILE,LABEL beside it"
    ),
    (["images/a/1.png"], "found the one folder images; write ROOT/images"),
  ])
  func `Roots that are no class folders say what to write`(_ paths: [String], _ found: String)
    throws
  {
    let root = try folder(paths)
    let text = "expected a folder for each class, " + found.replacing("ROOT", with: root.path)
    #expect(refusal(root.path).contains(text), "\(refusal(root.path))")
    #expect(try DataSource.load("folder:" + root.path).count == paths.count)
    if paths[0].hasPrefix("train") {
      #expect(
        refusal(root.path + ":train").contains("found the folder train; write \(root.path)/train"))
    }
  }

  @Test func `A list never overrides class folders that say something else`() throws {
    let root = try folder(
      ["cat/1.png", "dog/1.png"], lists: ["labels.csv": "cat/1.png,cat\ndog/1.png,dog\n"])
    let agreed = try DataSource.load(root.path)
    #expect(samples(agreed) == ["cat/1.png cat", "dog/1.png dog"])
    for text in ["cat/1.png,0\ndog/1.png,1\n", "cat,a pet\n", ""] {
      try root.write(Array(text.utf8), to: "labels.csv")
      #expect(
        refusal(root.path)
          == "\(root.path): expected class folders or a list of labels, found both, 2 folders and labels.csv, "
          + "which do not say the same; write folder:\(root.path) or labels:\(root.path)/labels.csv"
      )
    }
    let folders = try DataSource.load("folder:" + root.path)
    #expect(samples(folders) == samples(agreed))
    #expect(
      folders.notes.contains(
        "\(root.path)/labels.csv: not read, as folder: takes the class folders"))
    try root.write(Array("cat/1.png,0\ndog/1.png,1\n".utf8), to: "labels.csv")
    #expect(
      try samples(DataSource.load("labels:\(root.path)/labels.csv")) == [
        "cat/1.png 0", "dog/1.png 1",
      ])
    try root.write(Array("dog/1.png,1\n".utf8), to: "mine.tsv")
    #expect(try samples(DataSource.load("labels:\(root.path)/mine.tsv")) == ["dog/1.png 1"])
    #expect(
      refusal("labels:\(root.path)/none.csv").contains(
        "expected a list of labels beside its images"))
    let one = try folder(["images/1.png"], lists: ["labels.csv": "images/1.png,cat\n"])
    #expect(try samples(DataSource.load(one.path)) == ["images/1.png cat"])
    #expect(try samples(DataSource.load("folder:" + one.path)) == ["images/1.png cat"])
  }

  @Test func `Images of one size need no resize, others name it`() throws {
    let root = try folder(["a/1.ppm", "b/2.ppm"])
    let set = try DataSource.load(root.path)
    #expect(set.shape == ImageShape(channels: 3, height: 2, width: 2))
    #expect(try set.image(1) == [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    let steps = try Preprocessing(parsing: "resize=6")
    #expect(try DataSource.load(root.path, for: steps).shape.height == 6)
    try root.write(Array("P5 3 2 255\nabcdef".utf8), to: "b/1.ppm")
    #expect(
      refusal(root.path).hasPrefix(
        "\(root.path)/b/1.ppm: expected an image of 2 × 2, as a/1.ppm is (--preprocess: nothing leaves images "
          + "their sizes), found 3 × 2; crop=N or squash=N in --preprocess makes them of one size"))
    #expect(refusal(root.path, for: steps).contains("found 3 × 2; crop=N"))
    #expect(
      try DataSource.load(root.path, for: Preprocessing(parsing: "crop=2")).shape.width == 2)
    try root.write(Array("nothing".utf8), to: "b/1.ppm")
    let damaged = try DataSource.load(root.path)
    #expect(throws: DataSetError.self) { try damaged.image(1) }
    // A file that becomes another one meanwhile.
    try root.write(Array("P5 3 2 255\nabcdef".utf8), to: "b/2.ppm")
    let error = #expect(throws: DataSetError.self) { try damaged.image(2) }
    #expect(
      error?.description.contains(
        "expected an image of 2 × 2, as it had when the folder was opened, found 3 × 2") == true)
    let none = try folder([], lists: ["a/1.png": "x"])
    #expect(refusal(none.path).contains("expected an image that can be read, found none of 1"))
  }

  /// Content tells what an unknown name does not; names of texts are not looked into.
  @Test func `Images are told by their content whatever they are called`() throws {
    let root = try folder(
      ["cat/1", "cat/2.image", "cat/3.tif", "cat/4.webp", "cat/5.txt"],
      lists: [
        "cat/6": "P6 is what it is", "cat/7.tiff": "II*\0", "cat/8.gif": "GIF89a", "cat/9.jpg": "",
      ])
    let set = try DataSource.load(root.path)
    #expect(set.keys == ["cat/1", "cat/2.image", "cat/3.tif", "cat/4.webp", "cat/9.jpg"])
    #expect(
      set.notes == [
        "\(root.path): passed over 4 that are no JPEG, PNG, WebP, BMP or PNM images: 1 × .gif, 1 × .tiff, "
          + "1 × .txt, 1 × no extension; other images are read when they are converted, as ImageMagick does: "
          + "magick FILE FILE.png"
      ])
    let none = try folder([], lists: ["cat/1.tiff": "II*\0"])
    #expect(
      refusal(none.path).contains(
        "expected JPEG, PNG, WebP, BMP or PNM images, found none in its folder, but 1 × .tiff; other images are "
          + "read when they are converted"))
  }

  /// By what the system says of them, before they are read or waited for.
  @Test func `Files of absurd sizes and pipes are refused`() throws {
    let root = try folder(["a/1.ppm"])
    let large = root.path + "/a/2.png"
    #expect(FileManager.default.createFile(atPath: large, contents: nil))
    try #require(truncate(large, 600 << 20) == 0)
    try #require(
      mkfifo(root.path + "/a/3.png", 0o644) == 0 && mkfifo(root.path + "/a/4", 0o644) == 0)
    let set = try DataSource.load(root.path)
    #expect(set.keys == ["a/1.ppm", "a/2.png", "a/3.png"])
    let errors = (1...2).map { i in #expect(throws: DataSetError.self) { try set.image(i) } }
    #expect(
      errors.map { $0?.description } == [
        "\(large): expected an image file of at most 512 MiB, found 600 MiB",
        "\(root.path)/a/3.png: expected a file, found a folder or device",
      ])
  }

  /// Every list damaged anywhere is read or refused in a line.
  @Test func `Damaged lists never trap`() throws {
    let images = Self.validation + ["images/a.png", "images/b.png"]
    let lists = [
      "labels.csv": ",file,label\n0,images/a.png,cat\n1,\"images/b.png\",\"a \"\"dog\"\"\"\n",
      "labels.txt": "images/a.png 10\nb 9\n",
      "val_annotations.txt": "a.png\tn01443537\t1\t2\t3\t4\nb.png\tx\t1",
      "LOC_val_solution.csv":
        "ImageId,PredictionString\nILSVRC2012_val_00000001,n02119789 1 2 3 4 \n",
      "ILSVRC2012_validation_ground_truth.txt": "1\n900\n900\n",
      "val.txt": "ILSVRC2012_val_00000001.JPEG 278\n",
      "wnids.txt": "n01443537\nn00000009\n",
    ]
    let root = try folder(
      images + ["val/images/val_0.JPEG"],
      lists: [
        "map_clsloc.txt": "n02119789 1 kit_fox\nn01443537 900 goldfish\n",
        "val/val_annotations.txt": "val_0.JPEG\tn01443537\t0\t1\t2\t3\n",
      ])
    var generator = SeededGenerator(seed: 14)
    var outcomes = (read: 0, refused: 0)
    let marks = Array(" ,;\t\"\n\r/.0-9".utf8)
    for (name, text) in lists.sorted(by: { $0.key < $1.key }) {
      for round in 0..<60 {
        var bytes = Array(text.utf8)
        if round % 3 == 0 { bytes.removeLast(generator.below(bytes.count)) }
        for _ in 0..<(round % 4) where !bytes.isEmpty {
          let place = generator.below(bytes.count)
          switch generator.below(3) {
          case 0: bytes[place] = UInt8(generator.below(256))
          case 1: bytes.remove(at: place)
          default: bytes.insert(marks[generator.below(marks.count)], at: place)
          }
        }
        try root.write(bytes, to: name)
        let source = name == "wnids.txt" ? "\(root.path):val" : "labels:\(root.path)/\(name)"
        do throws(DataSetError) {
          _ = try DataSource.load(source)
          outcomes.read += 1
        } catch {
          #expect(!error.description.contains("\n"))
          outcomes.refused += 1
        }
      }
    }
    #expect(outcomes.read > 100 && outcomes.refused > 100, "\(outcomes)")
  }
}
