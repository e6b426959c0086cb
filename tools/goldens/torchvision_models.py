"""torchvision's models without torchvision: its model files alone, imported from an unpacked wheel."""

import importlib
import sys
import types

import torch


def package(name, path):
    module = types.ModuleType(name)
    module.__path__ = [str(path)]
    sys.modules[name] = module
    return module


def load(wheel):
    """A dictionary of model functions. `wheel`: the folder that holds `torchvision/`; its own start-up, which loads
    compiled operators, is left out."""
    root = wheel / "torchvision"
    package("torchvision", root)
    package("torchvision.models", root / "models")
    package("torchvision.transforms", root / "transforms")
    presets = types.ModuleType("torchvision.transforms._presets")
    presets.ImageClassification = object
    presets.InterpolationMode = types.SimpleNamespace(BILINEAR=0, BICUBIC=1)
    sys.modules[presets.__name__] = presets
    utils = types.ModuleType("torchvision.utils")
    utils._log_api_usage_once = lambda _: None
    utils._make_ntuple = lambda x, n: tuple(x) if isinstance(x, (list, tuple)) else (x,) * n
    sys.modules[utils.__name__] = utils
    download = types.ModuleType("torchvision._internally_replaced_utils")
    download.load_state_dict_from_url = None
    sys.modules[download.__name__] = download
    ops = package("torchvision.ops", root / "ops")
    ops.StochasticDepth = importlib.import_module("torchvision.ops.stochastic_depth").StochasticDepth
    models = {}
    for family in ("alexnet", "vgg", "resnet", "inception", "squeezenet", "mobilenetv2", "mobilenetv3", "efficientnet",
                   "densenet", "regnet", "convnext", "vision_transformer", "swin_transformer"):
        module = importlib.import_module("torchvision.models." + family)
        models.update({name: getattr(module, name) for name in module.__all__})
    return models


class ResidualBlock(torch.nn.Module):
    """He et al. 2016, §4.2, with shortcuts of option A."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(outputs)
        self.conv2 = torch.nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(outputs)
        self.stride, self.added = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        if self.stride > 1:
            half = self.added // 2
            x = torch.nn.functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, half))
        return (y + x).relu()


class ResNetCIFAR(torch.nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(16)
        inputs = 16
        for stage, outputs in enumerate((16, 32, 64), 1):
            blocks = []
            for block in range((depth - 2) // 6):
                blocks.append(ResidualBlock(inputs, outputs, 2 if stage > 1 and block == 0 else 1))
                inputs = outputs
            self.add_module(f"layer{stage}", torch.nn.Sequential(*blocks))
        self.linear = torch.nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.bn1(self.conv1(x)).relu())))
        return self.linear(x.mean((2, 3)))
