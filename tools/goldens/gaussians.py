"""Writes the golden file of the control in activation space with NumPy and SciPy; see README.md beside this file."""

import json
import pathlib

import numpy as np
from scipy import stats

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/AnalyticsTests/Fixtures"
FLOOR = 1e-6

rng = np.random.default_rng(20)
NEURONS, CONSTANT, STILL = 19, 4, 7
labels = np.repeat([0, 1, 2, 3], [9, 14, 5, 1])
z = np.float32(rng.normal(size=(len(labels), NEURONS)) * rng.uniform(0.1, 30, NEURONS) + 3 * labels[:, None])
z[:, CONSTANT] = 2.5
z[labels == 1, STILL] = -1.25

wide = np.float64(z)
kept = np.arange(NEURONS) != CONSTANT
floors = FLOOR * wide.var(0)


def profile(rows):
    return rows.mean(0)[kept], np.maximum(rows.var(0), floors)[kept]


def density(sample, rows):
    mean, variance = profile(rows)
    return stats.norm.logpdf(sample[kept], mean, np.sqrt(variance)).sum()


def kl(p, q):
    (m, v), (n, w) = p, q
    return 0.5 * (np.log(w / v) + (v + (m - n) ** 2) / w - 1).sum()


classes = [profile(wide[labels == c]) for c in range(4)]
entropies = [stats.norm.entropy(m, np.sqrt(v)).sum() for m, v in classes]
divergences = [[kl(p, q) for q in classes] for p in classes]
likelihoods = []
for i, (sample, own) in enumerate(zip(wide, labels)):
    row = [density(sample, wide[labels == c]) for c in range(4)]
    rest = (labels == own) & (np.arange(len(labels)) != i)
    row[own] = density(sample, wide[rest]) if rest.any() else None
    likelihoods.append(row)

# Resampled: samples of each class dealt out into blocks, each drawn so many times.
blocks = [[[0, 1, 2, 3], [4, 5], [6, 7, 8]], [[9, 10, 11, 12, 13, 14], [15, 16, 17, 18, 19, 20, 21, 22]], [[23, 24], [25, 26, 27]], [[28]]]
draws = [[[1, 1, 1], [1, 1], [1, 1], [1]], [[2, 0, 1], [0, 2], [1, 1], [1]], [[0, 3, 0], [1, 1], [2, 0], [1]]]
replicates = []
for draw in draws:
    rows = [wide[sum((b * w for b, w in zip(own, weights)), [])] for own, weights in zip(blocks, draw)]
    floors = FLOOR * np.concatenate(rows).var(0)
    drawn = [profile(r) for r in rows]
    entropy = np.mean([stats.norm.entropy(m, np.sqrt(v)).sum() for m, v in drawn]) / kept.sum()
    pairs = [kl(p, q) for i, p in enumerate(drawn) for j, q in enumerate(drawn) if i != j]
    replicates.append({"entropy": entropy, "separation": np.mean(pairs) / kept.sum()})

golden = {
    "z": z.tolist(), "labels": labels.tolist(), "leftOut": 1, "entropies": entropies, "divergences": divergences,
    "likelihoods": likelihoods, "blocks": blocks, "draws": draws, "replicates": replicates,
}
(FIXTURES / "gaussians.json").write_text(json.dumps(golden) + "\n")
