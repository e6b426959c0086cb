"""Writes Fixtures/pgd.safetensors of Tests/NetworksTests with PyTorch 2.13.0; see README.md beside this file."""

import numpy as np
import torch
import torch.nn.functional as F

from networks import FIXTURES, AlexNetCIFAR, initialise, symmetric, write

MASK = (1 << 64) - 1


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


def first(state):
    """The first number of SplitMix64(seed: state)."""
    z = (state + 0x9E3779B97F4A7C15) & MASK
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def random_start(pixels, epsilon, seed, positions, restart=0):
    """pixels + epsilon · symmetric() of each sample's own generator."""
    seeds = [first(first(first(seed) ^ position) ^ restart) for position in positions]
    moves = [np.float32(epsilon) * symmetric(seed, pixels[0].numel()) for seed in seeds]
    return (pixels + torch.from_numpy(np.stack(moves)).reshape(pixels.shape)).clamp(0, 255)


def standardise(pixels):
    x = pixels[:, :, 2:-2, 2:-2] / 255
    mean = x.mean((1, 2, 3), keepdim=True)
    deviation = x.std((1, 2, 3), correction=0, keepdim=True)
    return (x - mean) / deviation.clamp(min=1 / np.sqrt(2352))


def pixel_gradient(model, pixels, labels):
    pixels = pixels.detach().requires_grad_()
    loss = F.cross_entropy(model(standardise(pixels)), labels, reduction="sum")
    return torch.autograd.grad(loss, pixels)[0]


def descend(model, pixels, labels, epsilon, step, steps, start, norm="linf", sign=1):
    """Madry et al. 2018; all lengths in pixels of 0 … 255. Returns the last iterate."""
    x = start.clone()
    for _ in range(steps):
        gradient = sign * pixel_gradient(model, x, labels)
        if norm == "linf":
            x = x + step * gradient.sign()
            x = torch.minimum(torch.maximum(x, pixels - epsilon), pixels + epsilon)
        else:
            length = gradient.flatten(1).norm(dim=1).clamp(min=1e-30).reshape(-1, 1, 1, 1)
            change = x + step * gradient / length - pixels
            length = change.flatten(1).norm(dim=1).clamp(min=1e-30).reshape(-1, 1, 1, 1)
            x = pixels + change * (epsilon / length).clamp(max=1)
        x = x.clamp(0, 255)
    return x


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


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    attacks()
