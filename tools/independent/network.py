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


def significance(weight, bias, x, z=None):
    """S (samples × n_out × n_cols) by PyTorch's formula, of the terms' own sums or of a given z; and how far
    interactions of one sample are from the threshold τ = z / n_in: |a − τ| relative to |τ|, and relative to
    Σ|a| / n_in, the size that τ's rounding has where the terms of z cancel."""
    terms = torch.cat([weight * x[:, None, :], bias.expand(len(x), -1)[:, :, None]], 2)
    sums = terms.sum(2, keepdim=True) if z is None else z[:, :, None]
    n_in = x.shape[1]
    bits = ((terms / sums) > 1 / n_in) & (sums != 0) & sums.isfinite()

    def distance(sample, rows, columns):
        total = sums[sample, :, 0].numpy().astype(float)[rows]
        away = np.abs(terms[sample].numpy()[rows, columns].astype(float) * n_in - total)
        return away / np.abs(total), away / terms[sample].abs().sum(1).numpy()[rows]

    return bits.numpy(), distance
