// What every command does that changes a warehouse which is there.

import CommandLineTool
import Warehouse

/// Runs `body` on the warehouse while no other program writes to it; says so while it waits, and where an older
/// file was brought up to date.
func changing(_ path: String, _ body: (borrowing Warehouse) throws -> Void) throws {
  // Nothing is left beside a file that is not there, or no warehouse.
  do { _ = try Warehouse.open(path, mode: .readOnly) } catch WarehouseError.olderSchema {}
  Interrupt.watch()
  func change() throws {
    var warehouse = try Warehouse.open(path, mode: .write)
    warehouse.stop { Interrupt.isRequested }
    if let line = warehouse.migrationNote { note(line) }
    try body(warehouse)
  }
  let isDone: Void? = try WriterLock.holding(
    path, isMade: false, waiting: { note(waiting(for: path)) },
    isCancelled: { Interrupt.isRequested }, do: change)
  if isDone == nil { throw Interrupted("interrupted; nothing was changed") }
}

func waiting(for path: String) -> String {
  "\(path): another program is writing to it; waiting for it to end"
}
