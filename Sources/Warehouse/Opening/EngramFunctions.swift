// Engram's SQL functions inside this process.

import Analytics
import SQLiteKit

/// Gives every connection opened from now on the functions of libengram0. Once is enough.
package func registerEngramFunctions() throws {
  try registerAutomaticExtension(engramExtensionEntry)
}
