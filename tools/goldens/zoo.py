"""Writes Tests/NetworksTests/Fixtures/zoo.safetensors with PyTorch 2.13.0 and torchvision 0.28.0: a network of every family
that torchvision has and architectures.py does not, in inference. `python3 tools/goldens/zoo.py UNPACKED_TORCHVISION_WHEEL`;
see README.md beside this file."""

import pathlib
import sys

import torch

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parent))

from architectures import evaluated
from networks import FIXTURES, write

NAMES = ("resnext50_32x4d", "googlenet", "densenet121", "mobilenet_v2", "mobilenet_v3_small", "mnasnet0_5",
         "shufflenet_v2_x0_5", "efficientnet_b0", "efficientnet_v2_s", "regnet_y_400mf", "regnet_x_400mf",
         "convnext_tiny", "vit_b_32", "swin_t", "swin_v2_t")

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    # torchvision's start-up asks for operators of its compiled part, which is not needed.
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    tensors = {}
    for name in NAMES:
        options = {"init_weights": False, "transform_input": True} if name == "googlenet" else {}
        model = torchvision.models.get_model(name, weights=None, **options)
        # Embeddings of positions are for one size.
        evaluated(name, model, 224, 224 if name.startswith("vit") else 32, tensors)
    write(FIXTURES / "zoo.safetensors", tensors)
