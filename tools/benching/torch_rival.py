"""PyTorch's side: forward passes, an epoch, training steps and attacks of the networks, over random images, eager as scripts have it.

Every function is a job in a process of its own and returns seconds. `channels_last` is the other layout of maps.
"""
import time

import torch
from torch.nn import functional as F

from independent.attack import standardise

from . import networks
from .machine import fastest
from .process import serve

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def prepared(name, count, threads, torchvision, channels_last):
    """A network, images and labels."""
    torch.set_num_threads(threads)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = networks.made(name, torchvision).to(memory_format=layout)
    labels = torch.arange(count) % 10
    return model, networks.images(name, count).to(memory_format=layout), labels


def forward(name, batch, threads, torchvision=None, channels_last=False):
    """An image's share of the fastest pass."""
    model, images, _ = prepared(name, batch, threads, torchvision, channels_last)
    model.eval()
    with torch.inference_mode():
        return fastest(lambda: model(images), 2) / batch


def mean(step):
    """Seconds of a step, after one to warm up: of as many as take two seconds, three at least."""
    step()
    start, steps = time.perf_counter(), 0
    while steps < 3 or time.perf_counter() - start < 2:
        step()
        steps += 1
    return (time.perf_counter() - start) / steps


def stepping(model):
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step(images, labels):
        optimiser.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimiser.step()

    return step


def step(name, batch, threads, torchvision=None, channels_last=False):
    """A training step."""
    model, images, labels = prepared(name, batch, threads, torchvision, channels_last)
    take = stepping(model)
    return mean(lambda: take(images, labels))


def epoch(name, count, batch, threads, channels_last=False):
    """A sample's share of an epoch and of the evaluation that follows it."""
    model, images, labels = prepared(name, count, threads, None, channels_last)
    take = stepping(model)
    take(images[:batch], labels[:batch])
    start = time.perf_counter()
    for rows in torch.randperm(count).split(batch):
        take(images[rows], labels[rows])
    with torch.inference_mode():
        for part in images.split(256):
            model(part)
    return (time.perf_counter() - start) / count


def attack(name, batch, steps, threads, torchvision=None, channels_last=False):
    """So many steps of projected gradient descent (Madry et al. 2018) on a batch, in pixels."""
    model, _, labels = prepared(name, batch, threads, torchvision, channels_last)
    model.eval().requires_grad_(False)
    own = networks.side(name) + (4 if name == "alexnet-cifar" else 0)  # which it crops off
    pixels = torch.randint(0, 256, (batch, 3, own, own), generator=torch.Generator().manual_seed(0)).float()
    into = standardise if name == "alexnet-cifar" else lambda x: (x / 255 - MEAN) / STD

    x = (pixels + torch.empty_like(pixels).uniform_(-8, 8)).clamp(0, 255)

    def take():
        nonlocal x
        x.requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(into(x)), labels, reduction="sum"), x)[0]
        x = torch.clamp(x.detach() + 2 * gradient.sign(), min=pixels - 8, max=pixels + 8).clamp(0, 255)

    return steps * mean(take)


if __name__ == "__main__":
    serve({"forward": forward, "step": step, "epoch": epoch, "attack": attack})
