// SQLite's C API for Swift: the functions themselves for hosts, and the routine table
// (`sqlite3_api_routines`) for the loadable extension. With SQLITE_CORE defined the extension
// header keeps its table type but does not rename every function to a macro.
#ifndef ENGRAM_CSQLITE_H
#define ENGRAM_CSQLITE_H
#define SQLITE_CORE 1
#include <sqlite3.h>
#include <sqlite3ext.h>
#endif
