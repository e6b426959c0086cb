"""torchvision's AlexNet in PyTorch, and images of a data set folder (`npy:FOLDER`) as its input."""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def read_images(folder, count):
    """The first `count` images of a folder, cropped to 224 × 224 and standardised."""
    images = np.load(pathlib.Path(folder) / "images.npy", mmap_mode="r")[:count]
    top, left = (images.shape[1] - 224) // 2, (images.shape[2] - 224) // 2
    crops = torch.from_numpy(images[:, top : top + 224, left : left + 224].copy()).permute(0, 3, 1, 2)
    mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in (MEAN, STD))
    return ((crops.float() / 255 - mean) / std).contiguous()


def forward(weights, images):
    """Logits, and x and z of every fully connected layer."""
    h = images
    for layer, stride, padding in ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1)):
        name = f"features.{layer}"
        h = F.relu(F.conv2d(h, weights[name + ".weight"], weights[name + ".bias"], stride, padding))
        if layer in (0, 3, 10):
            h = F.max_pool2d(h, 3, 2)
    h = h.flatten(1)
    layers = {}
    for name in ("classifier.1", "classifier.4", "classifier.6"):
        z = F.linear(h, weights[name + ".weight"], weights[name + ".bias"])
        layers[name] = (h, z)
        h = F.relu(z)
    return z, layers
