"""Writes Tests/CaptureTests/Fixtures/tokens with PyTorch 2.13.0: images for the transformer of model_files.py, two more networks over tokens
as exported programs, and what tools/record.py records of them with every token; see README.md."""

import pathlib
import shutil
import sys

import numpy as np
import torch
from torch import nn

sys.path.append(str(pathlib.Path(__file__).parents[1]))

import model_files
from model_files import Transformer, filled, program
from record import Recorder

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/CaptureTests/Fixtures/tokens"
COUNT = 12


class Pyramid(nn.Module):
    """A layer over 16 tokens, one over 4, one over the mean of these."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 6, 2, 2)
        self.fc1 = nn.Linear(6, 6)
        self.pool = nn.AvgPool2d(2)
        self.fc2 = nn.Linear(6, 6)
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        x = torch.relu(self.fc1(self.patches(x).flatten(2).transpose(1, 2)))
        x = self.pool(x.transpose(1, 2).unflatten(2, (4, 4))).flatten(2).transpose(1, 2)
        return self.head(torch.relu(self.fc2(x)).mean(1))


class Tagger(nn.Module):
    """Logits of each of 16 tokens."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 6, 2, 2)
        self.fc = nn.Linear(6, 7)
        self.head = nn.Linear(7, 5)

    def forward(self, x):
        return self.head(torch.relu(self.fc(self.patches(x).flatten(2).transpose(1, 2))))


def record(net, name, images, labels):
    inputs = (torch.from_numpy(images) / 255 - 0.5) / 0.25
    with Recorder(net, FOLDER / name, "*", classes=5, outputs="classes", z=True, progress=False) as recorder:
        recorder(inputs, labels, [f"{place:05d}" for place in range(COUNT)])
    for lock in (FOLDER / name).glob(".*"):
        lock.unlink()


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "images").mkdir(parents=True)
    images = (np.arange(COUNT * 192) * 37 % 251).astype(np.uint8).reshape(COUNT, 3, 8, 8)
    labels = np.arange(COUNT) * 3 % 5
    np.save(FOLDER / "images/images.npy", images)
    np.save(FOLDER / "images/labels.npy", labels)
    record(filled(Transformer()), "recording", images, labels)
    model_files.FOLDER = FOLDER
    program(filled(Pyramid()), "pyramid")
    tagger = filled(Tagger())
    program(tagger, "tagger")
    record(tagger, "tagged", images, labels)


if __name__ == "__main__":
    main()
