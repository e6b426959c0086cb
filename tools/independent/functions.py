"""Engram's SQL functions beside the same worked out with NumPy and SciPy: one check or more for each."""
import json

import numpy as np
import xxhash
from scipy.linalg import subspace_angles
from scipy.spatial.distance import mahalanobis
from scipy.special import log_softmax, logsumexp, xlogy
from scipy.stats import rankdata

from . import encodings, measures

CLOSE = 1e-9


class Case:
    """Samples of one layer: their blobs, and what NumPy holds of them."""

    def __init__(self, name, bits, dense, x, inputs, z, outputs, weights=None):
        self.name, self.bits, self.dense = name, bits, dense  # dense: N × n_out × n_cols
        self.x, self.inputs, self.z, self.outputs = x, inputs, z, outputs  # N × n_in, N × n_out
        self.n_out, self.n_cols = dense.shape[1:]
        self.n_in = inputs.shape[1]
        self.weights = weights  # its name, W and b; None where the case is no layer of a warehouse


def random_case(db, rng, n, n_out, n_in, has_bias, density):
    n_cols = n_in + has_bias
    dense = rng.random((n, n_out, n_cols)) < density * rng.random((n_out, n_cols))
    packed = [np.packbits(d.ravel(), bitorder="little").tobytes() for d in dense]
    bits = [db.execute("select engram_bitset(?, ?, ?, ?)", (p, n_out, n_in, has_bias)).fetchone()[0] for p in packed]
    inputs = rng.standard_normal((n, n_in)).astype("<f4") * (rng.random((n, n_in)) < 0.6)
    outputs = rng.standard_normal((n, n_out)).astype("<f4")
    x = [np.packbits(v != 0, bitorder="little").tobytes() + v[v != 0].tobytes() for v in inputs]
    name = f"{n} random samples, {n_out} × {n_cols}"
    return Case(name, bits, dense, x, inputs, [v.tobytes() for v in outputs], outputs)


def warehouse_case(run, layer, n):
    """The first n samples of a run, bits and all."""
    layer_id, name, n_in, n_out, _ = layer
    rows = run.all(
        "select bits, engram_sparse(x), z from bitset join vector using (run_id, layer_id, sample_id) join sample using (sample_id)"
        " where (run_id, layer_id) = (?, ?) order by sample.position limit ?", run.id, layer_id, n)
    bits, x, z = zip(*rows)
    blocks = run.all("select weight, bias from layer_weight where layer_id = ? order by block", layer_id)
    weight = np.frombuffer(b"".join(w for w, _ in blocks), "<f4").reshape(n_out, n_in)
    bias = np.frombuffer(b"".join(b for _, b in blocks), "<f4")
    key = run.one("select weights_sha256 from layer where layer_id = ?", layer_id)[0]
    return Case(
        f"{len(rows)} samples of {name}", list(bits), np.stack([encodings.read_bits(b) for b in bits]), list(x),
        np.stack([encodings.read_x(v, n_in) for v in x]), list(z),
        np.stack([np.frombuffer(v, "<f4") for v in z]), (key, weight, bias))


class FunctionChecks:
    """Asks SQLite and NumPy the same and compares; remembers which functions were asked."""

    def __init__(self, db, checks):
        self.db, self.checks, self.asked = db, checks, set()

    def ask(self, sql, *values):
        rows = self.db.execute(sql, values).fetchall()
        return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows

    def group(self, call, blobs, *values):
        """An aggregate over blobs, which json cannot carry: through a temporary table."""
        self.db.execute("create temp table if not exists member (id integer primary key, v blob)")
        self.db.execute("delete from member")
        self.db.executemany("insert into member (v) values (?)", [(b,) for b in blobs])
        return self.ask(f"select {call} from member", *values)

    def equal(self, name, case, ours, theirs):
        """Of tables, how many rows there are as well: none is an answer, too."""
        self.asked.add(name)
        ours, theirs = ([len(v), *np.ravel(v).tolist()] for v in (ours, theirs))
        self.checks.equal(f"{name}: {case.name}", ours, theirs)

    def close(self, name, case, ours, theirs, allowed=CLOSE, floor=1e-6):
        self.asked.add(name)
        ours, theirs = np.ravel(ours).tolist(), np.ravel(theirs).tolist()
        self.checks.close(f"{name}: {case.name}", ours, theirs, allowed, floor)

    def run(self, case):
        self.bitsets(case)
        self.counts(case)
        self.vectors(case)
        self.matrices(case)
        self.detectors(case)
        self.scores(case)
        if case.weights:
            self.derived(case)

    def bitsets(self, case):
        ask, bits, dense = self.ask, case.bits, case.dense
        pairs = list(zip(range(len(bits)), list(range(1, len(bits))) + [0]))
        packed = [np.packbits(d.ravel(), bitorder="little").tobytes() for d in dense]
        self.equal("engram_popcount", case, [ask("select engram_popcount(?)", b) for b in bits], dense.sum((1, 2)))
        self.equal("engram_dense", case, [ask("select engram_dense(?)", b) == p for b, p in zip(bits, packed)],
                   [True] * len(bits))
        again = [ask("select engram_bitset(?, ?, ?, ?)", p, case.n_out, case.n_in, case.n_cols - case.n_in)
                 for p in packed]
        self.equal("engram_bitset", case, [encodings.read_bits(b) for b in again], dense)
        places = [(s, (31 * s + 7) % case.n_out, (17 * s + 5) % case.n_cols) for s in range(len(bits))]
        self.equal("engram_bit", case, [ask("select engram_bit(?, ?, ?)", bits[s], i, j) for s, i, j in places],
                   [dense[place] for place in places])
        for name, of in (("and_popcount", np.logical_and), ("hamming", np.not_equal)):
            self.equal(f"engram_{name}", case, [ask(f"select engram_{name}(?, ?)", bits[a], bits[b]) for a, b in pairs],
                       [of(dense[a], dense[b]).sum() for a, b in pairs])
        self.close("engram_jaccard", case, [ask("select engram_jaccard(?, ?)", bits[a], bits[b]) for a, b in pairs],
                   [jaccard(dense[a], dense[b]) for a, b in pairs])
        for name, of in (("and", np.logical_and), ("or", np.logical_or), ("xor", np.not_equal)):
            found = [encodings.read_bits(ask(f"select engram_{name}(?, ?)", bits[a], bits[b])) for a, b in pairs]
            self.equal(f"engram_{name}", case, found, [of(dense[a], dense[b]) for a, b in pairs])
        self.equal("engram_not", case, [encodings.read_bits(ask("select engram_not(?)", b)) for b in bits], ~dense)
        for name, axis in (("row", 1), ("column", 0)):
            found = [np.frombuffer(ask(f"select engram_{name}_density(?)", b), "<f4") for b in bits]
            self.close(f"engram_{name}_density", case, found, dense.mean(1 + axis), 1e-6)
            one = [ask(f"select engram_{name}_density(?, 0)", b) for b in bits]
            self.close(f"engram_{name}_density", case, one, np.take(dense, 0, 1 + (axis == 0)).mean(1))
        found = self.db.execute('select output, "column" from engram_bits(?)', (bits[0],)).fetchall()
        self.equal("engram_bits", case, sorted(found), sorted(map(tuple, np.argwhere(dense[0]).tolist())))
        for name, of in (("union", dense.any(0)), ("intersection", dense.all(0))):
            self.equal(f"engram_{name}", case, encodings.read_bits(self.group(f"engram_{name}(v)", bits)), of)
        self.equal("engram_checksum", case, [ask("select engram_checksum(?)", b) for b in bits],
                   [np.uint64(xxhash.xxh3_64_intdigest(b)).astype("int64") for b in bits])

    def counts(self, case):
        ask, dense = self.ask, case.dense
        half = len(case.bits) // 2
        p, q = self.group("engram_counts(v)", case.bits[:half]), self.group("engram_counts(v)", case.bits[half:])
        sums, n = [dense[:half].sum(0), dense[half:].sum(0)], [half, len(dense) - half]
        for blob, k, samples in zip((p, q), sums, n):
            found, counters = encodings.read_counts([blob])
            self.equal("engram_counts", case, [found, *counters.ravel()], [samples, *k.ravel()])
        merged = encodings.read_counts([self.group("engram_merge_counts(v)", [p, q])])
        self.equal("engram_merge_counts", case, [merged[0], *merged[1].ravel()], [sum(n), *sum(sums).ravel()])
        share = sums[0] / n[0]
        self.close("engram_entropy", case, ask("select engram_entropy(?)", p), measures.entropy(n[0], sums[0]))
        places = [((31 * s) % case.n_out, (17 * s) % case.n_cols) for s in range(20)]
        self.close("engram_proportion", case, [ask("select engram_proportion(?, ?, ?)", p, i, j) for i, j in places],
                   [share[place] for place in places])
        histogram = measures.sparsity(n[0], sums[0])[3:]
        self.close("engram_histogram", case, json.loads(ask("select engram_histogram(?)", p)), histogram)
        found = ask("select bin, low, high, share from engram_histogram_bins(?)", p)
        self.close("engram_histogram_bins", case, found,
                   [(b, b / 20, (b + 1) / 20, histogram[b]) for b in range(20)])
        found = ask('select output, "column", count, proportion from engram_counts_rows(?)', p)
        cells = [(i, j, k, k / n[0]) for (i, j), k in np.ndenumerate(sums[0])]
        self.close("engram_counts_rows", case, found, cells)
        for alpha in (0.5, 2.0):
            smooth = [measures.smoothed(samples, k, alpha) for samples, k in zip(n, sums)]
            self.close("engram_kl", case, ask("select engram_kl(?, ?, ?)", p, q, alpha), measures.divergence(*smooth))
            self.close("engram_js", case, ask("select engram_js(?, ?, ?)", p, q, alpha),
                       jensen_shannon(smooth[0][0], smooth[1][0]))
            _, log_p, log_not_p = smooth[1]
            self.close("engram_log_likelihood", case,
                       [ask("select engram_log_likelihood(?, ?, ?)", b, q, alpha) for b in case.bits],
                       [np.where(d, log_p, log_not_p).sum() for d in dense])

    def vectors(self, case):
        ask, z, outputs = self.ask, case.z, case.outputs.astype(float)
        others = np.roll(outputs, -1, 0)
        pairs = list(zip(z, z[1:] + z[:1]))
        self.equal("engram_vector", case,
                   [np.frombuffer(ask("select engram_vector(?, ?)", v, case.n_in), "<f4") for v in case.x], case.inputs)
        self.equal("engram_vector", case, [np.frombuffer(ask("select engram_vector(?)", json.dumps(v.tolist())), "<f4")
                                           for v in case.outputs], case.outputs)
        self.equal("engram_sparse", case,
                   [encodings.read_x(ask("select engram_sparse(?)", v), case.n_out) for v in z], case.outputs)
        self.equal("engram_rectified", case,
                   [encodings.read_x(ask("select engram_rectified(?)", v), case.n_out) for v in z],
                   np.maximum(case.outputs, 0))
        self.equal("engram_element", case, [ask("select engram_element(?, ?)", v, case.n_out - 1) for v in z],
                   outputs[:, -1])
        self.equal("engram_sparse_element", case,
                   [ask("select engram_sparse_element(?, ?, ?)", v, case.n_in, case.n_in // 2) for v in case.x],
                   case.inputs[:, case.n_in // 2].astype(float))
        norms = np.linalg.norm(outputs, axis=1)
        self.close("engram_norm", case, [ask("select engram_norm(?)", v) for v in z], norms)
        dots = (outputs * others).sum(1)
        scale = norms * np.roll(norms, -1)
        for name, theirs, floor in (("dot", dots, scale.max()), ("cosine", dots / scale, 1),
                                    ("distance", np.linalg.norm(outputs - others, axis=1), 1e-6)):
            self.close(f"engram_{name}", case, [ask(f"select engram_{name}(?, ?)", *pair) for pair in pairs], theirs,
                       floor=floor)
        order = np.argsort(-outputs, axis=1, kind="stable")[:, :5]
        self.close("engram_top", case, [json.loads(ask("select engram_top(?, 5)", v)) for v in z],
                   np.stack([order, np.take_along_axis(outputs, order, 1)], 2), 1e-6)
        found = ask("select position, value from engram_elements(?)", z[0])
        self.equal("engram_elements", case, found, list(enumerate(outputs[0].tolist())))
        found = ask("select position, value from engram_elements(?, ?)", case.x[0], case.n_in)
        self.equal("engram_elements", case, found, [(i, float(v)) for i, v in enumerate(case.inputs[0]) if v])
        self.close("engram_mean", case, np.frombuffer(self.group("engram_mean(v)", z), "<f4"), outputs.mean(0), 1e-6)

    def matrices(self, case):
        outputs, ask = case.outputs.astype(float), self.ask
        gram = self.group("engram_gram(v)", case.z)
        covariance = self.group("engram_covariance(v)", case.z)
        places = [((31 * s) % case.n_out, (17 * s) % case.n_out) for s in range(40)]
        for name, blob, theirs in (("gram", gram, outputs.T @ outputs),
                                   ("covariance", covariance, np.atleast_2d(np.cov(outputs.T)))):
            found = [ask("select engram_matrix_element(?, ?, ?)", blob, i, j) for i, j in places]
            floor = abs(theirs).max()
            self.close(f"engram_{name}", case, found, [theirs[place] for place in places], floor=floor)
            self.close("engram_matrix_element", case, found, [theirs[place] for place in places], floor=floor)
        centred = outputs - outputs.mean(0)
        sigma = [measures.singular_values(m) for m in (outputs, centred)]
        self.close("engram_participation_ratio", case,
                   [ask("select engram_participation_ratio(?)", m) for m in (gram, covariance)],
                   [measures.participation_ratio(s) for s in sigma])
        for rule in measures.RULES:
            if rule != "numpy":  # That one asks for the number of rows.
                self.equal("engram_matrix_rank", case,
                           [ask("select engram_matrix_rank(?, ?)", m, rule) for m in (gram, covariance)],
                           [measures.rank(rule, s, measures.tolerance(rule, s, (1, 1))) for s in sigma])
            own = measures.singular_values(case.inputs)
            self.equal("engram_rank", case, [self.group("engram_rank(v, ?, ?)", case.x, case.n_in, rule)],
                       [measures.rank(rule, own, measures.tolerance(rule, own, case.inputs.shape))])
        half = len(case.z) // 2
        grams = [self.group("engram_gram(v)", part) for part in (case.z[:half], case.z[half:])]
        bases = [basis(part) for part in (outputs[:half], outputs[half:])]
        self.close("engram_subspace_overlap", case, ask("select engram_subspace_overlap(?, ?)", *grams),
                   (np.cos(subspace_angles(*bases)) ** 2).mean(), 1e-6)

    def detectors(self, case):
        """Logits are z; Gaussians are over z too, of which there are as many classes as fit."""
        ask, outputs = self.ask, case.outputs.astype(float)
        self.close("engram_max", case, [ask("select engram_max(?)", v) for v in case.z], outputs.max(1))
        self.close("engram_logsumexp", case, [ask("select engram_logsumexp(?)", v) for v in case.z], logsumexp(outputs, axis=1))
        self.close("engram_logsumexp", case, [ask("select engram_logsumexp(?, 2.5)", v) for v in case.z],
                   logsumexp(outputs / 2.5, axis=1))
        logs = log_softmax(outputs, axis=1)
        self.close("engram_log_softmax", case, [ask("select engram_log_softmax(?)", v) for v in case.z], logs.max(1))
        self.close("engram_log_softmax", case, [ask("select engram_log_softmax(?, ?)", v, case.n_out - 1) for v in case.z], logs[:, -1])
        unit = outputs / np.maximum(np.linalg.norm(outputs, axis=1, keepdims=True), 1e-300)
        self.close("engram_normalized", case,
                   [encodings.read_wide(ask("select engram_normalized(?)", v)) for v in case.z], unit, 1e-14)
        mean = self.group("engram_mean(v, 'float64')", case.z)
        self.close("engram_mean", case, encodings.read_wide(mean), outputs.mean(0), 1e-12)
        pooled = self.group("engram_pooled_covariance(v, id % 3)", case.z)
        labels = np.arange(1, len(outputs) + 1) % 3
        centred = np.concatenate([outputs[labels == c] - outputs[labels == c].mean(0) for c in set(labels)])
        theirs = centred.T @ centred / len(outputs)
        self.close("engram_pooled_covariance", case, encodings.read_matrix(pooled), theirs, floor=max(abs(theirs).max(), 1e-6))
        inverse = np.linalg.pinv(theirs, rcond=1e-10, hermitian=True)
        self.close("engram_mahalanobis", case, [ask("select engram_mahalanobis(?, ?, ?)", v, mean, pooled) for v in case.z],
                   [mahalanobis(v, outputs.mean(0), inverse) for v in outputs], 1e-6)

    def neighbors(self, run, layer):
        """The nearest samples of a run, of all its x in a layer."""
        layer_id, name, n_in, _, _ = layer
        rows = run.all("select sample_id, x from vector where (run_id, layer_id) = (?, ?)", run.id, layer_id)
        ids, x = np.array([i for i, _ in rows]), np.stack([np.frombuffer(v, "<f4") for _, v in rows]).astype(float)
        norms = np.linalg.norm(x, axis=1, keepdims=True)
        for metric, points in (("euclidean", x), ("normalized", np.divide(x, norms, where=norms > 0, out=np.zeros_like(x)))):
            for i in range(0, len(ids), max(1, len(ids) // 10)):
                distances = np.linalg.norm(points - points[i], axis=1)
                order = np.lexsort([ids, distances])[:20]
                found = self.ask("select rank, sample_id, distance from engram_knn_distance(?, ?, ?, 20, ?)",
                                 run.id, name, rows[i][1], metric)
                case = f"{len(ids)} samples of {name}, {metric}"
                self.asked.add("engram_knn_distance")
                self.checks.close(f"engram_knn_distance: {case}", [d for _, _, d in found], distances[order].tolist(), CLOSE, 1e-6)
                self.checks.close(f"engram_knn_distance: samples, {case}", distances[[np.where(ids == s)[0][0] for _, s, _ in found]].tolist(),
                                  distances[order].tolist(), CLOSE, 1e-6)
                others = np.array([o for o in order if o != i])[:19]
                found = self.ask("select rank, neighbor_id, distance from engram_neighbors(?, ?, 19, ?) where sample_id = ? order by rank",
                                 run.id, name, metric, int(ids[i]))
                self.asked.add("engram_neighbors")
                self.checks.close(f"engram_neighbors: {case}", [d for _, _, d in found], distances[others].tolist(), CLOSE, 1e-6)

    def scores(self, case):
        """Every element of z as a score, rounded so that there are ties, of whether another one is positive."""
        scores = np.round(case.outputs.astype(float).ravel(), 1)
        positive = np.roll(case.outputs, 1).ravel() > 0
        if positive.all() or not positive.any():
            positive[0] = not positive[0]
        self.db.execute("create temp table if not exists scored (score real, positive integer)")
        self.db.execute("delete from scored")
        self.db.executemany("insert into scored values (?, ?)", zip(scores.tolist(), positive.tolist()))
        n, ranks = positive.sum(), rankdata(scores)
        self.close("engram_auroc", case, self.ask("select engram_auroc(score, positive) from scored"),
                   (ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))
        thresholds = np.unique(scores)[::-1]
        hits = np.cumsum([(scores[positive] == t).sum() for t in thresholds])
        misses = np.cumsum([(scores[~positive] == t).sum() for t in thresholds])
        recall = hits / hits[-1]
        self.close("engram_aupr", case, self.ask("select engram_aupr(score, positive) from scored"),
                   (np.diff(recall, prepend=0) * hits / (hits + misses)).sum())
        for rate in (0.5, 0.95):
            self.close("engram_fpr_at_tpr", case,
                       self.ask("select engram_fpr_at_tpr(score, positive, ?) from scored", rate),
                       misses[recall >= rate][0] / misses[-1])
        # What it measures; its intervals are of draws of its own.
        found = json.loads(self.ask("select engram_separation(score, positive, 0, 0) from scored"))
        turned = np.cumsum([(scores[~positive] == t).sum() for t in thresholds[::-1]])
        others = np.cumsum([(scores[positive] == t).sum() for t in thresholds[::-1]])
        self.close("engram_separation", case, [found[name] for name in ("auroc", "fpr_at_95_tpr", "aupr_in", "aupr_out")],
                   [(ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)), misses[recall >= 0.95][0] / misses[-1],
                    (np.diff(recall, prepend=0) * hits / (hits + misses)).sum(),
                    (np.diff(turned / turned[-1], prepend=0) * turned / (turned + others)).sum()])

    def derived(self, case):
        """Bits made again from x, z and the weights: equal, but for a term within rounding of its threshold."""
        name, weight, bias = case.weights
        found = [encodings.read_bits(self.ask("select engram_significance(?, ?, ?)", name, x, z))
                 for x, z in zip(case.x, case.z)]
        theirs = [encodings.derived_bits(weight, bias, x, z) for x, z in zip(case.inputs, case.outputs)]
        self.equal("engram_significance", case, found, case.dense)
        self.checks.add(f"engram_significance: NumPy's bits that differ, {case.name}", case.dense.size,
                        np.not_equal(found, theirs).mean(), 1e-5)

    def finish(self):
        """Every function but those that tell of themselves has been asked."""
        known = {name for name, in self.db.execute("select name from engram_functions")}
        known -= {"engram_version", "engram_functions"}
        self.checks.equal("functions compared", sorted(self.asked), sorted(known))


def jaccard(a, b):
    either = (a | b).sum()
    return (a & b).sum() / either if either else 1.0


def jensen_shannon(p, q):
    total = 0.0
    for a, b in ((p, q), (1 - p, 1 - q)):
        middle = (a + b) / 2
        total += (xlogy(a, a / middle) + xlogy(b, b / middle)).sum() / 2
    return total


def basis(x):
    _, sigma, vt = np.linalg.svd(x, full_matrices=False)
    return vt[sigma > 1e-2 * sigma[0]].T
