// engram-query: saved queries by name, SQL of one's own, export. Reads a warehouse, never writes one.

import CommandLineTool

QueryCommand.command.main()
