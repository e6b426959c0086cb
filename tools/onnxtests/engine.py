"""Runs a model over images in engram-ingest and compares its output; tools/compare-onnx-tests says what a result means."""
import os
import resource
import subprocess

import numpy as np
import onnx

MEMORY = 4 << 30


class Refused(Exception):
    pass


class Failed(Exception):
    pass


class NotFinite(Failed):
    pass


def bounded():
    """What a network needs that has any business here: the largest of the models has 0.6 GB of weights."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def predict(model, images, folder):
    """The network's output over images of bytes, which it gets as they are."""
    np.save(os.path.join(folder, "images.npy"), images)
    np.save(os.path.join(folder, "labels.npy"), np.zeros(len(images), np.int64))
    path, logits = os.path.join(folder, "net.onnx"), os.path.join(folder, "logits.npy")
    onnx.save(model, path)
    command = ["engram-ingest", "predict", "--model", path, "--data", f"npy:{folder}:layout=nchw,range=255", "--preprocess",
               "scale=1", "--logits", logits, "--format", "csv", "--unlabelled"]
    try:
        ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
                               preexec_fn=bounded, timeout=120, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
    except subprocess.TimeoutExpired:
        raise Failed("not done in two minutes") from None
    lines = [line for line in ended.stderr.strip().splitlines() if not line.startswith("note:")]
    if ended.returncode < 0 or ended.returncode > 128:
        raise Failed(f"ended by signal {abs(ended.returncode)}: {' '.join(lines)[-300:]}")
    if ended.returncode != 0:
        errors = [line for line in lines if line.startswith("error:")] or lines[-1:]
        if len(errors) != 1:
            raise Failed(f"{len(errors)} lines: {' '.join(lines)[-300:]}")
        if "output is not finite" in errors[0]:
            raise NotFinite("a number that is not finite")
        raise Refused(errors[0].split(f"{path}: ")[-1].strip())
    return np.load(logits)


def compare(got, want, rtol, atol):
    """The largest difference over what the tolerance allows; a value of Float32 is what the engine has of any type."""
    if want.dtype.name == "bfloat16":
        rtol = max(rtol, 2**-6)
    if want.dtype.name == "float16":
        rtol = max(rtol, 2**-9)
    want = want.astype(np.float64).reshape(got.shape)
    try:
        np.testing.assert_allclose(got, want, rtol=rtol, atol=atol)
    except AssertionError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise Failed("; ".join(lines[1:4]) + f"; got {short(got)}, expected {short(want)}") from None
    with np.errstate(all="ignore"):
        own = np.abs(got - want) / (atol + rtol * np.abs(want))
    return float(np.nanmax(np.where(np.isfinite(own), own, 0), initial=0))


def short(values):
    return " ".join(f"{x:.6g}" for x in values.reshape(-1)[:6])


def same(a, b):
    return np.array_equal(a, b, equal_nan=True)
