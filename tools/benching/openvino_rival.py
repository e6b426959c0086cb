"""OpenVINO's side: forward passes, of the file that networks.py exports, in Float32 as all others compute."""
import numpy as np
import openvino

from .machine import fastest
from .process import serve


def forward(model, threads):
    """An image's share of the fastest pass."""
    options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    request = openvino.Core().compile_model(model, "CPU", options).create_infer_request()
    shape = tuple(request.model_inputs[0].shape)
    request.set_input_tensor(openvino.Tensor(np.random.default_rng(0).standard_normal(shape, np.float32)))
    return fastest(request.infer, 2) / shape[0]


if __name__ == "__main__":
    serve({"forward": forward})
