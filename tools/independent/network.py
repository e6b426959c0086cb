"""alexnet-cifar in PyTorch, its weights from a safetensors file, CIFAR-10 and significance by PyTorch's formula."""
import json
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    end = 8 + struct.unpack_from("<Q", data)[0]
    tensors = {}
    for name, entry in json.loads(data[8:end]).items():
        if name != "__metadata__":
            assert entry["dtype"] == "F32", f"{path}: {name} is {entry['dtype']}, expected F32"
            first, last = entry["data_offsets"]
            values = np.frombuffer(data[end + first : end + last], "<f4").reshape(entry["shape"])
            tensors[name] = torch.from_numpy(values.copy())
    return tensors


def read_cifar10(source):
    """Labels and n × 3 × 32 × 32 bytes of one split, "DIR:test" or "DIR:train"."""
    directory, _, split = source.rpartition(":")
    names = ["test_batch.bin"] if split == "test" else [f"data_batch_{i}.bin" for i in range(1, 6)]
    files = [path for path in (pathlib.Path(directory) / name for name in names) if path.exists()]
    records = np.concatenate([np.fromfile(path, np.uint8).reshape(-1, 3073) for path in files])
    classes = (pathlib.Path(directory) / "batches.meta.txt").read_text().split()
    return records[:, 0], records[:, 1:].reshape(-1, 3, 32, 32), classes


def preprocess(images):
    crops = images[:, :, 2:30, 2:30].astype(np.float64) / 255
    mean = crops.mean((1, 2, 3), keepdims=True)
    std = crops.std((1, 2, 3), keepdims=True)
    return torch.from_numpy(((crops - mean) / np.maximum(std, 1 / np.sqrt(2352))).astype(np.float32))


def forward(weights, images):
    """Logits, and x and z of every fully connected layer."""
    h = images
    for name in ("conv1", "conv2"):
        h = F.relu(F.conv2d(h, weights[name + ".weight"], weights[name + ".bias"], padding=2))
        h = F.max_pool2d(F.pad(h, (0, 1, 0, 1), value=-torch.inf), 3, 2)
        h = F.local_response_norm(h, 5, alpha=1e-4, beta=0.75, k=2)
    h = h.flatten(1)
    layers = {}
    for name in ("fc1", "fc2", "fc3"):
        z = F.linear(h, weights[name + ".weight"], weights[name + ".bias"])
        layers[name] = (h, z)
        h = F.relu(z)
    return z, layers


class Significance:
    """S (samples × n_out × n_cols) by PyTorch's formula, from x and the sums of the terms, or from x and z."""

    def __init__(self, weight, bias, x, z=None):
        self.n_in = x.shape[1]
        self.terms = torch.cat([weight * x[:, None, :], bias.expand(len(x), -1)[:, :, None]], 2)
        self.sums = self.terms.sum(2, keepdim=True) if z is None else z[:, :, None]
        bits = ((self.terms / self.sums) > 1 / self.n_in) & (self.sums != 0) & self.sums.isfinite()
        self.bits = bits.numpy()

    def distances(self, sample, rows, columns):
        """How far terms of one sample are from their threshold τ = z / n_in: |a − τ| / |τ|; and the least change
        relative to Σ|a| / n_in, the size that τ's rounding has where the terms of z cancel, that flips the bit: of
        a − τ to zero, or of z to the other sign."""
        terms = self.terms[sample].numpy()[rows].astype(float)
        a = terms[np.arange(len(rows)), columns]
        tau = self.sums[sample, :, 0].numpy()[rows].astype(float) / self.n_in
        scale = np.abs(terms).sum(1) / self.n_in
        return np.abs(a / tau - 1), np.minimum(np.abs(a - tau), np.abs(tau)) / scale
