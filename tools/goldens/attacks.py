"""Writes Fixtures/pgd.safetensors and odin.safetensors of Tests/NetworksTests with PyTorch 2.13.0; see README.md beside this file."""

import numpy as np
import torch
import torch.nn.functional as F

from networks import FIXTURES, AlexNetCIFAR, initialise, write
from independent.attack import descend, pixel_gradient, random_start, standardise, symmetric


class Small(AlexNetCIFAR):
    """The same chain with 8 and 16 channels and one hidden layer of 32: 200 images are cheap."""

    def __init__(self):
        torch.nn.Module.__init__(self)
        self.conv1 = torch.nn.Conv2d(3, 8, 5, padding=2)
        self.conv2 = torch.nn.Conv2d(8, 16, 5, padding=2)
        self.norm = torch.nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2.0)
        self.fc1 = torch.nn.Linear(784, 32)
        self.fc2 = torch.nn.Linear(32, 10)

    def forward(self, x):
        x = self.norm(self.pool(F.relu(self.conv1(x))))
        x = self.norm(self.pool(F.relu(self.conv2(x))))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def images(count, seed):
    """32 × 32 in colour, each square of 4 × 4 pixels in one: ⌊128 (symmetric() + 1)⌋."""
    squares = np.floor(128 * (symmetric(seed, count * 192) + 1)).reshape(count, 3, 8, 8)
    return torch.from_numpy(squares.repeat(4, 2).repeat(4, 3))


def outcome(tensors, name, model, pixels, labels):
    with torch.no_grad():
        logits = model(standardise(pixels))
    tensors[name + ".losses"] = F.cross_entropy(logits, labels, reduction="none").numpy()
    tensors[name + ".predicted"] = logits.argmax(1).float().numpy()


def attacks():
    tensors = {}
    model, count = AlexNetCIFAR(), 8
    initialise(model, 1)
    pixels, labels = images(count, 6), torch.arange(count) * 7 % 10
    start = random_start(pixels, 8, 4, range(count))
    tensors["gradient"] = pixel_gradient(model, start, labels).flatten()[::17].numpy()
    tensors["one"] = descend(model, pixels, labels, 8, 2, 1, start).numpy()
    outcome(tensors, "twenty", model, descend(model, pixels, labels, 8, 2, 20, start), labels)

    model, count = Small(), 200
    initialise(model, 7)
    # Three times as large, the parameters tell images from another.
    for parameter in model.parameters():
        parameter.data *= 3
    pixels = images(count, 8)
    # The network's own predictions: untrained, it is right about nothing else.
    with torch.no_grad():
        labels = model(standardise(pixels)).argmax(1)
    tensors["labels"] = labels.float().numpy()
    start = random_start(pixels, 2, 4, range(count))
    outcome(tensors, "linf", model, descend(model, pixels, labels, 2, 0.5, 20, start), labels)
    l2 = descend(model, pixels, labels, 0.25 * 255, 0.05 * 255, 20, pixels, norm="l2")
    outcome(tensors, "l2", model, l2, labels)
    targets = torch.full_like(labels, 3)
    targeted = descend(model, pixels, targets, 8, 2, 20, pixels, sign=-1)
    outcome(tensors, "target", model, targeted, targets)
    write(FIXTURES / "pgd.safetensors", tensors)


def odin(temperature=1000, epsilon=0.0014):
    """Images moved towards their own prediction, which nothing keeps in 0 … 255."""
    model, count = AlexNetCIFAR(), 8
    initialise(model, 1)
    pixels = images(count, 6).requires_grad_()
    z = model(standardise(pixels))
    loss = F.cross_entropy(z / temperature, z.argmax(1), reduction="sum")
    gradient, = torch.autograd.grad(loss, pixels)
    moved = pixels.detach() - 255 * epsilon * gradient.sign()
    tensors = {"moved": moved.numpy()}
    with torch.no_grad():
        tensors["clean.predicted"] = z.argmax(1).float().numpy()
        tensors["logits"] = model(standardise(moved)).numpy()
    write(FIXTURES / "odin.safetensors", tensors)


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    attacks()
    odin()
