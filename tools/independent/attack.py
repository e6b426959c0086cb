"""Projected gradient descent (Madry et al. 2018) in PyTorch; pixels and lengths are in 0 … 255."""
import numpy as np
import torch
import torch.nn.functional as F

MASK = (1 << 64) - 1


def symmetric(seed, count):
    """The first `count` values of SplitMix64(seed).symmetric()."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float32) * np.float32(2**-23) - np.float32(1)


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


def pixel_gradient(model, pixels, labels, exact=False):
    """Of the summed loss. `exact` takes the loss in Float64: a Float32 softmax of a sure network has no gradient."""
    pixels = pixels.detach().requires_grad_()
    logits = model(standardise(pixels))
    loss = F.cross_entropy(logits.double() if exact else logits, labels, reduction="sum")
    return torch.autograd.grad(loss, pixels)[0]


def descend(model, pixels, labels, epsilon, step, steps, start, norm="linf", sign=1, exact=False):
    """Returns the last iterate."""
    x = start.clone()
    for _ in range(steps):
        gradient = sign * pixel_gradient(model, x, labels, exact)
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
