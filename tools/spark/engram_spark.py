#!/usr/bin/env python3
"""Ingests a data set or a recording on a Spark cluster: each task makes one part of the run with engram-ingest.

See engram_spark.py --help. Leaves out how a network is run and what is measured: those are engram-ingest's and, over
Parquet, the statements of Queries/parquet.
"""
import argparse
import ctypes
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

PROGRAMS = ("engram-ingest", "engram-query")
# Of the arguments handed on, those that this program sets itself.
OWN = ("--into", "--shard", "--identity", "--dry-run", "--format", "--save-attacked", "--help", "--version")

HELP = """\
Makes a run on a Spark cluster: N tasks, each a part of the run.

Usage:
  python engram_spark.py --parts N --output DIR [options] -- INGEST...
  spark-submit [...] engram_spark.py --parts N --output DIR [options] -- INGEST...

INGEST is what engram-ingest is to be told, without --into and --shard: --model, --weights, --data, --layers and so on, or
recording FOLDER and its options. Paths in it, and DIR, are those of a file system that the driver and every worker share.

Options:
  --parts N          of the run: one task each. Parts have whole batches of 256 samples, so N is at most their number
  --output DIR       where everything goes: DIR/parts/part-I-of-N.db, and the result
  --merge WHAT       all: DIR/warehouse.db, the warehouse that a single ingest makes (default);
                     profiles: DIR/profiles.db, class counts, measures and predictions; x, z and bits stay in the parts, where
                     the driver reads them for measures of samples;
                     counts: DIR/counts.db, the same by class counts that each task makes and the driver adds up: entropy,
                     divergence and sparsity, and nothing that needs samples;
                     none: nothing is merged
  --parquet          every task writes its part as Parquet, too, with its class counts, into the one folder DIR/parquet
  --query NAME       one of Queries/parquet, or FILE.sql over the same views, asked of DIR/parquet by Spark; its rows are
                     printed as CSV. May repeat. Needs --parquet, and tools/parquet_sql.py beside or in the PYTHONPATH
  --ask NAME=TEXT    of the queries: run, layer, kind or grouping, which narrow what is read; may repeat
  --engram DIR       where the workers and the driver have engram-ingest and engram-query (default: shipped, or in the PATH)
  --ship             send the driver's programs and Swift's libraries to the workers, which need Engram's system libraries only
  --master URL       local[*], local[4], spark://HOST:7077, ... (default: spark-submit's, or local[*])
  --conf NAME=VALUE  of Spark; may repeat
  --log LEVEL        of Spark: OFF, ERROR, WARN, INFO (default: OFF; what fails is told in one line either way)
  --help             print this help and stop

A task ingests its part in Spark's local folder (spark.local.dir), copies it to DIR under a name that begins with a dot,
verifies it, and moves it into place; Spark tries again what
fails or is lost with its machine (spark.task.maxFailures; local masters try once, local[4,3] three times). A part that is
there is taken if it is the same part of the same run, told by content; another one is an error. The same command goes on
where an earlier one stopped.

Prints a line for each part, then what engram-ingest merge says. Exits with 0, 64 for wrong usage, 1 for all else.

Examples:
  # on this machine, four parts at once
  python engram_spark.py --master 'local[4]' --parts 8 --output out -- \\
    --model alexnet-cifar --weights best.safetensors --data cifar-10-batches-bin:test
  # on a cluster, without a file for all samples
  spark-submit --master spark://head:7077 engram_spark.py --engram /opt/engram/bin --parts 64 --output /shared/out \\
    --merge none --parquet --query separation_by_layer -- recording /shared/vit --layers last:2
"""


class Failure(Exception):
    """One line, ready to be shown."""


class UsageFailure(Failure):
    """What engram-ingest does not understand, which no trial mends."""


class Parser(argparse.ArgumentParser):
    """Wrong usage ends with 64, and one line says what is wrong."""

    def error(self, message):
        print(f"engram_spark: {message} (see engram_spark.py --help)", file=sys.stderr)
        raise SystemExit(64)

    def format_help(self):
        return HELP


def parse(words):
    own, ingest = (words[:words.index("--")], words[words.index("--") + 1:]) if "--" in words else (words, [])
    parser = Parser(add_help=True, allow_abbrev=False)
    parser.add_argument("--parts", type=int, required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--merge", choices=["all", "profiles", "counts", "none"], default="all")
    parser.add_argument("--parquet", action="store_true")
    parser.add_argument("--query", action="append", default=[])
    parser.add_argument("--ask", action="append", default=[])
    parser.add_argument("--engram")
    parser.add_argument("--ship", action="store_true")
    parser.add_argument("--master")
    parser.add_argument("--conf", action="append", default=[])
    parser.add_argument("--log", choices=["OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG"], default="OFF")
    options = parser.parse_args(own)
    if not ingest:
        parser.error("expected -- and what engram-ingest is to be told, found nothing")
    if options.parts < 1:
        parser.error(f"--parts takes a number above 0, not {options.parts}")
    for word in ingest:
        if word.split("=")[0] in OWN:
            parser.error(f"{word.split('=')[0]} is set for each part: leave it out")
    if options.query and not options.parquet:
        parser.error("--query is over Parquet: give --parquet as well")
    if options.merge == "none" and not options.parquet:
        parser.error("--merge none leaves parts alone: give --parquet as well")
    if options.engram and options.ship:
        parser.error("--engram says where the workers have the programs, --ship sends them: name one")
    for name in ("conf", "ask"):
        pairs = [pair.partition("=") for pair in getattr(options, name)]
        if not all(key and equals for key, equals, _ in pairs):
            parser.error(f"--{name} takes NAME=VALUE")
        setattr(options, name, [(key, value) for key, _, value in pairs])
    for name, _ in options.ask:
        if name not in ("run", "layer", "kind", "grouping"):
            parser.error(f"--ask takes run, layer, kind or grouping, not {name}")
    options.output = os.path.abspath(options.output)
    options.engram = options.engram and os.path.abspath(options.engram)
    options.ingest = ingest
    return options


# What runs on the workers. It knows nothing of this file's folder.

def shipped():
    from pyspark import SparkFiles
    try:
        return SparkFiles.getRootDirectory()
    except Exception:  # No Spark context: a driver's look-up before it has begun.
        return None


def program(name, engram):
    """The path of one of Engram's programs here, and the environment that it needs."""
    environment = dict(os.environ)
    if engram:
        path = os.path.join(engram, name)
        if not os.access(path, os.X_OK):
            raise Failure(f"{socket.gethostname()}: no program {path}; --engram names a folder that every worker has")
        return path, environment
    # Files that were sent stand in Spark's folder, those of spark-submit --files on YARN where the task begins.
    for folder in filter(None, (shipped(), os.getcwd())):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            if not os.access(path, os.X_OK):
                os.chmod(path, 0o755)
            if glob.glob(os.path.join(folder, "libswiftCore.so")):
                environment["LD_LIBRARY_PATH"] = os.pathsep.join(
                    filter(None, (folder, environment.get("LD_LIBRARY_PATH"))))
            return path, environment
    path = shutil.which(name)
    if not path:
        raise Failure(f"{socket.gethostname()}: {name} is not in the PATH; --engram DIR says where it is, --ship sends it")
    return path, environment


def end_with_parent():
    """A program does not outlive the task that runs it, as where a worker is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG


def run(engram, name, *words):
    """What one of Engram's programs prints; its last line on stderr where it fails."""
    path, environment = program(name, engram)
    try:
        result = subprocess.run(
            [path, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", preexec_fn=end_with_parent)
    except OSError as error:
        raise Failure(f"{socket.gethostname()}: {path}: {error.strerror}") from None
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        if result.returncode == 64:
            # The last line is where the help is.
            raise UsageFailure(lines[-2] if len(lines) > 1 else f"{name} (exit 64)")
        how = f"signal {-result.returncode}" if result.returncode < 0 else f"exit {result.returncode}"
        # What verify finds stands in its rows.
        found = [line for line in result.stdout.splitlines() if "damaged" in line] if words[0] == "verify" else []
        raise Failure(f"{(found or lines[-1:] or [name])[0]} ({how})")
    return result.stdout


def rows_of(engram, warehouse, sql):
    return json.loads(run(engram, "engram-query", warehouse, "--sql", sql, "--format", "json"))


def check_part(job, path, shard):
    """Raises where the file that is there is not this part of this run."""
    expected = json.loads(run(
        job["engram"], "engram-ingest", *job["ingest"], "--shard", shard, "--identity", "--format", "json"))[0]
    wanted = (expected["identity"], f"{expected['shard_index']}/{expected['shard_count']}", True)
    try:
        found = rows_of(job["engram"], path, """
            select identity, name, shard_index || '/' || shard_count as part, shard_last is null as is_single,
              completed_at is not null as is_complete
            from run""")
    except Failure as failure:
        raise Failure(f"{path}: expected part {shard} of run {wanted[0][:12]}, found no such warehouse: {failure}; "
                      "move it away or choose another --output") from None
    told = [(row["identity"], row["part"] if row["is_single"] else None, bool(row["is_complete"])) for row in found]
    if told != [wanted]:
        there = ", ".join(
            f"{'part ' + row['part'] if row['part'] else 'the whole'} of run {row['identity'][:12]} ({row['name']})"
            + ("" if row["is_complete"] else ", not complete") for row in found) or "no run"
        raise Failure(f"{path}: expected part {shard} of run {wanted[0][:12]}, found {there}; "
                      "move it away or choose another --output")


def remove(path):
    for left in glob.glob(glob.escape(path) + "*"):
        shutil.rmtree(left) if os.path.isdir(left) else os.unlink(left)


def settle(path):
    """What was written stands on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep(job, shard, path, attempt, made):
    """A warehouse of a part in its place: taken if it is there, else `made` in Spark's folder on this machine's own disk, for
    SQLite's log is not for a file system that several machines share, and copied under a name of this attempt's own."""
    if os.path.exists(path):
        check_part(job, path, shard)
        return "taken"
    partial = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{job['id']}.{attempt}")
    scratch = tempfile.mkdtemp(prefix="engram-", dir=shipped())
    try:
        growing = os.path.join(scratch, "part.db")
        made(growing)
        # Sealed: without a log.
        run(job["engram"], "engram-ingest", "copy", growing, partial)
        shutil.rmtree(scratch)
        run(job["engram"], "engram-ingest", "verify", partial)
        settle(partial)
        os.replace(partial, path)
        settle(os.path.dirname(path))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        remove(partial)
    return "made"


def make_part(job, index, attempt):
    """Paths of the part and of its class counts, where these are asked for, and whether the part was there."""
    shard = f"{index}/{job['parts']}"
    path = os.path.join(job["output"], "parts", f"part-{index:05}-of-{job['parts']:05}.db")
    status = keep(job, shard, path, attempt, lambda file: run(
        job["engram"], "engram-ingest", *job["ingest"], "--into", file, "--shard", shard))
    counts = None
    if job["counts"]:
        counts = os.path.join(os.path.dirname(path), f"counts-{index:05}-of-{job['parts']:05}.db")
        keep(job, shard, counts, attempt, lambda file: run(
            job["engram"], "engram-ingest", "merge", file, path, "--partial", "--profiles-only"))
    return path, counts, status


def export_part(job, index, attempt, path):
    """The part as Parquet, file by file moved into the folder that all share."""
    partial = os.path.join(job["output"], f".parquet.{job['id']}.{index}.{attempt}")
    folder = os.path.join(job["output"], "parquet")
    tag = f"part-{index}of{job['parts']}-"
    try:
        run(job["engram"], "engram-query", "export", path, "parquet", "--output", partial)
        moved = set()
        for root, _, names in os.walk(partial):
            for name in names:
                if not name.startswith(tag):
                    raise Failure(f"{path}: expected Parquet files named {tag}..., found {name}")
                target = os.path.normpath(os.path.join(folder, os.path.relpath(root, partial)))
                os.makedirs(target, exist_ok=True)
                os.replace(os.path.join(root, name), os.path.join(target, name))
                moved.add(os.path.join(target, name))
        # Of an earlier export of this part, which had more files.
        for old in glob.glob(os.path.join(glob.escape(folder), "**", tag + "*"), recursive=True):
            if os.path.normpath(old) not in moved:
                os.unlink(old)
    finally:
        remove(partial)


def make(job, index):
    """A row of the summary. What fails is raised, for Spark to try again; wrong usage, which no trial mends, is returned."""
    from pyspark import TaskContext
    started, context = time.time(), TaskContext.get()
    attempt = f"{socket.gethostname()}-{os.getpid()}-{context.taskAttemptId() if context else 0}"
    place = f"part {index}/{job['parts']} on {socket.gethostname()}"
    try:
        path, counts, status = make_part(job, index, attempt)
        if job["parquet"]:
            export_part(job, index, attempt, path)
    except UsageFailure as failure:
        return {"part": index, "error": f"{place}: {failure}"}
    except Failure as failure:
        raise RuntimeError(f"engram-part<<{place}: {failure}>>") from None
    except OSError as error:
        raise RuntimeError(f"engram-part<<{place}: {error}>>") from None
    return {
        "part": index, "status": status, "host": socket.gethostname(), "bytes": os.path.getsize(path),
        "seconds": round(time.time() - started, 2), "file": path, "counts": counts,
        "tries": context.attemptNumber() + 1 if context else 1,
    }


# What runs on the driver.

def ship(context):
    """Sends the programs and the libraries of Swift's runtime, which they find beside themselves."""
    libraries = {}
    for name in PROGRAMS:
        path = shutil.which(name)
        if not path:
            raise Failure(f"--ship: {name} is not in the driver's PATH")
        context.addFile(os.path.realpath(path))
        listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
        for library, place in re.findall(r"^\s*(\S+) => (\S+)", listed, re.M):
            if re.match(r"lib(swift|_?Foundation|dispatch|BlocksRuntime)", library):
                libraries[library] = place
    for place in libraries.values():
        context.addFile(place)


def session(options):
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise Failure("pyspark is not installed: pip install pyspark (and a JDK)") from None
    builder = SparkSession.builder.appName("engram")
    if options.master:
        builder = builder.master(options.master)
    # Names of runs and layers are text, whatever they look like.
    builder = builder.config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    if not sys.stderr.isatty():
        builder = builder.config("spark.ui.showConsoleProgress", "false")
    for name, value in options.conf:
        builder = builder.config(name, value)
    try:
        found = builder.getOrCreate()
    except Exception as error:  # Py4J's and Spark's share no base class of their own.
        raise Failure(f"Spark did not start: {' '.join(str(error).splitlines()[:2])[:500]}") from None
    found.sparkContext.setLogLevel(options.log)
    return found


def run_tasks(spark, job):
    context = spark.sparkContext
    numbers = context.parallelize(range(1, job["parts"] + 1), job["parts"])
    try:
        rows = numbers.map(lambda index: make(job, index)).collect()
    except Exception as error:
        told = re.findall(r"engram-part<<(.*?)>>", str(error), re.S)
        raise Failure(" ".join(told[-1].split()) if told else " ".join(str(error).split())[:500]) from None
    failures = [row["error"] for row in rows if "error" in row]
    if failures:
        raise UsageFailure(failures[0])
    return sorted(rows, key=lambda row: row["part"])


def with_threads(options, spark):
    """As many threads as Spark counts a task for, where nothing else is said; a recording's ingest has no such option."""
    if options.ingest[0] == "recording" or any(word.split("=")[0] == "--threads" for word in options.ingest):
        return options.ingest
    return options.ingest + ["--threads", spark.sparkContext.getConf().get("spark.task.cpus", "1")]


def ask(spark, options):
    """Prints the rows of the queries over the folder of Parquet."""
    import csv
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    try:
        import parquet_sql
    except ImportError:
        raise Failure("--query: no parquet_sql.py of Engram's tools beside engram_spark.py or in the PYTHONPATH") from None
    folder = parquet_sql.SparkFolder(os.path.join(options.output, "parquet"), dict(options.ask), session=spark)
    for name in options.query:
        try:
            path = name if name.endswith(".sql") else parquet_sql.QUERIES / f"{name}.sql"
            with open(path) as file:
                columns, rows = folder.query(file.read())
        except Exception as error:  # Py4J's and Spark's share no base class of their own.
            raise Failure(f"--query {name}: {' '.join(str(error).split())[:500]}") from None
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def leftovers(output):
    names = sorted(name for folder in (output, os.path.join(output, "parts")) if os.path.isdir(folder)
                   for name in os.listdir(folder) if re.match(r"\.(part-|counts-|parquet\.)", name))
    return names


def work(options):
    for folder in ("parts", "parquet")[:1 + options.parquet]:
        os.makedirs(os.path.join(options.output, folder), exist_ok=True)
    left = leftovers(options.output)
    if left:
        print(f"engram_spark: {options.output} has {len(left)} unfinished files of other jobs ({left[0]}): remove them if "
              "none is at work", file=sys.stderr)
    spark = session(options)
    try:
        if options.ship:
            ship(spark.sparkContext)
        job = {
            "id": uuid.uuid4().hex[:8], "parts": options.parts, "output": options.output, "engram": options.engram,
            "parquet": options.parquet, "counts": options.merge == "counts", "ingest": with_threads(options, spark),
        }
        try:
            rows = run_tasks(spark, job)
        finally:
            # Tasks that were lost with their machine leave theirs.
            for folder in (options.output, os.path.join(options.output, "parts")):
                for name in os.listdir(folder):
                    if name.startswith(".") and f".{job['id']}." in name:
                        remove(os.path.join(folder, name))
        for row in rows:
            print(f"part {row['part']}/{job['parts']} {row['status']} on {row['host']} (try {row['tries']}): "
                  f"{row['bytes']} bytes, {row['seconds']} s", flush=True)
        if options.merge != "none":
            target, own, words = {
                "all": ("warehouse.db", "file", []),
                "profiles": ("profiles.db", "file", ["--profiles-only"]),
                "counts": ("counts.db", "counts", []),
            }[options.merge]
            files = [row[own] for row in rows]
            print(run(options.engram, "engram-ingest", "merge", os.path.join(options.output, target), *files, *words),
                  end="", flush=True)
        if options.parquet:
            # As Spark's own writers do.
            with open(os.path.join(options.output, "parquet", "_SUCCESS"), "w"):
                pass
        if options.query:
            ask(spark, options)
    finally:
        spark.stop()


def main():
    options = parse(sys.argv[1:])
    try:
        work(options)
    except Failure as failure:
        print(f"engram_spark: {failure}", file=sys.stderr)
        return 64 if isinstance(failure, UsageFailure) else 1
    except OSError as error:
        print(f"engram_spark: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("engram_spark: interrupted; the same command goes on with the parts that are there", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
