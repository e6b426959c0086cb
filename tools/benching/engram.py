"""Engram's side: what each row runs, and the weights, data and warehouses that rows share, made once where they are asked for.

Seconds that differ by start-up, reading data and writing checkpoints come as the difference of two runs of different length.
"""
import dataclasses
import functools
import itertools
import json
import pathlib
import re
import shutil
import statistics

import numpy as np

from . import recording
from .process import job, run

SMALL = ("alexnet-cifar", "resnet20-cifar")  # 32 × 32 pixels and 10 classes; the others take 224 × 224 and tell 1,000
PROGRAMS = ("swin_t",)  # which run as exported programs, as people's own networks do
PART = ("--shard", "1/1")  # A part of a run, even the only one, is not measured.


@dataclasses.dataclass
class Figure:
    """One measurement: in the row's unit, the peak memory in MiB, and what stands beside it (a run's own capture)."""

    value: float
    memory: float
    beside: dict = dataclasses.field(default_factory=dict)
    bytes: float = 0  # left, in a unit


class Engram:
    def __init__(self, options, folder, environment):
        self.options, self.folder, self.environment = options, folder, environment
        self.numbers = itertools.count()

    def run(self, program, *words):
        return run([self.options.binaries / f"engram-{program}", *words], self.environment)

    def rows(self, program, *words):
        """The JSON that a command prints, and its peak memory."""
        done = self.run(program, *words, "--format", "json")
        return json.loads(done.output), done.memory

    @property
    def threads(self):
        return ("--threads", self.options.threads)

    def path(self, name):
        return self.folder / f"{name}-{next(self.numbers)}"

    # What rows share

    @functools.cache
    def described(self, model):
        """Multiply-adds, and interactions of the fully connected layers."""
        total = self.rows("ingest", "describe", self.named(model))[0][-1]
        return total["multiply_adds"], total["interactions"]

    @functools.cache
    def named(self, model):
        """What `describe` and `--model` take: a name, or the exported program of a network of `PROGRAMS`."""
        if model not in PROGRAMS:
            return model
        path = self.path(model).with_suffix(".pt2")
        job("networks", {"what": "program", "name": model, "torchvision": str(self.options.torchvision), "path": str(path)}, self.environment)
        return path

    @functools.cache
    def images(self, side, count, classes):
        """A data set of random images of ten of the classes."""
        folder = self.path("images")
        folder.mkdir()
        draw = np.random.default_rng(0)
        np.save(folder / "images.npy", draw.integers(0, 256, (count, side, side, 3), np.uint8))
        np.save(folder / "labels.npy", np.arange(count) % 10)
        (folder / "classes.txt").write_text("".join(f"class {c}\n" for c in range(classes)))
        return f"npy:{folder}"

    def data(self, model):
        return self.images(32, 12_800, 10) if model in SMALL else self.images(224, 640, 1000)

    @functools.cache
    def weights(self, model):
        """Of an untrained network; of alexnet-cifar, whose rectifiers matter, after three epochs over 5,000 images."""
        net = self.path("net")
        if model == "alexnet-cifar":
            self.run("train", "--data", f"{self.options.cifar}:train", "--limit", 5000, "--test", "none", "--epochs", 3, *self.threads, "--out", net)
            return next(file for file in net.glob("*.safetensors") if file.stem not in ("checkpoint", "untrained"))
        self.run("train", "--model", model, "--data", self.data(model), "--test", "none", "--epochs", 0, "--out", net)
        return net / "untrained.safetensors"

    def ingest(self, model, data, *more):
        """A run's summary and peak memory."""
        summary, memory = self.rows("ingest", "--model", model, "--weights", self.weights(model), "--data", data, "--name", "bench",
                                    "--thumbnails", "none", *self.threads, *more)
        return summary[0], memory

    def into(self, *arguments):
        """The same into a warehouse that is not kept."""
        target = self.path("w.db")
        summary, memory = self.ingest(*arguments, "--into", target)
        for file in self.folder.glob(target.name + "*"):
            file.unlink()
        return summary, memory

    @functools.cache
    def warehouse(self, bitsets):
        """10,000 test images of CIFAR-10, measured."""
        target = self.path("w.db")
        self.ingest("alexnet-cifar", f"{self.options.cifar}:test", "--bitsets", bitsets, "--into", target)
        return target

    def photographs(self, classes, per_class):
        """The options that take the first classes of the photographs."""
        folder = pathlib.Path(self.options.photographs)
        names = [line.split("\t")[0] for line in (folder / "classes.txt").read_text().splitlines()[:classes]]
        return f"npy:{folder}", "--classes", ",".join(names), "--per-class", per_class

    @functools.cache
    def recording(self, layers, samples, active):
        """Its folder and bytes: random layers over random inputs, of which that share is not zero, with z left out."""
        folder = recording.write(self.path("recording"), layers, samples, active)
        return folder, sum(file.stat().st_size for file in folder.rglob("part-*/*"))

    # What rows measure

    def forward(self, model, batch):
        """ms an image."""
        (row,), memory = self.rows("ingest", "describe", self.named(model), "--time", batch, *self.threads)
        return Figure(row["ms_per_image"], memory)

    def forward_data(self, count):
        """ms an image of alexnet-cifar over CIFAR-10, from reading on."""
        summary, memory = self.ingest("alexnet-cifar", f"{self.options.cifar}:test", "--limit", count, "--dry-run")
        return Figure(summary["seconds"] / count * 1e3, memory)

    def capture(self, model, count, data, *more):
        """ms an image into a warehouse, measures apart."""
        summary, memory = self.into(model, data, *more, *PART)
        return Figure(summary["seconds"] / count * 1e3, memory, bytes=summary["file_bytes"] / count)

    def measures(self, model, data, *more):
        """Seconds of a run's measures, beside those of its capture."""
        summary, memory = self.into(model, data, *more, "--bitsets", "derived")
        return Figure(summary["measure_seconds"], memory, {"own capture": summary["seconds"]})

    def end_to_end(self, model, data, *more):
        """ms an image of capture and measures, bits stored."""
        summary, memory = self.into(model, data, *more, "--bitsets", "stored")
        return Figure((summary["seconds"] + summary["measure_seconds"]) / summary["samples"] * 1e3, memory)

    def bootstrap(self, replicates):
        """Seconds; a seed of its own, for replicates that are there are not drawn again."""
        words = ("--run", "bench", "--bootstrap", replicates, "--bootstrap-seed", next(self.numbers))
        done = self.run("ingest", "measure", self.warehouse("derived"), *words)
        return Figure(done.seconds, done.memory)

    def trained(self, model, data, *more):
        """What is known of a training that is not kept."""
        net = self.path("net")
        done = self.run("train", "--model", model, "--data", data, "--test", "none", *self.threads, *more, "--out", net)
        shutil.rmtree(net)
        return done

    def epoch(self, count):
        """ms a sample of an epoch of alexnet-cifar and of the evaluation that follows it: of two epochs more."""
        short, long = (self.trained("alexnet-cifar", self.data("alexnet-cifar"), "--limit", count, "--epochs", n) for n in (1, 3))
        return Figure((long.seconds - short.seconds) / 2 / count * 1e3, long.memory)

    def step(self, model, batch):
        """ms a step, as the program tells it of an epoch's steps but the first, whose memory is new."""
        steps = max(3, min(400, round(6e11 / (6 * self.described(model)[0] * batch))))
        done = self.trained(model, self.data(model), "--epochs", 1, "--batch-size", batch, "--limit", batch * (1 + steps))
        return Figure(float(re.search(r"([0-9.e+]+) ms a step", done.notes)[1]), done.memory)

    def attack(self, model, batch, steps):
        """ms of so many steps of projected gradient descent on a batch: a longer attack's beyond a shorter's."""
        more = max(10, min(4000, round(2e11 / (4 * self.described(model)[0] * batch))))
        (short, _), (long, memory) = (self.ingest(
            model, self.data(model), "--limit", batch, "--dry-run", "--attack", f"pgd:eps=8/255,step=2/255,steps={n}") for n in (2, 2 + more))
        return Figure((long["seconds"] - short["seconds"]) / more * steps * 1e3, memory)

    def started(self, starts=21):
        """ms from the start of engram-query to its end, the median of several."""
        done = [self.run("query", self.warehouse("derived"), "separation_by_layer", "--run", "bench") for _ in range(starts)]
        return Figure(statistics.median(d.seconds for d in done) * 1e3, max(d.memory for d in done))

    def popcount(self):
        """Seconds of a question to the stored bits of 10,000 samples, start and all."""
        done = self.run("query", self.warehouse("stored"), "--sql", "select sum(engram_popcount(bits)) from bitset")
        return Figure(done.seconds, done.memory)

    def significance(self, active):
        """G interactions/s of one core that makes bits and counts them in SQL: of more samples beyond those of few."""
        width, samples = 4096, 256
        target = self.recorded(((width, width),), samples, active)
        query = "select sum(engram_popcount(bits)) from (select bits from bitset limit {})"
        few, many = (self.run("query", target, "--sql", query.format(n)) for n in (16, samples))
        return Figure((samples - 16) * width**2 / (many.seconds - few.seconds) / 1e9, many.memory)

    @functools.cache
    def recorded(self, *recording):
        target = self.path("w.db")
        self.run("ingest", "recording", self.recording(*recording)[0], "--bitsets", "derived", "--profiles", "streamed", *PART, "--into", target)
        return target

    def take_in(self, *recording):
        """MB of recording a second and core into a derived warehouse whose counts are made when it is measured."""
        (folder, size), target = self.recording(*recording), self.path("w.db")
        done = self.run("ingest", "recording", folder, "--bitsets", "derived", "--profiles", "streamed", *PART, "--into", target)
        for file in self.folder.glob(target.name + "*"):
            file.unlink()
        return Figure(size / done.seconds / self.options.threads / 1e6, done.memory)

    def verify(self):
        """MB/s of a file with stored bits."""
        target = self.warehouse("stored")
        done = self.run("ingest", "verify", target)
        return Figure(target.stat().st_size / done.seconds / 1e6, done.memory)

    def report(self):
        """Seconds."""
        target = self.path("report.html")
        done = self.run("report", self.options.warehouse, "--out", target)
        target.unlink()
        return Figure(done.seconds, done.memory)
