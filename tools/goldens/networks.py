"""Writes the golden files of Tests/NetworksTests with PyTorch 2.13.0; see README.md beside this file."""

import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from independent.attack import symmetric

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/NetworksTests/Fixtures"


class AlexNetCIFAR(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 64, 5, padding=2)
        self.conv2 = torch.nn.Conv2d(64, 64, 5, padding=2)
        self.norm = torch.nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2.0)
        self.fc1 = torch.nn.Linear(3136, 384)
        self.fc2 = torch.nn.Linear(384, 192)
        self.fc3 = torch.nn.Linear(192, 10)

    def pool(self, x):
        return F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=float("-inf")), 3, 2)

    def forward(self, x):
        x = self.norm(self.pool(F.relu(self.conv1(x))))
        x = self.norm(self.pool(F.relu(self.conv2(x))))
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc3(F.relu(self.fc2(x)))


class AlexNet(torch.nn.Module):
    """torchvision.models.alexnet with its module names, in inference at 224 × 224: no dropout, no adaptive pool."""

    def __init__(self):
        super().__init__()
        conv, pool, relu = torch.nn.Conv2d, torch.nn.MaxPool2d, torch.nn.ReLU
        self.features = torch.nn.Sequential(
            conv(3, 64, 11, stride=4, padding=2), relu(), pool(3, 2), conv(64, 192, 5, padding=2), relu(), pool(3, 2),
            conv(192, 384, 3, padding=1), relu(), conv(384, 256, 3, padding=1), relu(), conv(256, 256, 3, padding=1),
            relu(), pool(3, 2))
        self.classifier = torch.nn.Sequential(
            torch.nn.Identity(), torch.nn.Linear(9216, 4096), relu(), torch.nn.Identity(),
            torch.nn.Linear(4096, 4096), relu(), torch.nn.Linear(4096, 1000))

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def initialise(model, seed):
    layers = [module for module in model.modules() if hasattr(module, "weight")]
    values = symmetric(seed, sum(p.numel() for p in model.parameters()))
    at = 0
    for layer in layers:
        bound = np.float32(1 / np.sqrt(np.float64(layer.weight[0].numel())))
        for tensor in (layer.weight, layer.bias):
            part = bound * values[at : at + tensor.numel()]
            tensor.data = torch.from_numpy(part.reshape(tensor.shape).copy())
            at += tensor.numel()


def write(path, tensors):
    header, data = {}, b""
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name], dtype="<f4")
        offsets = [len(data), len(data) + array.nbytes]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": offsets}
        data += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def summarise(tensors, name, gradient):
    flat = gradient.detach().double().flatten()
    at = (torch.arange(32) * 7919) % len(flat)
    tensors[name + ".samples"] = flat[at].numpy()
    tensors[name + ".norm"] = [flat.norm().item()]
    tensors[name + ".sum"] = [flat.sum().item()]


def alexnet():
    count = 2
    model = AlexNet()
    initialise(model, 1)
    inputs = torch.from_numpy(2 * symmetric(5, count * 150528).reshape(count, 3, 224, 224))
    hidden = {}
    for name in ("1", "4"):
        module = model.classifier.get_submodule(name)
        module.register_forward_hook(lambda _, x, z, name=name: hidden.update({name: z}))
    with torch.inference_mode():
        logits = model(inputs)
    tensors = {"logits": logits.numpy(), "classifier.1": hidden["1"].numpy(), "classifier.4": hidden["4"].numpy()}
    write(FIXTURES / "alexnet.safetensors", tensors)


def alexnet_cifar():
    count = 37
    model = AlexNetCIFAR()
    initialise(model, 1)
    inputs = torch.from_numpy(2 * symmetric(5, count * 2352).reshape(count, 3, 28, 28))
    inputs.requires_grad_()
    labels = torch.arange(count) * 7 % 10
    logits = model(inputs)
    losses = F.cross_entropy(logits, labels, reduction="none")
    tensors = {"logits": logits.detach().numpy(), "loss": [losses.mean().item()]}
    (input_gradient,) = torch.autograd.grad(losses.sum(), inputs, retain_graph=True)
    summarise(tensors, "input", input_gradient)
    losses.mean().backward()
    for name, parameter in model.named_parameters():
        summarise(tensors, name, parameter.grad)
    write(FIXTURES / "alexnet-cifar.safetensors", tensors)


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    alexnet_cifar()
    alexnet()
