"""ONNX Runtime's side: forward passes, of the file that networks.py exports."""
import numpy as np
import onnxruntime

from .machine import fastest
from .process import serve


def forward(model, threads):
    """An image's share of the fastest pass."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    images = np.random.default_rng(0).standard_normal(given.shape, np.float32)
    return fastest(lambda: session.run(None, {given.name: images}), 2) / given.shape[0]


if __name__ == "__main__":
    serve({"forward": forward})
