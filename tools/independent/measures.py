"""The measures as they are defined, in Float64."""
import numpy as np

RULES = ("numpy", "1e-3", "1e-2", "5e-2", "energy-99", "energy-99.9")


def sparsity(n, k):
    """Mean proportion, share never and always significant, and the 20 shares of the histogram."""
    bins = np.bincount(np.minimum(19, 20 * k // n).ravel(), minlength=20) / k.size
    return float((k / n).mean()), float((k == 0).mean()), float((k == n).mean()), *bins.tolist()


def entropy(n, k):
    p = k / n
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.nansum(p * np.log(p)) - np.nansum((1 - p) * np.log1p(-p))


def smoothed(n, k, alpha):
    """p of one class, ln p and ln (1 − p)."""
    p = (k + alpha) / (n + 2 * alpha)
    return p, np.log(p), np.log(1 - p)


def divergence(from_class, to_class):
    """KL of two smoothed profiles."""
    p, log_p, log_not_p = from_class
    _, log_q, log_not_q = to_class
    return float((p * (log_p - log_q) + (1 - p) * (log_not_p - log_not_q)).sum())


def singular_values(x):
    return np.linalg.svd(x.astype(np.float64), compute_uv=False)


def tolerance(rule, sigma, shape):
    if rule == "numpy":
        return sigma[0] * max(shape) * 2.0**-23
    return None if rule.startswith("energy-") else sigma[0] * float(rule)


def rank(rule, sigma, at):
    if at is not None:
        return int((sigma > at).sum())
    held = np.cumsum(sigma**2)
    share = float(rule.removeprefix("energy-")) / 100
    return 1 + int((held < held[-1] * share * (1 - 1e-12)).sum()) if held[-1] > 0 else 0


def participation_ratio(sigma):
    return float((sigma**2).sum() ** 2 / (sigma**4).sum()) if sigma.any() else None


def mean_squared_cosine(a, b):
    bases = []
    for x in (a, b):
        _, sigma, vt = np.linalg.svd(x.astype(np.float64), full_matrices=False)
        bases.append(vt[sigma > 1e-2 * sigma[0]])
    cosines = np.linalg.svd(bases[0] @ bases[1].T, compute_uv=False)
    return float((cosines**2).mean()) if cosines.size else None
