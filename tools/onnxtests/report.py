"""Tests by result and by operator, the failures, and why operators were refused."""
import collections
import re
import sys

from .operators import KNOWN


def summary(rows):
    for part in ("models", "nodes"):
        own = [row for row in rows if row[0] == part]
        if not own:
            continue
        results, operators = collections.defaultdict(set), {}
        for row in own:
            results[row[1]].add((row[5], row[3] == "constant"))
            operators[row[1]] = row[2]
        kinds = {name: kind_of(part, found) for name, found in results.items()}
        say(f"{part}: {counted(kinds.values())} tests; {counted(row[5] for row in own)} comparisons")
        for operator in sorted(set(operators.values())):
            say(f"  {operator}: {counted(kind for name, kind in kinds.items() if operators[name] == operator)}")
        for row in own:
            if row[5] == "failed":
                say(f"  failed: {row[1]} ({row[2]}, {row[3]}, output {row[4]}): {row[7]}")
        reasons = collections.Counter()
        for row in own:
            if row[5] == "refused" and (part == "models" or row[2] in KNOWN or row[2] == "several"):
                reasons[row[2], "constant" if row[3] == "constant" else "computed", plain(row[7])] += 1
        for (operator, form, reason), count in sorted(reasons.items()):
            say(f"  refused: {count} × {operator}, {form}: {reason}")


def kind_of(part, results):
    found = {result for result, _ in results}
    if "failed" in found:
        return "failed"
    if part == "models" and "refused" in found:
        return "not supported"
    if ("passed", False) in results:
        return "passed"
    if "passed" in found:
        return "passed as constants alone"
    return "not supported" if "refused" in found else "left out"


def counted(kinds):
    return ", ".join(f"{count} {kind}" for kind, count in collections.Counter(kinds).most_common())


def say(text):
    print(text, file=sys.stderr)


def plain(reason):
    """Without what differs from test to test."""
    reason = reason.split("that it does not: ")[-1]
    return re.sub(r", \d+ × \([^)]*\)", "", reason)[:200]
