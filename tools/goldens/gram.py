#!/usr/bin/env python3
"""Writes Tests/AnalyticsTests/Fixtures/gram.json: feature maps of a reference and of samples, and what the detector gram makes
of them by NumPy, in Float64 and with whole Gram matrices, as its authors' released code takes them (Sastry & Oore 2020).

    python3 tools/goldens/gram.py
"""
import json
import pathlib

import numpy as np

CHANNELS, POSITIONS = [3, 17, 5], [6, 4, 1]


def entries(maps, order):
    """maps: channels × positions. The row sums of the Gram matrix of their powers, and the roots of these."""
    powers = maps**order
    sums = (powers @ powers.T).sum(1)
    return np.sign(sums) * np.abs(sums) ** (1 / order)


def all_entries(sample, orders):
    """By layer: orders · channels."""
    return [np.concatenate([entries(maps, order) for order in range(1, orders + 1)]) for maps in sample["maps"]]


def ranges(reference, orders):
    found = {}
    for sample in reference:
        if not sample["held"]:
            own = all_entries(sample, orders)
            low, high = found.get(sample["predicted"], (own, own))
            found[sample["predicted"]] = (
                [np.minimum(a, b) for a, b in zip(low, own)], [np.maximum(a, b) for a, b in zip(high, own)])
    return found


def deviations(sample, found, orders):
    """By layer; None where the class has no ranges."""
    if sample["predicted"] not in found:
        return None
    relu = lambda x: np.maximum(x, 0)
    return np.array([
        (relu(low - g) / np.abs(low + 1e-6) + relu(g - high) / np.abs(high + 1e-6)).sum()
        for g, low, high in zip(all_entries(sample, orders), *found[sample["predicted"]])])


def scores(reference, samples, orders):
    found = ranges(reference, orders)
    aside = [deviations(one, found, orders) for one in reference if one["held"]]
    mean = np.mean([one for one in aside if one is not None], 0) + 1e-7
    made = [deviations(one, found, orders) for one in samples]
    return [None if one is None else float(-(one / mean).sum()) for one in made]


def drawn(random, classes, spread):
    predicted = int(random.integers(classes))
    maps = [random.normal(predicted * 0.3, spread, (c, p)) for c, p in zip(CHANNELS, POSITIONS)]
    # Rectified but in the first layer, whose signs are kept; a channel of the second is silent.
    maps[1:] = [np.maximum(one, 0) for one in maps[1:]]
    maps[1][4] = 0
    return {"predicted": predicted, "maps": [one.round(3).astype(np.float32).astype(np.float64) for one in maps]}


if __name__ == "__main__":
    random = np.random.default_rng(12)
    reference = [drawn(random, 3, 1) | {"held": index % 5 == 4} for index in range(40)]
    # Held aside and alone.
    reference[9]["predicted"] = 7
    samples = [drawn(random, 3, spread) for spread in [1] * 6 + [0.3, 2, 5, 20]]
    # What the silent channel says, values whose powers no Float32 holds, and a class without ranges.
    samples[1]["maps"][1][4, 2] = 0.25
    samples[2]["maps"] = [one * 2.0**24 for one in samples[2]["maps"]]
    samples[3]["predicted"] = 5

    def written(sample):
        return sample | {"maps": [
            [float(str(np.float32(value))) for value in one.flatten()] for one in sample["maps"]]}

    golden = {
        "channels": CHANNELS, "positions": POSITIONS, "reference": [written(one) for one in reference],
        "samples": [written(one) for one in samples],
        "entries": np.concatenate(all_entries(samples[0], 10)).tolist(),
        "scores": {"gram": scores(reference, samples, 10), "gram:orders=3": scores(reference, samples, 3)},
    }
    path = pathlib.Path(__file__).resolve().parents[2] / "Tests/AnalyticsTests/Fixtures/gram.json"
    path.write_text(json.dumps(golden) + "\n")
    print(path, golden["scores"])
