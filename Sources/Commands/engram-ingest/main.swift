// engram-ingest: a network over a data set into the warehouse, and the measures.

import CommandLineTool

ingestCommand.main()
