"""One layer of a run against PyTorch: activations, bits and the counts of the bits."""
import numpy as np
import torch

from . import encodings, network


class BitComparison:
    """The bits of one layer against PyTorch's, by one of the ways to get there."""

    def __init__(self):
        self.compared = self.differing = self.far = 0
        self.worst = [0.0, 0.0]  # relative to τ, to Σ|a| / n_in

    def add(self, s, theirs, sample):
        rows, columns = np.nonzero(s != theirs.bits[sample])
        self.compared += s.size
        self.differing += len(rows)
        if len(rows):
            distances = theirs.distances(sample, rows, columns)
            self.far += int((distances[0] > 1e-5).sum())
            self.worst = [max(worst, d.max()) for worst, d in zip(self.worst, distances)]


class LayerComparison:
    """One layer's activations and bits, sample by sample, and the counts made from them."""

    def __init__(self, run, layer, weights):
        self.run = run
        self.id, self.name, self.n_in, self.n_out, self.n_cols = layer
        self.parameters = [weights[f"{self.name}.{kind}"] for kind in ("weight", "bias")]
        self.counts = {"interaction": {}, "neuron": {}, "PyTorch": {}}
        self.inputs = {}
        self.formula, self.whole = BitComparison(), BitComparison()
        self.wrong_popcounts = 0
        self.worst_x = self.worst_z = 0.0

    def add(self, samples, x_torch, z_torch):
        """`samples` of the run; PyTorch's activations of the first of them, as many as were asked for."""
        stored = [self.read(sample[0]) for sample in samples]
        for (_, _, label, _, _), (x, z, s) in zip(samples, stored):
            self.inputs.setdefault(label, []).append(x)
            self.count("interaction", label, s)
            self.count("neuron", label, z[:, None] > 0)
        against = stored[: len(x_torch)]
        if not against:
            return
        x, z = (torch.from_numpy(np.stack(part)) for part in list(zip(*against))[:2])
        self.worst_x = max(self.worst_x, apart(x, x_torch))
        self.worst_z = max(self.worst_z, apart(z, z_torch))
        for comparison, activations in ((self.formula, (x, z)), (self.whole, (x_torch,))):
            theirs = network.Significance(*self.parameters, *activations)
            for i, (_, _, s) in enumerate(against):
                comparison.add(s, theirs, i)
                if comparison is self.whole:
                    self.count("PyTorch", samples[i][2], theirs.bits[i])

    def count(self, kind, label, matrix):
        n, k = self.counts[kind].get(label, (0, np.zeros(matrix.shape, np.int32)))
        self.counts[kind][label] = (n + 1, np.add(k, matrix, out=k))

    def read(self, sample):
        x, z = self.run.one("select x, z from activation where (run_id, layer_id, sample_id) = (?, ?, ?)",
                            self.run.id, self.id, sample)
        z = np.frombuffer(z, "<f4")
        if x is None:  # The rectified output of the layer before, which is not kept twice.
            source = self.run.one("select z from activation where run_id = ? and sample_id = ? and layer_id ="
                                  " (select relu_of from layer where layer_id = ?)", self.run.id, sample, self.id)[0]
            x = np.maximum(np.frombuffer(source, "<f4"), 0)
        else:
            x = encodings.read_x(x, self.n_in)
        if self.run.bitsets == "derived":
            return x, z, encodings.derived_bits(*(p.numpy() for p in self.parameters), x, z)
        n, bits = self.run.one(
            "select n_significant, bits from significance where (run_id, layer_id, sample_id) = (?, ?, ?)",
            self.run.id, self.id, sample)
        s = encodings.read_bits(bits)
        self.wrong_popcounts += int(s.sum() != n)
        return x, z, s

    def check(self, checks):
        kind = "bits" if self.run.bitsets == "stored" else "derived bits"
        samples = self.whole.compared // (self.n_out * self.n_cols)
        checks.add(f"{self.name} x, relative to the largest", samples * self.n_in, self.worst_x, 1e-5)
        checks.add(f"{self.name} z, relative to the largest", samples * self.n_out, self.worst_z, 1e-5)
        for how, comparison, relative in (("on stored x, z", self.formula, 0), ("from pixels on", self.whole, 1)):
            found, what = comparison.differing, f"{self.name} {kind}, PyTorch {how}"
            checks.add(f"{what}: share that differs", comparison.compared, found / max(comparison.compared, 1), 1e-5)
            if found:
                scale = "τ", "Σ|a| / n_in"
                checks.add(f"{what}: distance, relative to {scale[relative]}", found, comparison.worst[relative], 1e-5)
        if self.whole.far:
            checks.note(f"{what}: over 1e-5 relative to τ", self.whole.far, self.whole.worst[0])
        if self.run.bitsets == "stored":
            checks.add(f"{self.name} n_significant", len(self.run.samples), self.wrong_popcounts, 0)
        self.check_counts(checks)

    def check_counts(self, checks):
        for kind in ("interaction", "neuron"):
            true, permuted = (self.run.profiles(self.id, kind, grouping) for grouping in ("true", "permuted"))
            checks.equal(f"{self.name} {kind}: classes and samples", samples_of(true), samples_of(self.counts[kind]))
            same = true.keys() & self.counts[kind].keys()
            wrong = sum(int((true[c][1] != self.counts[kind][c][1]).sum()) for c in same)
            checks.add(f"{self.name} {kind} counts, recounted", sum(true[c][1].size for c in same), wrong, 0)
            checks.equal(f"{self.name} {kind}, permuted: samples", samples_of(permuted), samples_of(true))
            total = sum(k for _, k in true.values()) - sum(k for _, k in permuted.values())
            checks.add(f"{self.name} {kind} counts, permuted: sum", np.size(total), np.abs(total).sum(), 0)
        if self.whole.compared == len(self.run.samples) * self.n_out * self.n_cols:
            pairs = [(self.counts["interaction"][c][1], k) for c, (_, k) in self.counts["PyTorch"].items()]
            checks.add(f"{self.name} counts from PyTorch's bits: sum of differences", sum(k.size for _, k in pairs),
                       sum(int(np.abs(a.astype(int) - b).sum()) for a, b in pairs), self.whole.differing)


def apart(ours, theirs):
    """The worst difference of any sample, relative to the sample's largest value."""
    worst = float(((ours - theirs).abs().amax(1) / theirs.abs().amax(1).clamp(min=1e-30)).max())
    return np.inf if np.isnan(worst) else worst


def samples_of(profiles):
    return sorted((label, n) for label, (n, _) in profiles.items())
