"""Writes Tests/ParquetTests/Fixtures/all_types.parquet after pyarrow and DuckDB have read it as the rows it is of.

    python3 tools/goldens/parquet.py < BASE64

The bytes are Engram's own: `swift test --filter ParquetWriterTests` prints them in Base64 where they are not the fixture's.
Needs pyarrow and duckdb.
"""
import base64
import math
import os
import sys

import duckdb
import numpy
import pyarrow as pa
import pyarrow.parquet

FILE = os.path.join(os.path.dirname(__file__), "../../Tests/ParquetTests/Fixtures/all_types.parquet")
REALS = [0.1, -0.0, math.inf, -math.inf, math.nan, 5e-324]
NUMBERS = [-2**63, 2**63 - 1, 0, -1]
TEXTS = ["", "a", "Zürich", 'quote " and\nline']


def vector(row):
    return [float(numpy.float32(i) / numpy.float32(3) - numpy.float32(row)) for i in range(row % 5)]


def row(i):
    return [None if i % 7 == 3 else NUMBERS[i % 4], None if i % 5 == 1 else REALS[i % 6], "same" if i > 20 else TEXTS[i % 4],
            None if i % 3 == 0 else bytes([i]) * (i % 4), None if i % 4 == 2 else vector(i), None if i < 10 else i, None]


def check(reader, found):
    expected = [row(i) for i in range(40)]
    # repr tells -0.0 from 0.0, and NaN equals itself.
    assert [[repr(v) for v in r] for r in found] == [[repr(v) for v in r] for r in expected], reader


def main():
    data = base64.b64decode(sys.stdin.read())
    with open(FILE + ".new", "wb") as file:
        file.write(data)
    parquet = pa.parquet.ParquetFile(FILE + ".new")
    assert parquet.schema_arrow.types == [pa.int64(), pa.float64(), pa.string(), pa.binary(),
                                          pa.list_(pa.field("element", pa.float32(), nullable=False)), pa.int64(), pa.string()]
    assert parquet.metadata.num_row_groups == 3
    first = parquet.metadata.row_group(0).column(0).statistics
    assert (first.min, first.max, first.null_count) == (-2**63, 2**63 - 1, 2), first
    check("pyarrow", [list(r.values()) for r in parquet.read().to_pylist()])
    check("duckdb", [list(r) for r in duckdb.sql(f"select * from read_parquet('{FILE}.new')").fetchall()])
    os.replace(FILE + ".new", FILE)


main()
