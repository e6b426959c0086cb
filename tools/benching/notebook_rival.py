"""What a notebook does without Engram: forward hooks, W · x broadcast, terms beside the mean share, counts by class, everything saved.

Then entropy of every class, divergence of every pair and likelihood of every sample under every class in NumPy. It leaves out what
Engram measures beyond: neurons and activations, permuted labels, ranks, entanglement.
"""
import pathlib
import tempfile
import time

import numpy as np
import torch

from independent import alexnet

from . import networks
from .process import serve


def capture(model, images, labels, batch, folder):
    """Saves x, z and bits of every batch, and returns the counts: layer → class → outputs × columns."""
    layers = {name: module for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)}
    seen, counts = {}, {name: {} for name in layers}
    for name, module in layers.items():
        module.register_forward_hook(lambda _, given, z, name=name: seen.update({name: (given[0], z)}))
    for number, (own, truth) in enumerate(zip(images.split(batch), labels.split(batch))):
        model(own)
        saved = {}
        for name, (x, z) in seen.items():
            terms = torch.cat([layers[name].weight * x[:, None, :], layers[name].bias.expand(len(x), -1)[:, :, None]], 2)
            bits = terms / z[:, :, None] > 1 / x.shape[1]
            for c in truth.unique().tolist():
                counts[name][c] = counts[name].get(c, 0) + bits[truth == c].sum(0, dtype=torch.int32)
            saved[name] = {"x": x, "z": z, "bits": bits}
        torch.save(saved, folder / f"{number:05}.pt")
    return counts


def measure(counts, labels, folder):
    """Entropies, divergences and likelihoods, the sum of each."""
    sizes = {c: int((labels == c).sum()) for c in labels.unique().tolist()}
    entropy, divergence, likelihood = 0.0, 0.0, 0.0
    for name, own in counts.items():
        share = {c: (k.numpy() + 0.5) / (sizes[c] + 1) for c, k in own.items()}
        for c, k in own.items():
            p = k.numpy() / sizes[c]
            with np.errstate(divide="ignore", invalid="ignore"):
                entropy -= np.nansum(p * np.log(p)) + np.nansum((1 - p) * np.log(1 - p))
            divergence += sum((share[c] * np.log(share[c] / q) + (1 - share[c]) * np.log((1 - share[c]) / (1 - q))).sum()
                              for d, q in share.items() if d != c)
        odds = np.stack([np.log(p / (1 - p)).ravel() for p in share.values()]).astype(np.float32)
        rest = np.array([np.log(1 - p).sum() for p in share.values()])
        del share
        for path in sorted(folder.glob("*.pt")):
            bits = torch.load(path, mmap=True)[name]["bits"].numpy()
            likelihood += (bits.reshape(len(bits), -1).astype(np.float32) @ odds.T + rest).sum()
    return entropy, divergence, likelihood


def end_to_end(model, images, labels, batch, threads, folder):
    """Seconds an image."""
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory(dir=folder) as own, torch.inference_mode():
        start = time.perf_counter()
        counts = capture(model.eval(), images, labels, batch, pathlib.Path(own))
        measure(counts, labels, pathlib.Path(own))
        return (time.perf_counter() - start) / len(images)


def photographs(name, data, classes, per_class, batch, threads, torchvision, folder):
    """Over the first photographs of the first classes."""
    labels = np.load(pathlib.Path(data) / "labels.npy")
    rows = np.concatenate([np.flatnonzero(labels == c)[:per_class] for c in range(classes)])
    images = alexnet.read_images(data, rows.max() + 1)[rows]
    return end_to_end(networks.made(name, torchvision), images, torch.from_numpy(labels[rows]), batch, threads, folder)


def cifar(name, data, count, batch, threads, folder):
    """Over the first test images, as alexnet-cifar is given them."""
    _, images, labels = networks.cifar(data, count)
    return end_to_end(networks.made(name, None), images, labels, batch, threads, folder)


if __name__ == "__main__":
    serve({"photographs": photographs, "cifar": cifar})
