"""What was measured: the table as it goes, the JSON, and what got slower since another JSON."""
import json
import statistics

CROWD = 0.1  # Processors that others may use without having slowed a run.
NOISE = 0.05  # What two runs differ by although nothing changed, whatever their own spreads.


def spread(values):
    return f"{short(min(values))}–{short(max(values))}" if len(values) > 1 else ""


def short(value):
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


class Measured:
    """A row's rounds: of every side its figures, and of every rival the ratios, round by round. Below 1 Engram is faster."""

    def __init__(self, row, sides, share, others=0):
        self.row, self.share, self.others = row, share, others
        self.figures = {who: figures for who, figures in sides.items()}
        own = sides["Engram"]
        self.ratios = {who: [a.value / b.value for a, b in zip(own, figures)] for who, figures in sides.items() if who != "Engram"}
        for who in own[0].beside:
            self.ratios[who] = [figure.value / figure.beside[who] for figure in own]
        rivals = {who: self.median(who) for who in sides if who != "Engram"}
        self.best = min(rivals, key=rivals.get, default=None)
        self.budget = self.judged() if row.budget else None

    def values(self, who):
        return [figure.value for figure in self.figures[who]]

    def median(self, who="Engram"):
        return statistics.median(self.values(who))

    def memory(self, who):
        return max(figure.memory for figure in self.figures[who])

    def judged(self):
        """The budget in words, and whether it is kept; None where the rival was not measured."""
        limit, of, memory = self.row.budget
        against = self.best if of == "best" else of
        if of == "torch":
            against = min((who for who in self.ratios if who.split(",")[0] == of), key=self.median, default=None)
        if of and against not in self.ratios:
            return {"text": f"{limit:g} × {of}", "kept": None}
        reached = statistics.median(self.ratios[against]) if of else self.median()
        kept = reached >= limit if self.row.rate else reached <= limit
        text = f"{'≥' if self.row.rate else '≤'} {limit:g} " + (f"× {of}" if of else self.row.unit)
        if memory:
            text, kept = f"{text}, ≤ {memory} MiB", kept and self.memory("Engram") <= memory
        return {"text": text, "kept": kept}

    def lines(self):
        name = self.row.name
        for who in self.figures:
            ratios = self.ratios.get(who, [])
            notes = []
            if who == "Engram":
                notes += [f"{self.share[1]:.0%} of {self.share[0]}"] if self.share else []
                notes += [f"{statistics.median(self.ratios[w]):.2f} × {w}" for w in self.figures[who][0].beside]
                if self.budget:
                    notes.append(f"{self.budget['text']}: " + {True: "kept", False: "MISSED", None: "not measured"}[self.budget["kept"]])
            ratio = short(statistics.median(ratios)) if ratios else ""
            yield (f"{name:<24} {who:<20} {short(self.median(who)):>8} {spread(self.values(who)):>13} {ratio:>6} {spread(ratios):>11}"
                   f" {self.memory(who):>6.0f}  {'; '.join(notes)}").rstrip()
            name = ""
        if self.others > CROWD:
            yield f"{'':<24} measure again: others used {self.others:.1f} processors meanwhile"

    def json(self):
        rounded = lambda values: [float(f"{value:.5g}") for value in values]
        return {"unit": self.row.unit, "purpose": self.row.purpose,
                "rounds": {who: rounded(self.values(who)) for who in self.figures},
                "medians": {who: float(f"{self.median(who):.5g}") for who in self.figures},
                "ratios": {who: rounded(ratios) for who, ratios in self.ratios.items()}, "best": self.best,
                "memory_mib": {who: round(self.memory(who)) for who in self.figures},
                "others": round(self.others, 2),
                "share": self.share and {"of": self.share[0], "share": float(f"{self.share[1]:.3g}")}, "budget": self.budget}


HEADER = f"{'row':<24} {'who':<20} {'median':>8} {'min–max':>13} {'ratio':>6} {'min–max':>11} {'MiB':>6}  share of limit; budget"


SAME = ("model", "cores", "threads", "level")  # of machines whose figures may be compared


def alike(one, other):
    return all(one.get(key) == other.get(key) for key in SAME)


def write(path, about, rows, earlier):
    """A line a row, that a committed file shows what changed: those measured, and those of an earlier file that were not."""
    head = json.dumps(about, indent=1, ensure_ascii=False)[:-2]
    own = {name: {"commit": about["commit"], **row.json()} for name, row in rows.items()}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}" for name, row in sorted((earlier | own).items()))
    path.write_text(f'{head},\n "rows": {{\n{lines}\n }}\n}}\n', encoding="utf-8")


def slower(then, now, is_rate):
    """Whether the median got worse by more than either's spread."""
    rise = (statistics.median(now) - statistics.median(then)) * (-1 if is_rate else 1)
    return rise > max(max(then) - min(then), max(now) - min(now), NOISE * statistics.median(then))


def compared(then, about, rows):
    """Lines on what got slower since `then`, and one on what was compared.

    Ratios to rivals are compared wherever both were measured; figures of rows without a rival between like machines alone.
    """
    same = alike(then, about)
    found, count, left = [], 0, []
    for name, row in rows.items():
        old = then["rows"].get(name)
        pairs = {who: (old["ratios"][who], new) for who, new in row.ratios.items() if old and who in old["ratios"]}
        if old and not pairs and same:
            pairs[row.row.unit] = (old["rounds"]["Engram"], row.values("Engram"))
        count += bool(pairs)
        left += [] if pairs else [name]
        for who, (before, after) in pairs.items():
            if slower(before, after, row.row.rate):
                figures = (f"{short(statistics.median(values))} ({spread(values) or 'one round'})" for values in (after, before))
                found.append(f"slower: {name}: {', was '.join(figures)} {f'× {who}' if who in row.ratios else who}")
    said = f"{count} rows compared, {len({line.split(':')[1] for line in found})} got slower"
    if left:
        said += f"; not compared: {', '.join(left)}" + ("" if same else " (another machine, level or number of threads)")
    return found, said
