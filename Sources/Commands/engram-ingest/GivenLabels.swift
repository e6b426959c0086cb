// Labels as a table or a query gives them, sample by sample, and which samples of a data set they mean.

import Basics
import CommandLineTool
import DataSets
import SQLiteKit
import Warehouse

/// Labels that cannot be taken; one line.
struct LabelError: Error, CustomStringConvertible {
  let description: String
}

/// Labels before it is known which samples they are of.
struct GivenLabels {
  /// A file's name, or SQL.
  let source: String
  /// What says which sample is meant.
  private enum Sample {
    case key(String)
    case id(Int)
  }
  /// A label, and where it stands, for an error.
  private var labels: [(sample: Sample, label: String, place: String)] = []

  /// What they mean.
  struct Matched {
    /// By ids of samples.
    var labels: [Int: String] = [:]
    /// Samples that the data set has not.
    var unknown: [String] = []
  }

  private static let keys = ["key", "sample"]

  // MARK: A table

  /// - Parameter column: The heading of the labels' column.
  init(table path: String, column: String) throws {
    let bytes = try readList(path)
    func failure(_ text: String) -> LabelError { LabelError(description: "\(path): \(text)") }
    let table: CSVTable
    do { table = try CSVTable(bytes) } catch { throw failure("\(error)") }
    guard let heading = table.records.first?.fields else {
      throw failure("expected a heading, found an empty file")
    }
    let expected = "expected a heading with key and \(column)"
    let found = "found \(listed(heading.map { "'\($0.shown(40))'" }, most: 10))"
    let keys = heading.indices.filter { Self.keys.contains(heading[$0].lowercased()) }
    guard let key = keys.first else { throw failure("\(expected), \(found)") }
    guard keys.count == 1 else { throw failure("expected one column of keys, \(found)") }
    let named = heading.indices.filter { $0 != key && heading[$0].hasBytes(of: column) }
    let others = heading.indices.filter { $0 != key }
    guard named.count == 1 || named.isEmpty && others.count == 1 else {
      throw failure("\(expected), \(found)")
    }
    let label = named.first ?? others[0]
    if named.isEmpty {
      note("\(path): column '\(heading[label].shown(40))' is taken for \(column)")
    }
    source = path
    for record in table.records.dropFirst() {
      guard record.fields.count == heading.count else {
        throw failure(
          "expected \(heading.count) fields in line \(record.line), found \(record.fields.count)")
      }
      labels.append((.key(record.fields[key]), record.fields[label], "line \(record.line)"))
    }
  }

  // MARK: A query

  init(sql: String, of path: String) throws {
    source = sql
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    var statement: Statement
    do { statement = try warehouse.connection.prepare(sql) } catch {
      throw LabelError(description: "--sql: \(error)")
    }
    guard statement.isReadOnly, statement.columnCount == 2 else {
      throw LabelError(
        description: statement.isReadOnly
          ? "--sql: expected two columns, the sample and its label, found \(statement.columnCount)"
          : "--sql: expected a query, found a statement that writes")
    }
    guard statement.parameterCount == 0 else {
      throw LabelError(
        description: "--sql: expected no parameters, found \(statement.parameterCount)")
    }
    let column = statement.columnName(0)
    let isID = column == "sample_id"
    do {
      while try statement.step() {
        let place = "row \(labels.count + 1)"
        let sample: Sample
        switch statement.value(0) {
        case .integer(let id) where isID: sample = .id(Int(id))
        case .text(let key) where !isID: sample = .key(key)
        case let other:
          throw LabelError(
            description:
              "--sql: expected \(isID ? "a whole number" : "a key, which is a text,") in \(place) of column "
              + "'\(column)', found \(Self.kind(other))"
              + (isID ? "" : "; ids stand in a column called sample_id"))
        }
        let label: String
        switch statement.value(1) {
        case .null: label = ""
        case .text(let text): label = text
        case .integer, .real: label = statement.text(1)
        case let other:
          throw LabelError(
            description:
              "--sql: expected a text or a number for a label in \(place), found \(Self.kind(other))"
          )
        }
        labels.append((sample, label, place))
      }
    } catch let error as SQLiteError {
      throw LabelError(description: "--sql: \(error)")
    }
  }

  private static func kind(_ value: Value) -> String {
    switch value {
    case .null: "null"
    case .integer(let number): "the number \(number)"
    case .real(let number): "the number \(number)"
    case .text(let text): "the text '\(text.shown(40))'"
    case .blob: "bytes"
    }
  }

  // MARK: Samples

  /// - Throws: `LabelError` where none is a sample of the data set, or one has several labels.
  func matched(_ ids: [ByteText: Int], in dataSet: String) throws -> Matched {
    let known = Set(ids.values)
    var matched = Matched()
    var places: [Int: String] = [:]
    var empty: Set<Int> = []
    for (sample, label, place) in labels {
      let (id, told): (Int?, String) =
        switch sample {
        case .key(let key): (ids[ByteText(key)], key)
        case .id(let id): (known.contains(id) ? id : nil, "\(id)")
        }
      guard let id else {
        matched.unknown.append(told)
        continue
      }
      if let first = places[id], !(matched.labels[id] ?? "").hasBytes(of: label) {
        throw LabelError(
          description:
            "\(source): expected one label a sample, found '\(told.shown(80))' in \(first) and, with "
            + "another one, in \(place)")
      }
      places[id] = place
      if label.isEmpty { empty.insert(id) } else { matched.labels[id] = label }
    }
    guard !matched.labels.isEmpty else {
      let example = ids.keys.min().map { ", such as '\($0.text.shown(80))'" } ?? ""
      let found =
        matched.unknown.first.map { "none of \(labels.count); the first is '\($0.shown(80))'" }
        ?? (empty.isEmpty ? "no row" : "\(empty.count) samples without a label")
      throw LabelError(
        description:
          "\(source): expected labels of samples of the data set \(dataSet)\(example), found \(found)"
      )
    }
    return matched
  }
}
