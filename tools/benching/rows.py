"""The rows: one thing measured each, with what every side runs, what it must not exceed, and how much work it is."""
import collections
import dataclasses
from collections.abc import Callable

from .engram import Engram, Figure

Budget = collections.namedtuple("Budget", "limit of memory", defaults=("", None))
Budget.__doc__ = """What a row must keep to: its figure, or its ratio to a rival, `best` or `own capture`; and MiB of memory."""


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    purpose: str
    unit: str
    engram: Callable[[Engram], Figure]
    rivals: dict = dataclasses.field(default_factory=dict)  # rival → jobs, of which the best counts
    budget: Budget | None = None
    work: Callable[[Engram, Figure], tuple] | None = None  # the limit it is held against, and how much of it a unit is
    needs: tuple = ()  # options without which there is nothing to measure
    rate: bool = False  # more is better

    def share(self, engram, figure, limits):
        """Of which limit a figure is what share; None where its work is not known."""
        if not self.work:
            return None
        limit, amount = self.work(engram, figure)
        done = amount * figure.value if self.rate else amount / figure.value * (1e3 if self.unit.startswith("ms") else 1)
        return limit, done / limits[limit]


def torch(what, **job):
    """PyTorch as it comes, and with channels last."""
    return [{"what": what, **job}, {"what": what, **job, "channels_last": True}]


def product(model, factor=1):
    """The multiply-adds of that many forward passes, in GFLOP; a backward pass counts as two."""
    return lambda engram, _: ("product", 2e-9 * factor * engram.described(model)[0])


def forward():
    for model in ("alexnet", "vgg16", "resnet50", "inception_v3", "mobilenet_v3_large", "efficientnet_b0", "densenet121",
                  "regnet_y_400mf", "convnext_tiny", "vit_b_16", "swin_t"):
        for batch in (1, 16):
            yield Row(f"forward-{model}-{batch}", f"forward pass of {model}, batch {batch}, untrained", "ms an image",
                      lambda e, model=model, batch=batch: e.forward(model, batch),
                      forward_rivals(model, batch), Budget(1, "best"), product(model))
    yield Row("forward-alexnet-cifar", "forward pass of alexnet-cifar over 10,000 images, reading and cropping included; others in batches of 256",
              "ms an image", lambda e: e.forward_data(10_000), forward_rivals("alexnet-cifar", 256), Budget(1, "best"),
              product("alexnet-cifar"), ("cifar",))


def forward_rivals(model, batch):
    plain, last = torch("forward", name=model, batch=batch)
    return {"torch": [plain, last], "onnxruntime": [plain], "openvino": [plain]}


def ingests():
    bare = "PyTorch's side is its bare forward pass"
    yield Row("ingest-alexnet", f"capture of AlexNet's three layers over 500 photographs, derived; {bare}", "ms an image",
              lambda e: e.capture("alexnet", 500, *e.photographs(10, 50), "--bitsets", "derived"),
              {"torch": torch("forward", name="alexnet", batch=32)}, Budget(1.2, "torch"), needs=("photographs",))
    yield Row("ingest-alexnet-cifar", f"capture of alexnet-cifar over 10,000 images, stored; {bare}", "ms an image",
              lambda e: e.capture("alexnet-cifar", 10_000, f"{e.options.cifar}:test", "--bitsets", "stored"),
              {"torch": torch("forward", name="alexnet-cifar", batch=256)}, needs=("cifar",),
              work=lambda _, figure: ("disk", figure.bytes / 1e6))
    yield Row("recording", "a recording of layers as wide as alexnet-cifar's, half of their inputs active, taken in; counts streamed", "MB/s a core",
              lambda e: e.take_in(((3136, 384), (384, 192), (192, 10)), 40_000, 0.5), budget=Budget(300), rate=True)


def measures():
    yield Row("measure-alexnet", "measures of AlexNet's three layers, derived, 500 photographs of 10 classes", "s",
              lambda e: e.measures("alexnet", *e.photographs(10, 50)), budget=Budget(15), needs=("photographs",))
    yield Row("measure-alexnet-50", "the same of 2,500 photographs of 50 classes", "s",
              lambda e: e.measures("alexnet", *e.photographs(50, 50)), budget=Budget(25, memory=1536), needs=("photographs",))
    yield Row("measure-alexnet-cifar", "measures of alexnet-cifar, derived, 16,000 images of 10 classes, beside their capture", "s",
              lambda e: e.measures("alexnet-cifar", f"{e.options.cifar}:train", "--limit", 16_000), budget=Budget(1, "own capture"),
              needs=("cifar",))
    yield Row("bootstrap", "measures over 100 times resampled samples, three layers of alexnet-cifar, 10,000 images", "s",
              lambda e: e.bootstrap(100), budget=Budget(15), needs=("cifar",))


def training():
    yield Row("epoch-alexnet-cifar", "a training epoch of alexnet-cifar at batch 128 and the evaluation that follows it", "ms a sample",
              lambda e: e.epoch(4000), {"torch": torch("epoch", name="alexnet-cifar", count=4000, batch=128)}, Budget(1, "best"),
              product("alexnet-cifar", 4))
    for model in ("alexnet-cifar", "resnet20-cifar", "resnet18", "alexnet", "vgg16"):
        for batch in (8, 16, 32):
            yield Row(f"step-{model}-{batch}", f"a training step of {model}, batch {batch}, momentum", "ms a step",
                      lambda e, model=model, batch=batch: e.step(model, batch),
                      {"torch": torch("step", name=model, batch=batch)}, Budget(1, "best"), product(model, 3 * batch))


def attacks():
    for model in ("alexnet-cifar", "resnet18"):
        for batch in (1, 8, 32):
            yield Row(f"pgd-{model}-{batch}", f"PGD of 20 steps on a batch of {batch} by {model}", "ms a batch",
                      lambda e, model=model, batch=batch: e.attack(model, batch, 20),
                      {"torch": torch("attack", name=model, batch=batch, steps=20)}, Budget(1, "best"), product(model, 20 * 2 * batch),
                      ("cifar",) if model == "alexnet-cifar" else ())


def questions():
    yield Row("query-start", "engram-query with a saved query, from its start to its end", "ms", Engram.started, budget=Budget(20),
              needs=("cifar",))
    yield Row("query-popcount", "popcount of the stored bits of 10,000 CIFAR samples, three layers, start included", "s", Engram.popcount,
              budget=Budget(0.3), needs=("cifar",), work=lambda e, _: ("read", e.warehouse("stored").stat().st_size / 1e9))
    for name, active, least in (("dense", 1, 8), ("quarter", 0.25, 16)):
        yield Row(f"significance-{name}", f"bits made of W, x and z, {active:.0%} of the inputs active, and counted in SQL: one core", "G/s",
                  lambda e, active=active: e.significance(active), budget=Budget(least), rate=True)
    yield Row("verify", "engram-ingest verify of a file of stored bits", "MB/s", Engram.verify, budget=Budget(500), needs=("cifar",), rate=True,
              work=lambda *_: ("read", 1e-3))
    yield Row("report", "engram-report of the warehouse given", "s", Engram.report, budget=Budget(1), needs=("warehouse",))


def notebooks():
    job = {"what": "photographs", "name": "alexnet", "classes": 3, "per_class": 12, "batch": 4}
    yield Row("notebook-alexnet", "AlexNet over 36 photographs of 3 classes, bits stored, with measures: hooks, broadcasting and NumPy beside",
              "ms an image", lambda e: e.end_to_end("alexnet", *e.photographs(3, 12)), {"notebook": [job]}, Budget(1, "best"),
              needs=("photographs",))
    yield Row("notebook-alexnet-cifar", "the same of alexnet-cifar over 2,000 images of 10 classes", "ms an image",
              lambda e: e.end_to_end("alexnet-cifar", f"{e.options.cifar}:test", "--limit", 2000),
              {"notebook": [{"what": "cifar", "name": "alexnet-cifar", "count": 2000, "batch": 64}]}, Budget(1, "best"), needs=("cifar",))


ROWS = {row.name: row for rows in (forward(), ingests(), measures(), training(), attacks(), questions(), notebooks()) for row in rows}
