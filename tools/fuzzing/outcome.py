"""Runs a program over an input and says what came of it: an answer, an error line, or a failure and why."""
import os
import re
import signal
import subprocess
import threading
import time

TRACE = re.compile(rb"Fatal error|Stack dump|Sanitizer|runtime error:|Illegal instruction|Program crashed|libc\+\+abi|terminate called")


class Outcome:
    def __init__(self, kind, why, seconds, megabytes):
        self.kind, self.why, self.seconds, self.megabytes = kind, why, seconds, megabytes


def run(command, folder, limits, asked=None):
    """Runs a command in a folder. Where `asked` is given it is interrupted after that many seconds, and has to end soon."""
    environment = dict(os.environ, SWIFT_BACKTRACE="enable=no", OPENBLAS_NUM_THREADS="1", SQLITE_TMPDIR=folder,
                       ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:abort_on_error=1")
    start = time.monotonic()
    with open(os.path.join(folder, ".out"), "wb") as out, open(os.path.join(folder, ".err"), "wb") as err:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment)
        hung = []

        def kill():
            hung.append(True)
            process.send_signal(signal.SIGKILL)

        timers = [threading.Timer((asked or 0) + limits.seconds, kill)]
        if asked:
            timers.append(threading.Timer(asked, lambda: process.send_signal(signal.SIGINT)))
        for timer in timers:
            timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        for timer in timers:
            timer.cancel()
    seconds, megabytes = time.monotonic() - start, usage.ru_maxrss / 1024
    with open(os.path.join(folder, ".err"), "rb") as err:
        errors = err.read()
    kind, why = judged(process.returncode, errors, hung, megabytes, limits)
    return Outcome(kind, why, seconds, megabytes)


def judged(code, errors, hung, megabytes, limits):
    trace = TRACE.search(errors)
    if hung:
        return "failure", f"no end after {limits.seconds} s"
    if code < 0:
        return "failure", f"signal {-code} ({signal.Signals(-code).name})"
    if trace:
        return "failure", "a trace on stderr: " + trace.group().decode()
    if megabytes > limits.megabytes:
        return "failure", f"{megabytes:.0f} MB of memory"
    if code == 0:
        return "answer", ""
    if code in (130, 143):
        return "answer", "interrupted"
    if code not in (1, 64):
        return "failure", f"exit status {code}"
    lines = [line for line in errors.replace(b"\r", b"\n").split(b"\n") if line.startswith(b"engram-")]
    if not 1 <= len(lines) <= (2 if code == 64 else 1):
        return "failure", f"exit status {code} with {len(lines)} error lines"
    if max(map(len, lines)) > 4000:
        return "failure", f"an error line of {max(map(len, lines))} bytes"
    return "error line", ""
