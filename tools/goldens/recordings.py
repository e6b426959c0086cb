"""Writes Tests/CaptureTests/Fixtures/recordings/ with NumPy alone: tiny recordings in every form that Schema/Recording.md
has, and in expected.json what definitions make of them, computed in Float64 by the plainest loops. Numbers come from
`wave`, a formula, with the first seed at which rounding decides nothing: no interaction lies within 1e-5 of its threshold,
relative to the sum of its row's magnitudes, and a recorded z gives the bits that the computed one gives."""

import json
import pathlib
import re
import shutil
import struct
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).parents[1]))

from independent.recording import Recording

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/CaptureTests/Fixtures/recordings"
CLASSES = [["cat", "cat"], ["dog", "dog, domestic"], ["owl", "öwl"]]
KEYS = [f"{CLASSES[n % 3][0]}/{n:02d}.png" for n in range(11)]
LABELS = [n % 3 for n in range(11)]
TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}
CHOICES = ["first", "last", "mean", "all"]


def wave(*shape, seed):
    """From -1 to 1 without end or repetition: 2 · frac(0.618…·(k + 1) · seed) - 1, Float64."""
    k = np.arange(1, np.prod(shape) + 1, dtype=np.float64)
    return (2 * np.mod(k * seed * 0.6180339887498949, 1) - 1).reshape(shape)


def bfloat16(numbers):
    """The upper halves of Float32s, rounded to the nearest even."""
    words = np.asarray(numbers, "<f4").view("<u4").astype(np.uint64)
    return ((words + 0x7FFF + ((words >> 16) & 1)) >> 16).astype("<u2")


def stored(numbers, kind):
    """An array's type, the bytes' array and the Float32 that a reader makes of each number."""
    if kind == "BF16":
        half = bfloat16(numbers)
        return kind, half, (half.astype("<u4") << 16).view("<f4")
    array = np.asarray(numbers).astype(TYPES[kind])
    return kind, array, array.astype("<f4") if kind[0] == "F" else array


def safetensors(path, arrays, keys=None):
    """`arrays`: a type and an array by name."""
    header, offset = {}, 0
    if keys is not None:
        header["__metadata__"] = {"keys": json.dumps(keys)}
    for name, (kind, array) in arrays.items():
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for _, a in arrays.values()))


def npz(path, arrays, keys=None):
    """Stored, or every other file deflated."""
    save = np.savez_compressed if path.stem.endswith("1") else np.savez
    save(path, **{name: array for name, (_, array) in arrays.items()}, **({} if keys is None else {"keys": np.array(keys)}))


def npy(path, arrays, keys=None):
    """A folder with a file for each array: x in Fortran's order and z, W and labels with the highest byte first. Keys are
    texts, bytes in UTF-8, or JSON."""
    path.mkdir()
    for name, (_, array) in arrays.items():
        if name.endswith(".x"):
            array = np.asfortranarray(array)
        elif not name.endswith("logits"):
            array = array.astype(array.dtype.newbyteorder(">"))
        np.save(path / f"{name}.npy", array)
    if keys is not None and path.stem.endswith("2"):
        (path / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    elif keys is not None:
        np.save(path / "keys.npy", np.array([key.encode() for key in keys] if path.stem.endswith("1") else keys))


WRITERS = {"safetensors": (safetensors, ".safetensors"), "npz": (npz, ".npz"), "npy": (npy, "")}


class TooNear(Exception):
    """Rounding could decide a bit, and another seed is needed."""


class Layer:
    """What a reader has of a layer: W, b, x and z as Float32."""

    def __init__(self, weight, bias, x, z):
        self.weight, self.bias, self.x, self.z = weight, bias, x, z

    def rows(self):
        """x and z in Float64."""
        x = self.x.astype(np.float64)
        z = x @ self.weight.astype(np.float64).T
        return x, z if self.bias is None else z + self.bias

    def bits(self, x, z):
        """S of every row: n × n_out × n_cols, each far from its threshold."""
        terms = self.weight.astype(np.float64) * x[:, None, :]
        if self.bias is not None:
            terms = np.concatenate([terms, np.broadcast_to(self.bias, z.shape)[..., None]], 2)
        result = np.zeros(terms.shape, bool)
        n_in = self.weight.shape[1]
        for n, i, j in np.ndindex(*terms.shape):
            share = terms[n, i, j] / z[n, i]
            result[n, i, j] = share > 1 / n_in
            margin = abs(terms[n, i, j] - z[n, i] / n_in) / np.abs(terms[n, i]).sum()
            if margin < 1e-5:
                raise TooNear
        return result


def packed(bits):
    return np.packbits(bits.reshape(-1), bitorder="little").tobytes().hex()


def measured(layer, labels, n_classes):
    """Bits of each row, and of each class (all rows where there is none) the counts of interactions and of neurons."""
    x, z = layer.rows()
    bits = layer.bits(x, z)
    if (bits != layer.bits(x, layer.z.astype(np.float64))).any():
        raise TooNear
    groups = [np.array(labels) == c for c in range(n_classes)] if n_classes else [np.ones(len(x), bool)]
    return {
        "bits": [packed(sample) for sample in bits],
        "counts": [bits[g].sum(0).reshape(-1).tolist() for g in groups],
        "neurons": [(z[g] > 0).sum(0).tolist() for g in groups],
        "x": np.round(x, 7).tolist(), "z": np.round(z, 7).tolist()}


def write(name, *, seed, **options):
    """`attempt` with the first seed from this one that will do."""
    while True:
        try:
            return attempt(name, seed=seed, **options)
        except TooNear:
            shutil.rmtree(FOLDER / name)
            seed += 1


def attempt(name, *, kind="F32", form="safetensors", parts=(4, 4, 3), keys=KEYS, labels=LABELS, label_kind="I64",
          classes=CLASSES, outputs=CLASSES, z=(), relu=False, leave_out=(), bias=(True, True), tokens=(), lengths=None,
          token_labels=None, token_logits=False, part_tokens=None, choices=CHOICES, seed, **more):
    """A recording of two layers, 7 → 5 → 3 (or as many outputs as there are), and what is expected of it.

    `tokens`: the layers that have an axis of tokens, 4 a sample; `z`: those whose z is recorded; `leave_out`: those whose x
    is not; `token_logits`: whether logits have tokens; `part_tokens`: how many tokens each part has, in which padding is NaN
    and labelled -100; `choices`: of `--tokens`."""
    folder = FOLDER / name
    folder.mkdir(parents=True)
    writer, ending = WRITERS[form]
    n, n_out = sum(parts), len(outputs) if outputs else 3
    shapes = {"fc1": (5, 7), "head.fc2": (n_out, 5)}
    weights, layers, described = {}, {}, []
    previous = None
    for place, (layer, (rows, columns)) in enumerate(shapes.items()):
        w_kind, w_bytes, w = stored(wave(rows, columns, seed=seed + 3 * place), kind)
        weights[f"{layer}.weight"] = (w_kind, w_bytes)
        b = None
        if bias[place]:
            b_kind, b_bytes, b = stored(wave(rows, seed=seed + 3 * place + 1) / 2, kind)
            weights[f"{layer}.bias"] = (b_kind, b_bytes)
        if place and relu:
            values = np.maximum(previous.z, 0)
        else:
            shape = (n, 4, columns) if layer in tokens else (n, columns)
            values = wave(*shape, seed=seed + 3 * place + 2)
            values[np.mod(np.arange(values.size), 5).reshape(shape) == 1] = 0
        x = stored(values, kind)
        exact = x[2].astype(np.float64) @ w.astype(np.float64).T + (0 if b is None else b)
        layers[layer] = previous = Layer(w, b, x[2], exact)
        previous.x_bytes, previous.z_bytes = x[:2], stored(exact, kind)[:2]
        if layer in z:
            previous.z = stored(exact, kind)[2]
        described.append({"name": layer, "n_in": columns, "n_out": rows, "bias": bool(bias[place]),
                          "relu_of": "fc1" if place and relu else None})
    logits = stored(wave(*(n, 4, n_out) if token_logits else (n, n_out), seed=seed + 11), kind)
    writer(folder / f"weights{ending}", weights)
    start = 0
    for number, count in enumerate(parts):
        chosen = slice(start, start + count)
        arrays = {"logits": (logits[0], logits[1][chosen])}
        if labels is not None:
            arrays["labels"] = stored(labels[chosen], label_kind)[:2]
        for layer, content in layers.items():
            if layer not in leave_out:
                arrays[f"{layer}.x"] = (content.x_bytes[0], content.x_bytes[1][chosen])
            if layer in z:
                arrays[f"{layer}.z"] = (content.z_bytes[0], content.z_bytes[1][chosen])
        if lengths is not None:
            arrays["lengths"] = stored(lengths[chosen], "I64")[:2]
        if token_labels is not None:
            arrays["token_labels"] = stored(token_labels[chosen], "I32")[:2]
        if part_tokens:
            arrays = {name: (kind, cut(array, lengths[chosen], part_tokens[number])) for name, (kind, array) in arrays.items()}
        writer(folder / f"part-{number:05d}{ending}", arrays, None if keys is None else keys[chosen])
        start += count
    recording = {
        "format": "engram-recording", "version": 1, "model": {"name": "formula", "architecture": "two layers", "state": "random"},
        "dataset": {"name": "waves", "classes": classes}, "preprocessing": "none: numbers of a formula", "layers": described,
        "n_samples": n, **more}
    if outputs:
        recording["outputs"] = outputs
    (folder / "recording.json").write_text(json.dumps(recording, ensure_ascii=False, indent=1) + "\n")
    if tokens or token_logits:
        return {"tokens": {choice: chosen_tokens(folder, choice, layers, classes, outputs) for choice in choices}}
    return expect(layers, classes, outputs, keys, labels, logits[2], n)


def cut(array, lengths, tokens):
    """The first tokens of a part's array, with padding that nobody may read."""
    if array.ndim == 1:
        return array
    array = array[:, :tokens].copy()
    array[np.arange(tokens) >= np.array(lengths)[:, None]] = np.nan if array.ndim == 3 else -100
    return array


def chosen_tokens(folder, choice, layers, classes, outputs):
    """What is expected of the recording as it was written, read by an independent reader."""
    keys, labels, logits, inputs = Recording(folder).taken(choice)
    chosen = {}
    for name, layer in layers.items():
        x = inputs[name]
        z = x @ layer.weight.astype(np.float64).T + (0 if layer.bias is None else layer.bias)
        chosen[name] = Layer(layer.weight, layer.bias, x, z)
    expected = expect(chosen, classes, outputs, keys, labels, logits, len(keys))
    for layer in expected["layers"].values():
        for name in ("bits", "x", "z"):
            del layer[name]
    return expected


def key_of(entry):
    return entry if isinstance(entry, str) else entry[0]


def expect(layers, classes, outputs, keys, labels, logits, n):
    keys = [str(position) for position in range(n)] if keys is None else keys
    labels = [-1] * n if labels is None else labels
    predicted = logits.astype(np.float64).argmax(1).tolist()
    # Without names an output is the class of its position where there are as many.
    unnamed = classes if len(classes) == logits.shape[1] else [f"output {position}" for position in range(logits.shape[1])]
    names = [key_of(o) for o in outputs or unnamed]
    right = [key_of(classes[c]) if c >= 0 else None for c in labels]
    return {
        "keys": keys, "labels": labels, "predicted": predicted,
        "correct": [int(names[p] == r) if r in names else None for p, r in zip(predicted, right)],
        "layers": {name: measured(layer, labels, len(classes)) for name, layer in layers.items()}}


def page():
    """The recording that the code of Schema/Recording.md writes, run as it stands there, and what is expected of it."""
    text = (pathlib.Path(__file__).parents[2] / "Schema/Recording.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text.split("## A writer")[1], re.DOTALL | re.MULTILINE)
    names = {"folder": str(FOLDER / "page")}
    for block in blocks:
        exec(compile(block, "Recording.md", "exec"), names)  # pylint: disable=exec-used
    layers, x1 = {}, np.concatenate([names["numbers"](4, 8, step=0.3 + part / 10) for part in range(3)])
    for name, (w, b) in names["layers"].items():
        z = x1.astype(np.float64) @ w.T.astype(np.float64) + (0 if b is None else b)
        layers[name] = Layer(w, b, x1, z)
        x1 = np.maximum(z, 0).astype(np.float32)
    return expect(layers, names["about"]["dataset"]["classes"], None, [f"wave {i}" for i in range(12)],
                  [i % 3 for i in range(12)], z, 12)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    both = ("fc1", "head.fc2")
    expected = {"float32": write("float32", seed=1)}
    for form in ("npz", "npy"):
        assert write(form, form=form, seed=1) == expected["float32"]
    expected["half"] = write("half", kind="F16", parts=(6, 5), z=("fc1",), seed=2)
    expected["bfloat16"] = write("bfloat16", kind="BF16", parts=(11,), seed=4)
    expected["float64"] = write("float64", kind="F64", z=both, label_kind="I32", seed=5)
    expected["with-z"] = write("with-z", z=both, keys=None, bias=(True, False), seed=6, notes="z of both layers, no keys")
    expected["unlabelled"] = write("unlabelled", classes=[], outputs=None, labels=None, parts=(1, 10), seed=7)
    expected["foreign"] = write(
        "foreign", classes=["owl", "fox", "cat"], outputs=[["cat", "cat"], "dog", "owl", "elk"],
        labels=[2, 1, 0, -1, 2, 0, 1, 2, 0, -1, 2], parts=(5, 6), seed=10, perturbation="fog, severity 3")
    expected["rectified"] = write("rectified", relu=True, z=("fc1",), leave_out=("head.fc2",), seed=8)
    expected["rectified-computed"] = write("rectified-computed", relu=True, leave_out=("head.fc2",), seed=8)
    lengths = [4, 1, 3, 2, 4, 4, 2, 3, 1, 4, 2]
    token_labels = [[(sample + 2 * token) % 3 if token < lengths[sample] else -1 for token in range(4)] for sample in range(11)]
    expected["tokens"] = write("tokens", tokens=both, lengths=lengths, token_labels=token_labels, seed=13)
    expected["tokens-once"] = write("tokens-once", tokens=("fc1",), lengths=lengths, seed=14)
    expected["tokens-whole"] = write("tokens-whole", tokens=both, z=both, kind="F16", seed=16, parts=(11,))
    # A language model: the samples are tokens, each with logits and a label, in parts padded to their longest sample.
    for name, form in (("language", "safetensors"), ("language-npz", "npz")):
        expected[name] = write(
            name, form=form, tokens=both, token_logits=True, part_tokens=(4, 2, 3), lengths=[4, 2, 3, 4, 2, 2, 2, 2, 3, 2, 3],
            labels=None, token_labels=token_labels, choices=[*CHOICES, "1", "0,1"], seed=21)
    assert expected.pop("language-npz") == expected["language"]
    # Sentences: each has a label, logits are of tokens.
    expected["sentences"] = write(
        "sentences", tokens=("fc1",), token_logits=True, lengths=lengths, z=("fc1",), token_labels=token_labels, seed=31)
    expected["page"] = page()
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in expected.items())
    (FOLDER / "expected.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
