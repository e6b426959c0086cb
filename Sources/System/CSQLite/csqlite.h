// SQLite's C API for Swift: the functions themselves for hosts, and the routine table
// (`sqlite3_api_routines`) for the loadable extension. With SQLITE_CORE defined the extension
// header keeps its table type but does not rename every function to a macro.
#ifndef ENGRAM_CSQLITE_H
#define ENGRAM_CSQLITE_H
#define SQLITE_CORE 1
#include <sqlite3.h>
#include <sqlite3ext.h>

// Says, while a virtual table is connected, that views and triggers may read it even where the schema is not trusted.
// Here because Swift cannot call functions of any number of arguments.
static inline int engram_vtab_innocuous(const sqlite3_api_routines *routines, sqlite3 *database) {
  return routines->vtab_config(database, SQLITE_VTAB_INNOCUOUS);
}
#endif
