"""The networks in PyTorch, with untrained weights, and their inputs; as an ONNX file or an exported program for those who read one."""
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

from independent.network import preprocess, read_cifar10

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "goldens"))
CIFAR = ("alexnet-cifar", "resnet20-cifar")


class AlexNetCIFAR(nn.Module):
    """Zhang et al. 2017, as tools/independent/network.py has it, in the modules that scripts hook."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 64, 5, padding=2), nn.Conv2d(64, 64, 5, padding=2)
        self.norm = nn.LocalResponseNorm(5, 1e-4, 0.75, 2)
        self.fc1, self.fc2, self.fc3 = nn.Linear(3136, 384), nn.Linear(384, 192), nn.Linear(192, 10)

    def forward(self, h):
        for layer in (self.conv1, self.conv2):
            h = self.norm(F.max_pool2d(F.pad(F.relu(layer(h)), (0, 1, 0, 1), value=-torch.inf), 3, 2))
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(h.flatten(1))))))


def side(name):
    return {"alexnet-cifar": 28, "resnet20-cifar": 32, "inception_v3": 299}.get(name, 224)


def made(name, torchvision):
    """An untrained network; `torchvision`: the folder that holds torchvision's model files."""
    torch.manual_seed(0)
    if name == "alexnet-cifar":
        return AlexNetCIFAR()
    from torchvision_models import ResNetCIFAR, load

    if name == "resnet20-cifar":
        return ResNetCIFAR(20)
    options = {"init_weights": False} if name == "inception_v3" else {}
    return load(pathlib.Path(torchvision))[name](weights=None, **options)


def images(name, count):
    return torch.randn(count, 3, side(name), side(name), generator=torch.Generator().manual_seed(0))


def cifar(folder, count):
    """Pixels, what alexnet-cifar is given, and labels, of the first test images."""
    labels, pixels, _ = read_cifar10(f"{folder}:test")
    return pixels[:count], preprocess(pixels[:count]), torch.from_numpy(labels[:count].astype("int64"))


def export(name, torchvision, batch, path):
    """Writes the ONNX file of a network for batches of one size."""
    torch.onnx.export(made(name, torchvision).eval(), (images(name, batch),), path, dynamo=False)


def program(name, torchvision, path):
    """Writes a network as an exported program for batches of any size."""
    batch = torch.export.Dim("batch", min=1, max=4096)
    torch.export.save(torch.export.export(made(name, torchvision).eval(), (images(name, 2),), dynamic_shapes=({0: batch},)), path)


if __name__ == "__main__":
    from .process import serve

    serve({"export": export, "program": program})
