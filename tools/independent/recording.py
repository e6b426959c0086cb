"""A recording as Schema/Recording.md has it, read with NumPy alone."""
import json
import pathlib
import struct

import numpy as np

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"}


def read_safetensors(path):
    """Arrays by name, BF16 as Float32, and the metadata."""
    data = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    metadata, arrays = header.pop("__metadata__", {}), {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
        arrays[name] = (array.astype("<u4") << 16).view("<f4") if entry["dtype"] == "BF16" else array
    return arrays, metadata


def read_npz(path):
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return with_keys(arrays)


def read_npy(path):
    """A folder of arrays."""
    arrays = {file.name.removesuffix(".npy"): np.load(file, allow_pickle=False) for file in path.glob("*.npy")}
    if (path / "keys.json").exists():
        return arrays, {"keys": (path / "keys.json").read_text(encoding="utf-8")}
    return with_keys(arrays)


def with_keys(arrays):
    """Keys as a safetensors file has them."""
    keys = arrays.pop("keys", None)
    if keys is None:
        return arrays, {}
    return arrays, {"keys": json.dumps([key.decode() if isinstance(key, bytes) else str(key) for key in keys])}


READERS = {".safetensors": read_safetensors, ".npz": read_npz, "": read_npy}


def padded(arrays, filling):
    """Joined along the first axis, the second made as long as the longest."""
    longest = max(array.shape[1] for array in arrays)
    widths = [[(0, 0), (0, longest - array.shape[1])] + [(0, 0)] * (array.ndim - 2) for array in arrays]
    return np.concatenate([np.pad(a, w, constant_values=filling) for a, w in zip(arrays, widths)])


class Recording:
    """All of a folder in memory: `about`, `keys`, `arrays` over all samples, `weights`, `parts` (samples in each)."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.about = json.loads((folder / "recording.json").read_text(encoding="utf-8"))
        ending = next(ending for ending in READERS if (folder / f"weights{ending}").exists())
        self.weights, _ = READERS[ending](folder / f"weights{ending}")
        named = sorted(path for path in folder.glob("part-*") if path.suffix == ending)
        parts = [READERS[ending](path) for path in named]
        self.parts = [len(arrays["logits"]) for arrays, _ in parts]
        self.keys = [key for _, metadata in parts for key in json.loads(metadata.get("keys", "[]"))]
        self.keys = self.keys or [str(position) for position in range(sum(self.parts))]
        self.layers = {layer["name"]: layer for layer in self.about["layers"]}
        self.arrays = {}
        for name in parts[0][0]:
            blocks = [arrays[name] for arrays, _ in parts]
            tokens = name == "token_labels" or blocks[0].ndim == 3
            self.arrays[name] = padded(blocks, -1 if name == "token_labels" else 0) if tokens else np.concatenate(blocks)

    def rows(self, layer, part="x"):
        """x or z of every sample in Float64, or of every valid token, sample by sample."""
        array = self.arrays[f"{layer}.{part}"].astype(np.float64)
        if array.ndim == 2:
            return array
        lengths = self.arrays.get("lengths", np.full(len(array), array.shape[1]))
        return array[np.arange(array.shape[1]) < lengths[:, None]]

    def affine(self, layer, x):
        """W x + b and the sum of the magnitudes of its terms."""
        weight = self.weights[f"{layer}.weight"].astype(np.float64)
        bias = self.weights.get(f"{layer}.bias", np.zeros(len(weight))).astype(np.float64)
        return x @ weight.T + bias, np.abs(x) @ np.abs(weight).T + np.abs(bias)

    def significant(self, layer, x):
        """S of one row x: n_out × n_cols, by the definition."""
        terms = self.weights[f"{layer}.weight"].astype(np.float64) * x
        if f"{layer}.bias" in self.weights:
            terms = np.concatenate([terms, self.weights[f"{layer}.bias"].astype(np.float64)[:, None]], 1)
        z = terms.sum(1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.isfinite(z) & (z != 0) & (terms / z > 1 / x.size)

    def taken(self, choice):
        """What `--tokens CHOICE` makes samples of: keys, labels, logits and by layer x in Float64, NaN nowhere read."""
        labels, token_labels = self.arrays.get("labels"), self.arrays.get("token_labels")
        tokens = next(array.shape[1] for array in self.arrays.values() if array.ndim == 3)
        lengths = self.arrays.get("lengths", [tokens] * len(self.keys))
        keys, found, places = [], [], []
        for sample, (key, length) in enumerate(zip(self.keys, lengths)):
            if choice == "all" or "," in choice:
                for token in range(length) if choice == "all" else map(int, choice.split(",")):
                    keys.append(f"{key}#{token}")
                    places.append((sample, [token]))
                    given = labels if token_labels is None else token_labels[:, token]
                    found.append(-1 if given is None else int(given[sample]))
                continue
            keys.append(key)
            own = {"first": [0], "last": [length - 1], "mean": range(length)}.get(choice) or [int(choice)]
            places.append((sample, list(own)))
            if labels is not None:
                found.append(int(labels[sample]))
            else:
                found.append(-1 if choice == "mean" or token_labels is None else int(token_labels[sample, own[0]]))

        def rows(name):
            array = self.arrays[name].astype(np.float64)
            return np.stack([array[s] if array.ndim == 2 else array[s, own].mean(0) for s, own in places])

        return keys, found, rows("logits"), {name: rows(f"{name}.x") for name in self.layers}
