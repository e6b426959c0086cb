"""The warehouse's blobs, read as Schema/README.md describes them."""
import struct

import numpy as np


def unpack(data, count, axis=-1):
    return np.unpackbits(data, axis=axis, count=count, bitorder="little").astype(bool)


def read_x(blob, n_in):
    data = np.frombuffer(blob, np.uint8)
    x = np.zeros(n_in, np.float32)
    x[unpack(data, n_in)] = data[(n_in + 7) // 8 :].view("<f4")
    return x


def read_bits(blob):
    magic, version, flags, n_out, n_cols, n_active = struct.unpack_from("<2sBBIII", blob)
    assert magic == b"EB" and version == 1 and flags <= 1
    data = np.frombuffer(blob, np.uint8, offset=16)
    bits = np.zeros((n_cols, n_out), bool)
    bits[unpack(data, n_cols)] = unpack(data[(n_cols + 7) // 8 :].reshape(n_active, (n_out + 7) // 8), n_out)
    return bits.T


def read_counts(blobs):
    """N and the n_out × n_cols counters of one class, from its blocks in order."""
    rows = []
    for blob in blobs:
        magic, version, width, n, first, n_rows, n_cols = struct.unpack_from("<2sBBIIII", blob)
        assert magic == b"EC" and version == 1 and first == sum(map(len, rows))
        rows.append(np.frombuffer(blob, f"<u{width}", offset=20).reshape(n_rows, n_cols))
    return n, np.concatenate(rows).astype(np.int64)


def read_wide(blob):
    """A vector of Float64."""
    magic, version, n = struct.unpack_from("<2sHI", blob)
    assert magic == b"EV" and version == 1 and len(blob) == 8 + 8 * n
    return np.frombuffer(blob, "<f8", offset=8)


def read_matrix(blob):
    magic, version, n, _ = struct.unpack_from("<2sHII", blob)
    assert magic == b"EM" and version == 1
    return np.frombuffer(blob, "<f8", offset=12).reshape(n, n)


def derived_bits(weight, bias, x, z):
    """S as definitions.md has it, for runs that store no bits."""
    terms = np.concatenate([weight * x, bias[:, None]], 1)
    tau = (z / np.float32(len(x)))[:, None]
    z = z[:, None]
    return np.where(z > 0, terms > tau, (terms < tau) & (z < 0)) & np.isfinite(z)
