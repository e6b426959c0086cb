"""Runs a command in a process of its own: what it printed and noted, its seconds and its peak memory."""
import collections
import json
import pathlib
import subprocess
import sys

TOOLS = pathlib.Path(__file__).resolve().parent.parent
Done = collections.namedtuple("Done", "output notes seconds memory")  # what stood on standard error; memory in MiB
# Run by a small Python, for a child's peak memory counts that of the process it was forked from.
MEASURE = """
import os, resource, subprocess, sys, time
def busy():  # of all processors, in seconds
    try:
        user, nice, system = map(int, open("/proc/stat").readline().split()[1:4])
    except OSError:
        return 0
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")
start, before = time.perf_counter(), busy()
status = subprocess.run(sys.argv[1:]).returncode
seconds, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
others = max(0, busy() - before - used.ru_utime - used.ru_stime)
print("", others, seconds, used.ru_maxrss, sep="\\n", file=sys.stderr)
sys.exit(status if status >= 0 else 128 - status)
"""
SHORT = 1  # Seconds of a run in which others' time is not told from the clock's ticks.
crowded = [0.0]  # Processors that others used meanwhile, a run each.


class Failed(Exception):
    """A command's last line of error, and the command."""


def run(words, environment):
    """Runs a command in tools/, where `python -m benching.…` finds this package."""
    words = [str(word) for word in words]
    done = subprocess.run([sys.executable, "-c", MEASURE, *words], capture_output=True, text=True, cwd=TOOLS, env=environment)
    if done.returncode:
        said = [line for line in done.stderr.splitlines()[:-3] if line.strip()] or ["nothing was said"]
        raise Failed(f"{said[-1]} (exit {done.returncode}: {' '.join(words)[:300]})")
    *notes, others, seconds, memory = done.stderr.splitlines()
    if float(seconds) > SHORT:
        crowded.append(float(others) / float(seconds))
    return Done(done.stdout, "\n".join(notes), float(seconds), int(memory) / 1024)


def crowd():
    """The most processors that others used during a run since this was asked."""
    most = max(crowded)
    crowded[:] = [0.0]
    return most


def job(module, arguments, environment):
    """What `serve` of a module of this package answers to a job, and the process's peak memory."""
    done = run([sys.executable, "-B", "-m", f"benching.{module}", json.dumps(arguments)], environment)
    return json.loads(done.output.splitlines()[-1]), done.memory


def serve(jobs):
    """The other end of `job`: calls the function that the job names by `what`, with the rest of it."""
    arguments = json.loads(sys.argv[1])
    print(json.dumps(jobs[arguments.pop("what")](**arguments)))
