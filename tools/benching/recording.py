"""A recording of random layers, as `engram-ingest recording` takes it in."""
import json
import pathlib

import numpy as np


def write(folder, layers, samples, active):
    """Layers of (inputs, outputs) without bias over random inputs, of which the share `active` is not zero, with z left out; labels of
    ten classes. Into a folder that is made."""
    folder, draw = pathlib.Path(folder), np.random.default_rng(0)
    for part in ("weights", "part-00000"):
        (folder / part).mkdir(parents=True)

    def save(name, array):
        np.save(folder / f"{name}.npy", array)

    listed = []
    for number, (n_in, n_out) in enumerate(layers):
        name = f"fc{number}"
        listed.append({"name": name, "n_in": n_in, "n_out": n_out, "bias": False})
        save(f"weights/{name}.weight", draw.standard_normal((n_out, n_in), np.float32))
        x = draw.standard_normal((samples, n_in), np.float32)
        save(f"part-00000/{name}.x", x * (draw.random((samples, n_in), np.float32) < active))
    save("part-00000/logits", draw.standard_normal((samples, 10), np.float32))
    save("part-00000/labels", np.arange(samples) % 10)
    about = {"format": "engram-recording", "version": 1, "model": {"name": "random"}, "layers": listed, "n_samples": samples,
             "dataset": {"name": "noise", "classes": [str(c) for c in range(10)]}}
    (folder / "recording.json").write_text(json.dumps(about))
    return folder
