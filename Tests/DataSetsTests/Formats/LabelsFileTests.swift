// Lists of labels as spreadsheets, pandas and people write them.

import DataSets
import FoundationEssentials
import Testing

private func folder(_ text: String, name: String = "labels.csv") throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  for file in ["a.png", "b.png", "0.png"] {
    try folder.write(Array("P5 1 1 255\na".utf8), to: file)
  }
  try folder.write(Array(text.utf8), to: name)
  return folder
}

private func refusal(_ text: String) throws -> String {
  let root = try folder(text)
  do { _ = try DataSource.load(root.path) } catch { return "\(error)" }
  return "nothing was thrown"
}

@Suite struct LabelsFileTests {
  @Test(arguments: [
    "a.png,cat\nb.png,dog\n", "a.png;cat\r\nb.png;dog\r\n", "a.png\tcat\nb.png\tdog",
    "a.png cat\nb.png dog",
    "\u{FEFF}file,label\na.png,cat\nb.png,dog\n", "file;label\na.png;cat\nb.png;dog\n",
    "\"file\";\"label\"\n\"a.png\";\"cat\"\n\"b.png\";\"dog\"\n",
    // As pandas writes it, with its index.
    ",file,label\n0,a.png,cat\n1,b.png,dog\n", "\tfile\tlabel\n0\ta.png\tcat\n1\tb.png\tdog\n",
    "0,a.png,cat\n1,b.png,dog\n", "idx;file;x\n7;a.png;cat\n3;b.png;dog\n",
    "file,split,label\na.png,val,cat\nb.png,val,dog\n", "class,file,x\ncat,a.png,1\ndog,b.png,7\n",
    // Without extensions.
    "a,cat\nb,dog\n", "id,label\na,cat\nb,dog\n", "a cat\nb dog\n", "0,a,cat\n1,b,dog\n",
  ])
  func `Lists are read as CSV is`(_ text: String) throws {
    let root = try folder(text)
    let set = try DataSource.load(root.path)
    #expect(set.keys == ["a.png", "b.png"] && set.labels == [0, 1])
    #expect(set.classes.map(\.key) == ["cat", "dog"])
  }

  @Test func `What was taken for what is told`() throws {
    let root = try folder(",file,label\n0,a,cat\n1,b,dog\n")
    let notes = try DataSource.load(root.path).notes
    #expect(
      notes == [
        "line 1, ',file,label', names no file here and is taken for a heading",
        "column 2 is taken for the file and column 3 for the label",
        "2 of its files are named without extension or folder, the first is taken for a.png: a",
      ].map { "\(root.path)/labels.csv: \($0)" } + [
        "\(root.path): left out 1 image not in the list of labels: 0.png"
      ])
  }

  /// A first line that names a file, or has a label of the list, is no heading.
  @Test(arguments: [
    ("gone,cat\na.png,cat\nb.png,dog\n", "expected files of this folder, found 'gone' in line 1"),
    (
      "a.png,cat,1\nb.png,dog,3\n",
      "expected FILE,LABEL in line 2, found 'b.png,dog,3'; of more columns name"
    ),
    ("file,class,label\na.png,cat,1\nb.png,dog,3\n", "expected FILE,LABEL in line 2, found"),
    (
      ",file,label\n0,a.png,cat\n1,c.png,dog\n",
      "expected files of this folder, found 'c.png' in line 3"
    ),
    (",file,label\n0,a.png,cat\n1,b.png\n", "expected FILE,LABEL in line 3, found '1,b.png'"),
    (
      "a.png golden retriever\n",
      "found 'a.png golden retriever'; a label with blanks stands behind a comma"
    ),
    ("9223372036854775807,a.png,cat\n-9223372036854775808,a.png,cat\n", "again in line 2"),
  ])
  func `Lists that are none say where`(_ text: String, _ expected: String) throws {
    let line = try refusal(text)
    #expect(line.contains(expected), "\(line)")
  }

  @Test func `A name that several images have is refused`() throws {
    let root = try folder("a,cat\nb,dog\n")
    try root.write(Array("P5 1 1 255\na".utf8), to: "a.pgm")
    let error = #expect(throws: DataSetError.self) { try DataSource.load(root.path) }
    #expect(
      error?.description.contains(
        "expected a name that is one image's in line 1, found 'a', which is that of a.pgm and a.png"
      ) == true)
  }
}
