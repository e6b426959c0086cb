"""Opens a folder of `engram-query export w.db parquet --output DIR` in DuckDB or Spark with the views of Queries/parquet.

Used by tools/parquet-query and tools/compare-parquet-sql. Needs the engine alone: pip install duckdb, or pyspark and a JDK.
Leaves out everything that is the engine's own: credentials and addresses of stores are its settings.
"""
import glob
import os
import pathlib
import re
import urllib.parse

QUERIES = pathlib.Path(__file__).resolve().parent.parent / "Queries" / "parquet"
PRELUDES = ["tables.duckdb", "tables.spark", "measures"]
ASKED = ["run", "layer", "kind", "grouping"]


class FolderError(Exception):
    """One line for people."""


def names():
    """The measures that are files of Queries/parquet."""
    return sorted(f.stem for f in QUERIES.glob("*.sql") if f.stem not in PRELUDES)


def question(name):
    return (QUERIES / f"{name}.sql").read_text().splitlines()[0].removeprefix("-- Question: ")


def statements(text):
    """A file's statements, without comments. Its texts in quotes hold no semicolon and no two dashes."""
    bare = re.sub(r"--.*", "", text)
    return [s.strip() for s in bare.split(";") if s.strip()]


def relations(statement):
    """What a statement reads by name."""
    return set(re.findall(r"\b(?:from|join)\s+(\w+)", statement))


class Folder:
    """A folder in an engine, narrowed to what is asked. `missing` has the views that cannot be made, and the folders they lack."""

    def __init__(self, path, engine, asked):
        if not os.path.isdir(path):
            raise FolderError(f"{path}: expected a folder that engram-query export … parquet wrote, found none")
        self.path, self.engine, self.asked, self.missing = os.path.abspath(path), engine, asked, {}
        if not os.path.isdir(os.path.join(path, "run")):
            raise FolderError(f"{path}: expected a folder that engram-query export … parquet wrote, found no folder run in it")

    def read_views(self):
        """The views' statements, of which a query has those made that it stands on."""
        self.views, self.made = {}, set()
        text = (QUERIES / f"tables.{self.engine}.sql").read_text() + (QUERIES / "measures.sql").read_text()
        for statement in statements(text):
            word, view = re.match(r"(create or replace temporary view|cache lazy table) (\w+)", statement).groups()
            if word.startswith("cache"):
                self.views[view].append(statement)
                continue
            self.views[view] = [statement]
            lacking = {t for t in re.findall(r"(?:\|\| '|folder\})/(\w+)", statement)
                       if not os.path.isdir(os.path.join(self.path, t))}
            for relation in relations(statement):
                lacking |= self.missing.get(relation, set())
            if lacking:
                self.missing[view] = lacking

    def make(self, statement):
        for view in sorted(relations(statement) & set(self.views)):
            if view in self.made:
                continue
            if view in self.missing:
                raise FolderError(f"{self.path}: {view} needs the folder {', '.join(sorted(self.missing[view]))}, which is "
                                  "not here: a table without rows, or one left out of the export, has none")
            self.made.add(view)
            for text in self.views[view]:
                self.make(text)
                self.run(text)

    def check(self):
        """That what is asked for is there, and notes on runs that are not whole."""
        for name, value in self.asked.items():
            if name == "run":
                known = {urllib.parse.unquote(os.path.basename(d)[4:]) for d in glob.glob(f"{glob.escape(self.path)}/*/run=*")}
            elif name == "layer":
                known = {urllib.parse.unquote(os.path.basename(d)[6:]) for d in glob.glob(f"{glob.escape(self.path)}/*/run=*/layer=*")}
            elif name == "kind":
                known = {"interaction", "neuron"}
            else:
                continue
            if value not in known:
                raise FolderError(f"{self.path}: no {name} {value} (known: {', '.join(sorted(known))})")
        if "run_parts" in self.missing:
            return []
        return [f"run {run} is not whole: {state}" for run, state in self.query(
            "select run, state from run_parts where state <> 'whole' order by run")[1]]

    def query(self, text):
        """Columns and rows of a measure's one statement."""
        parts = statements(text)
        if len(parts) != 1:
            raise FolderError(f"expected one statement, found {len(parts)}")
        self.make(parts[0])
        return self.rows(parts[0])


def java_size(text):
    """8GB, as DuckDB reads it, as Java does: 8g."""
    lowered = text.strip().lower()
    return lowered[:-1] if lowered[-2:] in ("kb", "mb", "gb", "tb") else lowered


class DuckDBFolder(Folder):
    def __init__(self, path, asked={}, threads=None, memory=None, temporary=None):
        super().__init__(path, "duckdb", asked)
        import duckdb
        self.connection = duckdb.connect()
        if threads:
            self.run(f"set threads = {threads}")
        if memory:
            self.run(f"set memory_limit = '{memory}'")
        if temporary:
            self.run(f"set temp_directory = '{temporary}'")
        self.run("set preserve_insertion_order = false")
        self.set("folder", self.path)
        for name in ASKED:
            self.set("asked_" + name, asked.get(name))
        self.read_views()

    def run(self, statement):
        self.connection.execute(statement)

    def set(self, name, value):
        self.run(f"set variable {name} = " + ("null" if value is None else "'" + value.replace("'", "''") + "'"))

    def rows(self, statement):
        cursor = self.connection.execute(statement)
        return [c[0] for c in cursor.description], cursor.fetchall()


class SparkFolder(Folder):
    def __init__(self, path, asked={}, session=None, threads=None, memory=None, temporary=None):
        super().__init__(path, "spark", asked)
        if session is None:
            from pyspark.sql import SparkSession
            builder = SparkSession.builder.appName("engram").config("spark.ui.enabled", "false") \
                .config("spark.ui.showConsoleProgress", "false")
            if "SPARK_REMOTE" not in os.environ and "MASTER" not in os.environ:
                # Everything is in this one process then, which Spark would give 1 GB.
                builder = builder.master(f"local[{threads or '*'}]").config("spark.driver.memory", java_size(memory or "4g"))
            elif memory:
                builder = builder.config("spark.driver.memory", java_size(memory))
            if temporary:
                builder = builder.config("spark.local.dir", temporary)
            session = builder.getOrCreate()
            session.sparkContext.setLogLevel("ERROR")
        self.session = session
        self.run(f"set engram.folder={self.path}")
        self.run("set spark.sql.sources.partitionColumnTypeInference.enabled=false")
        # Spark reads 4,096 rows at a time, of lists of thousands of counts or floats.
        self.run("set spark.sql.parquet.columnarReaderBatchSize=256")
        for name in ASKED:
            self.run(f"declare or replace variable asked_{name} string")
            if name in asked:
                text = asked[name].replace("\\", "\\\\").replace("'", "\\'")
                self.run(f"set variable asked_{name} = '{text}'")
        self.read_views()

    def run(self, statement):
        self.session.sql(statement)

    def rows(self, statement):
        frame = self.session.sql(statement)
        return frame.columns, [tuple(row) for row in frame.collect()]


ENGINES = {"duckdb": DuckDBFolder, "spark": SparkFolder}
