// What can be wrong with a warehouse file or with what is to be written to it, told in one line each.

internal import Basics
package import SQLiteKit

/// Why a file is no warehouse, or cannot be used as one: one line with its path.
package enum WarehouseError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case notADatabase(path: String)
  case notAWarehouse(path: String)
  /// No warehouse yet: an ingest makes it one.
  case empty(path: String)
  case newerSchema(path: String, found: Int, known: Int)
  case olderSchema(path: String, found: Int, known: Int)
  case notWritable(path: String)
  /// What SQLite keeps beside the file is another user's.
  case companion(path: String, CompanionFile)
  case cannotOpen(path: String)
  case busy(path: String)
  case diskFull(path: String)
  /// Everything is committed, but a reader keeps a part of it in the log, which has so many bytes.
  case unfinished(path: String, bytes: Int)
  /// The file was taken away while it was written.
  case moved(path: String)
  case corrupt(path: String, message: String)
  /// The rows of a batch are there already, behind those that are counted as stored: who writes holds the lock, so no
  /// other program wrote them.
  case writtenTwice(path: String, run: String)
  /// What is stored under the same identity differs from what is to be stored.
  case conflict(path: String, what: String, stored: String, given: String)
  /// What was under way was undone.
  case interrupted(path: String)
  case unknown(path: String, what: String)
  /// What a run was left without on purpose.
  case omitted(path: String, run: String, what: String)
  case incomplete(path: String, run: String, stored: Int, expected: Int)
  /// Tables that are none of Engram's refer to what is to be deleted.
  case referredTo(path: String, run: String, tables: [String])
  case sqlite(path: String, SQLiteError)

  package var description: String {
    switch self {
    case .missing(let path): "\(path): no such file; engram-ingest makes a warehouse"
    case .notADatabase(let path): "\(path): expected a warehouse, found no SQLite database"
    case .notAWarehouse(let path):
      "\(path): expected a warehouse, found another SQLite database; name another file"
    case .empty(let path):
      "\(path): expected a warehouse, found an empty file; engram-ingest makes it one"
    case .newerSchema(let path, let found, let known):
      "\(path): schema \(found), this Engram knows \(known): use a newer Engram"
    case .olderSchema(let path, let found, let known):
      "\(path): schema \(found), this Engram wants \(known): engram-ingest measure brings it up to date"
    case .notWritable(let path): "\(path): the file or its directory cannot be written"
    case .companion(let path, let file): "\(path): \(file)"
    case .cannotOpen(let path):
      "\(path): cannot be opened; its directory must exist, and be writable to write or while a -wal file is there"
    case .busy(let path): "\(path): another program is writing to it; try again when it is done"
    case .diskFull(let path):
      "\(path): the disk is full; free some space and run the same command again to go on"
    case .unfinished(let path, let bytes):
      "\(path): everything is stored, a part of it in \(path)-wal (\(bytes) bytes), for another program reads an older "
        + "state; 'engram-ingest copy' makes one file of both, or run the same command again when that program is done"
    case .moved(let path):
      "\(path): expected the file that this command opened, found another one or none: it was moved or replaced "
        + "meanwhile, and what was written went with it"
    case .corrupt(let path, let message):
      "\(path): the file is damaged: \(message); 'engram-ingest verify \(path)' checks all of it"
    case .writtenTwice(let path, let run):
      "\(path): the file is damaged, or a copy made while it was written: run \(run) holds rows of samples that are not "
        + "stored yet; 'engram-ingest verify \(path)' checks all of it"
    case .conflict(let path, let what, let stored, let given):
      "\(path): \(what): expected \(stored) as stored, found \(given)"
    case .interrupted(let path): "\(path): interrupted; what was not finished is undone"
    case .unknown(let path, let what): "\(path): no \(what)"
    case .omitted(let path, let run, let what):
      "\(path): run \(run): expected its \(what), found none: they were left out (engram-ingest copy --without, merge --profiles-only); "
        + "use a file that has them"
    case .incomplete(let path, let run, let stored, let expected):
      "\(path): run \(run): \(stored) of \(expected) samples stored; finish its ingest"
    case .referredTo(let path, let run, let tables):
      "\(path): run \(run): rows of your own tables refer to it or to what goes with it: "
        + "\(tables.map { $0.shown(60) }.joined(separator: ", ")); delete those rows first"
    case .sqlite(let path, let error): "\(path): \(error)"
    }
  }

  init(_ error: SQLiteError, path: String) {
    if let companion = CompanionFile(beside: path, after: error) {
      self = .companion(path: path, companion)
      return
    }
    self =
      switch error.code {
      case SQLiteCode.notADatabase: .notADatabase(path: path)
      case SQLiteCode.readOnly where error.extendedCode == SQLiteCode.readOnlyDirectory:
        .cannotOpen(path: path)
      case SQLiteCode.readOnly: .notWritable(path: path)
      case SQLiteCode.cannotOpen: .cannotOpen(path: path)
      case SQLiteCode.busy: .busy(path: path)
      case SQLiteCode.interrupt: .interrupted(path: path)
      case SQLiteCode.full: .diskFull(path: path)
      case SQLiteCode.corrupt: .corrupt(path: path, message: error.message)
      default: .sqlite(path: path, error)
      }
  }

  /// Runs `body`, telling SQLite's errors as the file's.
  static func told<T: ~Copyable>(of path: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as SQLiteError {
      throw WarehouseError(error, path: path)
    }
  }
}
