"""Writes Fixtures/python of Tests/DataSetsTests: batches pickled as Python 2 did, opcode by opcode, and as Python 3 does."""

import pathlib
import pickle
import struct

import numpy as np

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/DataSetsTests/Fixtures/python"


def text(value):
    """A string of Python 2."""
    value = value.encode() if isinstance(value, str) else value
    if len(value) < 256:
        return b"U" + bytes([len(value)]) + value
    return b"T" + struct.pack("<i", len(value)) + value


def array(pixels):
    """What NumPy 1 made of uint8 in protocol 2: _reconstruct(ndarray, (0,), 'b') and its state."""
    rows, columns = pixels.shape
    dtype = b"cnumpy\ndtype\n" + text("u1") + b"K\x00K\x01\x87R(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    shape = b"M" + struct.pack("<H", rows) + b"M" + struct.pack("<H", columns) + b"\x86"
    start = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text("b") + b"\x87R"
    return start + b"(K\x01" + shape + dtype + b"\x89" + text(pixels.tobytes()) + b"tb"


def numbers(values):
    return b"](" + b"".join(b"K" + bytes([v]) for v in values) + b"e"


def texts(values):
    return b"](" + b"".join(map(text, values)) + b"e"


def python2(**entries):
    """Each key is remembered, as cPickle does."""
    pairs = b"".join(text(key) + b"q" + bytes([i + 1]) + value for i, (key, value) in enumerate(entries.items()))
    return b"\x80\x02}q\x00(" + pairs + b"u."


def pixels(labels):
    """Pixel p of record r is (label + 7 r + p) mod 256, as TemporaryFolder.writeBatch has it."""
    rows = [(label + 7 * row + np.arange(3072)) % 256 for row, label in enumerate(labels)]
    return np.array(rows, dtype=np.uint8)


def write(name, content):
    (FOLDER / name).write_bytes(content)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    labels, names = [1, 0, 7], "airplane automobile bird cat deer dog frog horse ship truck".split()
    write("batch", python2(
        batch_label=text("testing batch 1 of 1"), labels=numbers(labels), data=array(pixels(labels)),
        filenames=texts([f"image_{i}.png" for i in labels])))
    write("batches.meta", python2(num_cases_per_batch=b"M\x10\x27", label_names=texts(names), num_vis=b"M\x00\x0c"))
    write("hundred", python2(
        data=array(pixels([99, 0])), fine_labels=numbers([99, 0]), coarse_labels=numbers([3, 4])))
    write("meta", python2(
        fine_label_names=texts([f"class{i}" for i in range(100)]), coarse_label_names=texts(["a", "b"])))
    # The same batch converted by Python 3: strings of text, NumPy's values as Latin-1, columns first.
    for protocol in (2, 4):
        batch = {"labels": labels, "data": np.asfortranarray(pixels(labels))}
        write(f"batch-{protocol}", pickle.dumps(batch, protocol))


if __name__ == "__main__":
    main()
