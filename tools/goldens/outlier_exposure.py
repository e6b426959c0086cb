"""Writes Tests/NetworksTests/Fixtures/outlier-exposure.safetensors with PyTorch 2.13.0:
`python3 tools/goldens/outlier_exposure.py`; see README.md beside this file."""

import copy
import pathlib
import sys

import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.append(str(pathlib.Path(__file__).resolve().parent))

from architectures import fill, stable_seed
from independent.attack import symmetric
from networks import FIXTURES, summarise, write
from torchvision_models import ResNetCIFAR

COUNT = 8
WEIGHT = 0.5


def losses(model, inputs):
    """As the authors' code has it: one forward pass over samples and outliers together, the samples first."""
    labels = torch.arange(COUNT) * 7 % 10
    logits = model(inputs)
    outliers = logits[COUNT:]
    return (F.cross_entropy(logits[:COUNT], labels),
            -(outliers.mean(1) - torch.logsumexp(outliers, dim=1)).mean())


def total(model, inputs):
    loss, outlier_loss = losses(model, inputs)
    return loss + WEIGHT * outlier_loss


def gradient(model, inputs):
    inputs = inputs.clone().requires_grad_()
    total(model, inputs).backward()
    return inputs.grad


def make(seed):
    return torch.from_numpy(2 * symmetric(seed, 2 * COUNT * 768).reshape(2 * COUNT, 3, 16, 16))


if __name__ == "__main__":
    model = ResNetCIFAR(20)
    with torch.no_grad():
        fill(model)
    model.train()
    seed = stable_seed(copy.deepcopy(model), make, gradient, rounding=1e-6)  # that of Winograd's transforms
    loss, outlier_loss = losses(model, make(seed))
    (loss + WEIGHT * outlier_loss).backward()
    tensors = {"seed": [seed], "loss": [loss.item()], "outlier_loss": [outlier_loss.item()]}
    for name, parameter in model.named_parameters():
        summarise(tensors, name, parameter.grad)
    for name, buffer in model.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            summarise(tensors, name, buffer)
    write(FIXTURES / "outlier-exposure.safetensors", tensors)
    print(seed, loss.item(), outlier_loss.item())
