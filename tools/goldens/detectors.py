"""Writes the golden file of the detectors with NumPy in Float64 and with pytorch-ood; see README.md beside this file.

`scores(chosen, ...)` is every detector's definition, one function each, and is what tools/detectors-reference uses too.
"""

import json
import pathlib

import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/AnalyticsTests/Fixtures"
CUTOFF = 1e-10
CHOSEN = (
    "max-softmax max-logit energy entropy gen gen:gamma=0.5,M=3 kl-matching odin odin:T=2 mahalanobis"
    " relative-mahalanobis mahalanobis++ relative-mahalanobis++ knn knn:k=5 vim vim:D=4 react react:percentile=99 dice"
    " dice:percentile=70 ash-b ash-b:percentile=65 scale scale:percentile=50 she fdbd nci nci:alpha=0.01"
    " nnguide nnguide:k=10 gradnorm itp itp:percentile=50,lambda=1 nap nap:percentile=25"
).split()


class Layer:
    def __init__(self, weights, bias):
        self.W, self.b = np.float64(weights), np.float64(bias)

    def logits(self, x):
        return x @ self.W.T + self.b


def lse(z):
    m = z.max(-1, keepdims=True)
    return (m + np.log(np.exp(z - m).sum(-1, keepdims=True)))[..., 0]


def log_softmax(z):
    """The largest term is 1 and added by log1p: what is left to 1 stays exact."""
    at, rows = z.argmax(-1), np.arange(len(z))
    shifted = z - z[rows, at][:, None]
    others = np.exp(shifted)
    others[rows, at] = 0
    return shifted - np.log1p(others.sum(-1))[:, None]


def unit(x):
    norm = np.linalg.norm(x, axis=-1, keepdims=True)
    return np.divide(x, norm, out=np.zeros_like(x), where=norm > 0)


def kept(d, percentile):
    return max(1, d - int(np.round(d * percentile / 100)))


def max_softmax(L, R, S):
    return np.exp(log_softmax(S.z)).max(-1)


def max_logit(L, R, S):
    return S.z.max(-1)


def energy(L, R, S):
    return lse(S.z)


def entropy(L, R, S):
    logs = log_softmax(S.z)
    return (np.exp(logs) * logs).sum(-1)


def gen(L, R, S, gamma=0.1, M=100):
    logs = -np.sort(-log_softmax(S.z), -1)[:, : int(M)]
    return -(np.exp(logs) ** gamma * (-np.expm1(logs)) ** gamma).sum(-1)


def kl_matching(L, R, S):
    p, predicted = np.exp(log_softmax(R.z)), R.z.argmax(-1)
    means = np.stack([p[predicted == c].mean(0) for c in np.unique(predicted)])
    logs = log_softmax(S.z)
    return -(np.exp(logs)[:, None] * (logs[:, None] - np.log(means))).sum(-1).min(-1)


def odin(L, R, S, T=1000):
    return np.exp(log_softmax(S.z / T)).max(-1)


def distances(x, mean, covariance):
    inverse = np.linalg.pinv(covariance, rcond=CUTOFF, hermitian=True)
    return np.einsum("ni,ij,nj->n", x - mean, inverse, x - mean)


def gaussian(X, labels, x, relative):
    means = {c: X[labels == c].mean(0) for c in np.unique(labels)}
    centred = X - np.stack([means[c] for c in labels])
    covariance = centred.T @ centred / len(X)
    near = np.min([distances(x, mean, covariance) for mean in means.values()], 0)
    if not relative:
        return -near
    centred = X - X.mean(0)
    return distances(x, X.mean(0), centred.T @ centred / len(X)) - near


def mahalanobis(L, R, S):
    return gaussian(R.x, R.labels, S.x, False)


def relative_mahalanobis(L, R, S):
    return gaussian(R.x, R.labels, S.x, True)


def mahalanobis_pp(L, R, S):
    return gaussian(unit(R.x), R.labels, unit(S.x), False)


def relative_mahalanobis_pp(L, R, S):
    return gaussian(unit(R.x), R.labels, unit(S.x), True)


def knn(L, R, S, k=50):
    X = unit(R.x)
    return np.array([-np.sort(((row - X) ** 2).sum(-1))[int(k) - 1] for row in unit(S.x)])


def vim(L, R, S, D=None):
    d = L.W.shape[1]
    D = int(D) if D is not None else 256 if d >= 512 else d // 2
    u = -np.linalg.pinv(L.W) @ L.b
    N = np.linalg.eigh((R.x - u).T @ (R.x - u))[1][:, : d - D]
    alpha = R.z.max(-1).mean() / np.linalg.norm((R.x - u) @ N, axis=-1).mean()
    return lse(S.z) - alpha * np.linalg.norm((S.x - u) @ N, axis=-1)


def react(L, R, S, percentile=90):
    return lse(L.logits(np.minimum(S.x, np.percentile(R.x, percentile))))


def dice(L, R, S, percentile=90):
    contributions = R.x.mean(0) * L.W
    return lse(S.x @ np.where(contributions > np.percentile(contributions, percentile), L.W, 0).T + L.b)


def ash_b(L, R, S, percentile=90):
    k, x = kept(S.x.shape[1], percentile), np.zeros_like(S.x)
    for own, row in zip(x, S.x):
        own[np.argsort(-row, kind="stable")[:k]] = row.sum() / k
    return lse(L.logits(x))


def scale(L, R, S, percentile=85):
    k = kept(S.x.shape[1], percentile)
    largest = -np.sort(-S.x, -1)[:, :k].sum(-1)
    ratio = np.divide(S.x.sum(-1), largest, out=np.zeros(len(S.x)), where=largest != 0)
    return lse(L.logits(S.x * np.exp(ratio)[:, None]))


def she(L, R, S):
    right = R.z.argmax(-1) == R.labels
    means = {c: R.x[right & (R.labels == c)].mean(0) for c in np.unique(R.labels[right])}
    return np.array([x @ means[c] for x, c in zip(S.x, S.z.argmax(-1))])


def fdbd(L, R, S):
    own = S.z.argmax(-1)
    result = np.zeros(len(own))
    for n, c in enumerate(own):
        for other in range(len(L.W)):
            if other != c:
                result[n] += (S.z[n, c] - S.z[n, other]) / np.linalg.norm(L.W[c] - L.W[other])
    return result / np.linalg.norm(S.x - R.x.mean(0), axis=-1)


def nci(L, R, S, alpha=0):
    centred = S.x - R.x.mean(0)
    cosine = (L.W[S.z.argmax(-1)] * centred).sum(-1) / np.linalg.norm(centred, axis=-1)
    return cosine + alpha * np.abs(S.x).sum(-1)


def nnguide(L, R, S, k=100):
    products = unit(S.x) @ (unit(R.x) * lse(R.z)[:, None]).T
    return lse(S.z) * -np.sort(-products, -1)[:, : int(k)].mean(-1)


def gradnorm(L, R, S):
    return np.abs(S.x).sum(-1) * np.abs(len(L.W) * np.exp(log_softmax(S.z)) - 1).sum(-1)


def itp(L, R, S, percentile=30, **more):
    limit = more.get("lambda", 1.5)
    C = len(L.W)
    contributions = [R.x[R.labels == c] * L.W[c] for c in range(C)]
    means = np.stack([one.mean(0) for one in contributions])
    deviations = np.stack([one.std(0) for one in contributions])
    coarse = means > np.percentile(means, percentile)
    given = S.x[:, None] * L.W
    fine = given - means <= limit * deviations
    return lse((given * (coarse & fine)).sum(-1) + L.b)


def nap(L, R, S, percentile=50):
    def patterns(x):
        return x > np.percentile(x, percentile, axis=-1, keepdims=True)

    known, own = patterns(R.x), patterns(S.x)
    return np.array([
        -float((known[R.labels == c] != row).sum(-1).min()) for row, c in zip(own, S.z.argmax(-1))])


FUNCTIONS = {
    "max-softmax": max_softmax, "max-logit": max_logit, "energy": energy, "entropy": entropy, "gen": gen,
    "kl-matching": kl_matching, "odin": odin, "mahalanobis": mahalanobis, "relative-mahalanobis": relative_mahalanobis,
    "mahalanobis++": mahalanobis_pp, "relative-mahalanobis++": relative_mahalanobis_pp, "knn": knn, "vim": vim,
    "react": react, "dice": dice, "ash-b": ash_b, "scale": scale, "she": she, "fdbd": fdbd, "nci": nci,
    "nnguide": nnguide, "gradnorm": gradnorm, "itp": itp, "nap": nap,
}


class Samples:
    def __init__(self, x, z, labels=None):
        self.x, self.z, self.labels = np.float64(x), np.float64(z), labels


def parsed(chosen):
    name, _, values = chosen.partition(":")
    return name, {k: float(v) for k, _, v in (one.partition("=") for one in values.split(",") if one)}


def scores(chosen, layer, reference, samples):
    name, settings = parsed(chosen)
    return FUNCTIONS[name](layer, reference, samples, **settings)


def pytorch_ood_scores(chosen, L, R, S):
    """The same by pytorch-ood, whose scores grow with strangeness and are scaled otherwise; None where it has none."""
    import torch
    import pytorch_ood.detector as d

    name, settings = parsed(chosen)
    # DICE takes its percentile in Float32.
    torch.set_default_dtype(torch.float32 if name == "dice" else torch.float64)
    tensor = torch.from_numpy
    W, b, X, x, Z, z = map(tensor, (L.W, L.b, R.x, S.x, R.z, S.z))
    y, n, C = tensor(R.labels), len(R.x), len(L.W)
    head = torch.nn.Linear(W.shape[1], C)
    head.weight.data, head.bias.data = W.clone(), b.clone()
    float_head = torch.nn.Linear(W.shape[1], C).float()
    float_head.weight.data, float_head.bias.data = W.float(), b.float()
    fraction = settings.get("percentile", {"scale": 85}.get(name, 90)) / 100

    def maps(detector):
        return detector.predict_feature_maps(x[:, :, None, None])

    def flat(maps):
        return head(maps.flatten(1))

    unit_X, unit_x = tensor(unit(R.x)), tensor(unit(S.x))
    if name == "max-softmax":
        result = d.MaxSoftmax(None).predict_logits(z) if hasattr(d.MaxSoftmax, "predict_logits") else -z.softmax(1).max(1).values
    elif name == "max-logit":
        result = d.MaxLogit(None).predict_logits(z)
    elif name == "energy":
        result = d.EnergyBased(None).predict_logits(z)
    elif name == "entropy":
        result = d.Entropy(None).predict_logits(z)
    elif name == "gen":
        M = min(int(settings.get("M", 100)), C)
        result = M * d.GEN(None, gamma=settings.get("gamma", 0.1), M=M).predict_logits(z)
    elif name == "kl-matching":
        result = d.KLMatching(None).fit_logits(Z).predict_logits(z)
    elif name == "odin":
        result = d.ODIN(torch.nn.Identity(), eps=0.0, temperature=settings.get("T", 1000)).predict(z)
    elif name in ("mahalanobis", "mahalanobis++"):
        normalized = name.endswith("++")
        detector = d.Mahalanobis(None).fit_features(unit_X if normalized else X, y)
        result = 2 * n * detector.predict_features(unit_x if normalized else x)
    elif name in ("relative-mahalanobis", "relative-mahalanobis++"):
        normalized = name.endswith("++")
        detector = d.RMD(None).fit_features(unit_X if normalized else X, y)
        result = n * detector.predict_features(unit_x if normalized else x)
    elif name == "knn":
        result = d.KNN(None, k=int(settings.get("k", 50))).fit_features(X, y).predict_features(x) ** 2
    elif name == "vim":
        size = int(settings.get("D", 256 if W.shape[1] >= 512 else W.shape[1] // 2))
        result = d.ViM(None, size, W, b).fit_features(X, y).predict_features(x)
    elif name == "react":
        result = maps(d.ReAct(None, flat, percentile=fraction).fit_feature_maps(X[:, :, None, None], y))
    elif name == "dice":
        result = d.DICE(None, W, b, fraction).fit_features(X, y).predict_features(x)
    elif name == "ash-b":
        result = maps(d.ASH(None, flat, variant="ash-b", percentile=fraction))
    elif name == "scale":
        result = maps(d.SCALE(None, flat, percentile=fraction))
    elif name == "she":
        result = d.SHE(None, head).fit_features(X, y).predict_features(x)
    elif name == "fdbd":
        result = (C - 1) * d.fDBD(None, float_head).fit_features(X).predict_features(x)
    elif name == "nci":
        result = d.NCI(None, float_head, settings.get("alpha", 0)).fit_features(X).predict_features(x)
    elif name == "nnguide":
        result = d.NNGuide(None, float_head, int(settings.get("k", 100))).fit_features(X, y).predict_features(x.float())
    elif name == "gradnorm":
        detector = d.GradNorm(head, param_filter=lambda parameter: parameter == "weight")
        detector.to("cpu")
        result = C * detector.predict(x)
    else:
        return None
    return -result.detach().double().numpy()


def fixture():
    """Five classes that mostly are predicted right, rectified x, logits as a network stores them: in Float32."""
    random = np.random.default_rng(16)
    d, C = 16, 5
    centres = random.uniform(0, 2, (C, d))
    W = np.float32(np.round((centres - centres.mean(0)) / 2 + random.normal(0, 0.1, (C, d)), 4))
    b = -(centres**2).sum(1) / 4
    b = np.float32(np.round(b - b.mean() + random.normal(0, 0.2, C), 4))

    def samples(labels, spread):
        x = centres[labels] + random.normal(0, spread, (len(labels), d))
        x = np.float32(np.round(np.maximum(x, 0), 4))
        return x, np.float32(np.float64(x) @ np.float64(W).T + np.float64(b))

    labels = np.arange(150) % C
    x, z = samples(labels, 0.8)
    reference = Samples(x, z, labels)
    return Layer(W, b), reference, Samples(*samples(np.arange(20) % C, 1.2))


if __name__ == "__main__":
    layer, reference, samples = fixture()
    ours = {chosen: scores(chosen, layer, reference, samples) for chosen in CHOSEN}
    theirs = {chosen: pytorch_ood_scores(chosen, layer, reference, samples) for chosen in CHOSEN}
    for chosen, values in theirs.items():
        if values is not None:
            error = np.abs(values - ours[chosen]).max() / np.abs(ours[chosen]).max()
            print(f"{chosen:32} {error:.1e}")
            assert error < 1e-5, chosen
    right = (reference.z.argmax(-1) == reference.labels).mean()
    print(f"predicted right: {right:.3f}; x that are 0: {(reference.x == 0).mean():.3f}")

    def listed(values):
        return [float(f"{v:.9g}") if np.float32(v) == v else float(v) for v in np.ravel(values)]

    FIXTURES.mkdir(exist_ok=True)
    text = json.dumps({
        "inputs": layer.W.shape[1], "outputs": len(layer.W), "weights": listed(np.float32(layer.W)),
        "bias": listed(np.float32(layer.b)),
        "reference": {"x": listed(np.float32(reference.x)), "z": listed(np.float32(reference.z)),
                      "labels": [int(v) for v in reference.labels]},
        "samples": {"x": listed(np.float32(samples.x)), "z": listed(np.float32(samples.z))},
        "numpy": {chosen: [float(v) for v in values] for chosen, values in ours.items()},
        "pytorch_ood": {chosen: [float(v) for v in values] for chosen, values in theirs.items() if values is not None},
    }, separators=(",", ":")).replace('],"', '],\n"').replace('},"', '},\n"')
    (FIXTURES / "detectors.json").write_text(text + "\n")
