// What every command does that changes a warehouse which is there.

import CommandLineTool
import Glibc
import Warehouse

/// Runs `body` on the warehouse while no other program writes to it; says so while it waits, and where an older
/// file was brought up to date.
func changing(_ path: String, _ body: (borrowing Warehouse) throws -> Void) throws {
  // Nothing is left beside a file that is not there, or no warehouse.
  do { _ = try Warehouse.open(path, mode: .readOnly) } catch WarehouseError.olderSchema {}
  func change() throws {
    let warehouse = try Warehouse.open(path, mode: .write)
    if let backup = warehouse.backup {
      note(migrated(path, backup))
    }
    try body(warehouse)
  }
  try WriterLock.holding(
    path, waiting: { note(waiting(for: path)) }, do: change)
}

func migrated(_ path: String, _ backup: String) -> String {
  "\(path): brought up to this version's schema; the file as it was is \(backup)"
}

func waiting(for path: String) -> String {
  "\(path): another program is writing to it; waiting for it to end"
}

/// Whether two paths lead to one file that is there.
func isSameFile(_ a: String, _ b: String) -> Bool {
  var (first, second) = (stat(), stat())
  return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_ino == second.st_ino
    && first.st_dev == second.st_dev
}
