"""Writes Fixtures/wrappings of Tests/WeightFilesTests with PyTorch 2.13.0 and safetensors 0.8.0; see README.md.

One small network's state dict as people have it, each in both of PyTorch's formats and as safetensors, whose names are the
keys of nested dictionaries joined with dots. PyTorch's own wrappers make the names where it has them.
"""

import pathlib

import safetensors.torch
import torch
from torch.nn.utils import prune
from torch.optim.swa_utils import AveragedModel

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/WeightFilesTests/Fixtures/wrappings"


class Small(torch.nn.Module):
    """The tests know its names, and its values: multiples of 1/4 from `start`/4 on, tensor after tensor."""

    def __init__(self, start=0):
        super().__init__()
        self.features = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 2), torch.nn.BatchNorm2d(2))
        self.fc = torch.nn.Linear(4, 3)
        with torch.no_grad():
            for value in self.state_dict().values():
                if value.is_floating_point():
                    value.copy_((torch.arange(start, start + value.numel()) / 4).reshape(value.shape))
                    start += value.numel()


class Around(torch.nn.Module):
    """A Lightning module's kind: the network under a name, and a loss with a tensor beside it."""

    def __init__(self, name):
        super().__init__()
        self.add_module(name, Small())
        self.register_buffer("class_weights", torch.ones(3))


class Normalizer(torch.nn.Module):
    """robustness/tools/helpers.py, InputNormalize."""

    def __init__(self):
        super().__init__()
        self.register_buffer("new_mean", torch.tensor([0.5, 0.25, 0.125])[:, None, None])
        self.register_buffer("new_std", torch.tensor([0.25, 0.5, 0.75])[:, None, None])


class Attacker(torch.nn.Module):
    """robustness/attacker.py."""

    def __init__(self, model):
        super().__init__()
        self.normalize = Normalizer()
        self.model = model


class AttackerModel(torch.nn.Module):
    """robustness/attacker.py: what that library saves, in a DataParallel."""

    def __init__(self, model):
        super().__init__()
        self.normalizer = Normalizer()
        self.model = model
        self.attacker = Attacker(model)


def inner():
    """As PyTorch's ImageNet example trains AlexNet and VGG."""
    model = Small()
    model.features = torch.nn.DataParallel(model.features)
    return model


def pruned():
    """The fully connected layer and the convolution without the half of their weights, by magnitude."""
    model = Small()
    prune.l1_unstructured(model.features[0], "weight", amount=0.5)
    prune.l1_unstructured(model.fc, "weight", amount=0.5)
    return model


def averaged():
    model = AveragedModel(Small())
    model.update_parameters(Small())
    return model


def wrappings():
    small = Small().state_dict()
    other = Small(start=100).state_dict()
    parallel, compiled = torch.nn.DataParallel, torch.compile
    return {
        "plain": small,
        "module": parallel(Small()).state_dict(),
        "orig-mod": compiled(Small()).state_dict(),
        "module-orig-mod": parallel(compiled(Small())).state_dict(),
        "orig-mod-module": compiled(parallel(Small())).state_dict(),
        "lightning-model": {
            "epoch": 3, "pytorch-lightning_version": "2.5.0", "state_dict": Around("model").state_dict(),
            "hyper_parameters": {"lr": 0.1}, "optimizer_states": [{"state": {}, "param_groups": []}],
        },
        "lightning-net": {"state_dict": Around("net").state_dict()},
        "robustness": {"epoch": 150, "model": parallel(AttackerModel(Small())).state_dict()},
        "inner-module": inner().state_dict(),
        "averaged": averaged().state_dict(),
        "timm": {"arch": "small", "state_dict": small, "state_dict_ema": other},
        "torchvision-ema": {"model": small, "model_ema": AveragedModel(Small(start=100)).state_dict()},
        "params": {"params": small, "params_ema": other},
        "nested": {"models": {"network": small, "ema_state_dict": other}, "step": 7},
        "own-prefix": Around("backbone").state_dict(),
        "pruned": pruned().state_dict(),
        "headless": {"state_dict": {name: value for name, value in small.items() if name != "fc.weight"}},
    }


def flat(value, prefix=""):
    """The tensors of nested dictionaries, by their keys joined with dots."""
    for key, inner in value.items():
        if isinstance(inner, torch.Tensor):
            yield prefix + key, inner
        elif isinstance(inner, dict):
            yield from flat(inner, f"{prefix}{key}.")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, value in wrappings().items():
        torch.save(value, FOLDER / f"{name}.pth")
        torch.save(value, FOLDER / f"{name}-legacy.pth", _use_new_zipfile_serialization=False)
        # safetensors keeps no tensor twice.
        copies = {key: tensor.clone() for key, tensor in flat(value)}
        safetensors.torch.save_file(copies, FOLDER / f"{name}.safetensors")
    # The values that a pruned network computes with, told by PyTorch.
    model = pruned()
    for layer in (model.features[0], model.fc):
        prune.remove(layer, "weight")
    safetensors.torch.save_file(model.state_dict(), FOLDER / "pruned-removed.safetensors")


if __name__ == "__main__":
    main()
