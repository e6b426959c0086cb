"""What was compared, how far apart it was, how far it may be."""
import math


class Checks:
    """The table: what, how much was compared, the worst difference, what is allowed."""

    def __init__(self):
        self.rows = []

    def add(self, what, count, worst, allowed):
        """Fails above `allowed`, and when nothing was compared."""
        ok = "ok" if count > 0 and worst <= allowed else "FAIL"
        self.rows.append((what, f"{count:,}", f"{worst:.3g}", f"{allowed:.3g}", ok))

    def note(self, what, count, worst):
        """A figure that has no limit."""
        self.rows.append((what, f"{count:,}", f"{worst:.3g}", "", "note"))

    def equal(self, what, ours, theirs):
        """Exact agreement; the difference shown is the number of values that differ."""
        self.add(what, len(ours), sum(a != b for a, b in zip(ours, theirs)) + abs(len(ours) - len(theirs)), 0)

    def close(self, what, ours, theirs, allowed, floor=1e-12):
        """Relative agreement of every value, that of a value below `floor` relative to the floor."""
        if len(ours) != len(theirs):
            return self.add(what + " (number)", len(ours), abs(len(ours) - len(theirs)), 0)
        self.add(what, len(ours), max((relative(a, b, floor) for a, b in zip(ours, theirs)), default=0), allowed)

    def print(self):
        table = [("check", "compared", "worst", "allowed", "")] + self.rows
        widths = [max(len(row[i]) for row in table) for i in range(5)]
        for row in table:
            print("  ".join(c.ljust(w) if i in (0, 4) else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))))
        return all(row[4] != "FAIL" for row in self.rows)


def relative(a, b, floor):
    if a is None or b is None:
        return 0 if a is b else math.inf
    worst = abs(a - b) / max(abs(a), abs(b), floor)
    return math.inf if math.isnan(worst) else worst
