"""Writes Tests/NetworksTests/Fixtures/architectures.safetensors with PyTorch 2.13.0 and torchvision 0.28.0:
`python3 tools/goldens/architectures.py UNPACKED_TORCHVISION_WHEEL`; see README.md beside this file."""

import copy
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.append(str(pathlib.Path(__file__).resolve().parent))

from independent.attack import symmetric
from networks import FIXTURES, summarise, write
from torchvision_models import ResNetCIFAR, load

DEPTHS = (20, 32, 44, 56)
# Counts that no pass reads, and tables that follow from the size of a window.
UNUSED = (".num_batches_tracked", ".relative_position_index", ".relative_coords_table")


def fill(model):
    """Every tensor by name, sorted as bytes: number i is drawn from SplitMix64(1000 + i)."""
    state = {name: tensor for name, tensor in model.state_dict().items()
             if not name.startswith(("AuxLogits.", "aux1.", "aux2.")) and not name.endswith(UNUSED)}
    for i, name in enumerate(sorted(state)):
        tensor = state[name]
        values = symmetric(1000 + i, tensor.numel())
        if name.endswith("running_var"):
            values = np.float32(1) + np.float32(0.5) * values
        elif tensor.dim() > 1:
            values *= np.float32(np.sqrt(6 / tensor[0].numel()))
        elif name.endswith("weight"):
            values = np.float32(0.75) + np.float32(0.25) * values
        else:
            values *= np.float32(0.1)
        tensor.copy_(torch.from_numpy(values.reshape(tensor.shape)))


def relative(a, b):
    return ((a - b).norm() / b.norm()).item()


def pulled(model, inputs, cotangent):
    inputs = inputs.clone().requires_grad_()
    (model(inputs) * cotangent).sum().backward()
    return inputs.grad


def stable_seed(model, make, gradient, rounding=2e-7):
    """The first seed from 5 whose inputs have no rectifier or pooling window so near its switching point that rounding
    decides: gradients in Float64, in Float32 and of inputs moved by `rounding` agree within 2e-5."""
    wide = copy.deepcopy(model).double()
    for seed in range(5, 500):
        inputs = make(seed)
        expected = gradient(wide, inputs.double())
        noise = torch.from_numpy(symmetric(99, inputs.numel()).reshape(inputs.shape))
        moved = [inputs, inputs * (1 + rounding * noise), inputs * (1 - rounding * noise)]
        if all(relative(gradient(model, x).double(), expected) < 2e-5 for x in moved):
            return seed
    raise SystemExit("no stable inputs")


def evaluated(name, model, side, small, tensors):
    """Logits at the usual size, gradients at a small one, where few values can lie at a switching point."""
    fill(model)
    model.eval()

    def make(seed, side=small):
        return torch.from_numpy(2 * symmetric(seed, 3 * side * side).reshape(1, 3, side, side))

    with torch.inference_mode():
        logits = model(make(5, side))
    tensors[name + ".logits"] = logits.numpy()
    cotangent = torch.from_numpy(symmetric(11, logits.numel()).reshape(logits.shape))
    seed = stable_seed(model, make, lambda model, x: pulled(model, x, cotangent.to(x.dtype)))
    tensors[name + ".seed"] = [seed]
    summarise(tensors, name + ".input", pulled(model, make(seed), cotangent))
    print(name, logits.abs().max().item(), seed, flush=True)


def trained(tensors):
    """A batch of 8 through ResNet-20 in training mode: the mean loss, gradients and running statistics."""
    model = ResNetCIFAR(20)
    fill(model)
    model.train()
    labels = torch.arange(8) * 7 % 10

    def gradient(model, inputs):
        inputs = inputs.clone().requires_grad_()
        F.cross_entropy(model(inputs), labels).backward()
        return inputs.grad

    def make(seed):
        return torch.from_numpy(2 * symmetric(seed, 8 * 768).reshape(8, 3, 16, 16))

    seed = stable_seed(copy.deepcopy(model), make, gradient)
    inputs = make(seed)
    loss = F.cross_entropy(model(inputs), labels)
    loss.backward()
    tensors["training.seed"] = [seed]
    tensors["training.loss"] = [loss.item()]
    for name, parameter in model.named_parameters():
        summarise(tensors, "training." + name, parameter.grad)
    for name, buffer in model.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            summarise(tensors, "training." + name, buffer)
    print("training", seed)


if __name__ == "__main__":
    models = load(pathlib.Path(sys.argv[1]))
    tensors = {}
    names = ["alexnet", "squeezenet1_0", "squeezenet1_1"]
    names += [f"vgg{depth}{suffix}" for depth in (11, 13, 16, 19) for suffix in ("", "_bn")]
    names += [f"resnet{depth}" for depth in (18, 34, 50, 101, 152)]
    with torch.device("cpu"):
        for name in names:
            evaluated(name, models[name](weights=None), 224, 63 if name == "alexnet" else 32, tensors)
        inception = models["inception_v3"](weights=None, init_weights=False, transform_input=True)
        evaluated("inception_v3", inception, 299, 75, tensors)
        evaluated("squeezenet1_1-227", models["squeezenet1_1"](weights=None), 227, 32, tensors)
        for depth in DEPTHS:
            evaluated(f"resnet{depth}-cifar", ResNetCIFAR(depth), 32, 32, tensors)
    trained(tensors)
    write(FIXTURES / "architectures.safetensors", tensors)
