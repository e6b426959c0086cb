"""The rivals: what each needs, and a job of it in a process of its own."""
import functools
import importlib.util
import pathlib

from .engram import SMALL, Figure
from .process import job

# Packages, as find_spec and `pip install` call them. ONNX files come from PyTorch.
RIVALS = {"torch": ("torch",), "onnxruntime": ("torch", "onnx", "onnxruntime"), "openvino": ("torch", "onnx", "openvino"), "notebook": ("torch",)}
FORCED = ("torch", "openvino", "notebook")  # which a level can be forced on


def missing(rival):
    return [package for package in RIVALS[rival] if not importlib.util.find_spec(package)]


def installed_torchvision():
    """The folder that holds its model files: where it is installed, which its start-up may not survive, they do."""
    found = importlib.util.find_spec("torchvision")
    return pathlib.Path(found.origin).parent.parent if found else None


class Rivals:
    """Those asked for and there. `reasons` says of the others why their rows are skipped."""

    def __init__(self, options, folder, environment, is_forced):
        self.options, self.folder, self.environment = options, folder, environment
        self.reasons = {}
        for rival in options.against:
            if packages := missing(rival):
                self.reasons[rival] = f"pip install {' '.join(packages)}"
            elif is_forced and rival not in FORCED:
                self.reasons[rival] = f"it has no switch that forces {options.level}"

    def reason(self, rival, jobs):
        """Why a rival is skipped here, or None."""
        if rival in self.reasons:
            return self.reasons[rival]
        if jobs[0]["name"] not in SMALL and not self.options.torchvision:
            return "give --torchvision, or pip install torchvision"
        return None

    @functools.cache
    def exported(self, name, batch):
        path = self.folder / f"{name}-{batch}.onnx"
        job("networks", {"what": "export", "name": name, "batch": batch, "torchvision": self.torchvision, "path": str(path)}, self.environment)
        return str(path)

    @property
    def torchvision(self):
        return self.options.torchvision and str(self.options.torchvision)

    def run(self, rival, given, scale):
        """The figure of a job; `scale` makes the row's unit of seconds."""
        words = {**given, "threads": self.options.threads}
        if rival in ("onnxruntime", "openvino"):
            words["model"] = self.exported(words.pop("name"), words.pop("batch"))
        elif given["name"] not in SMALL:
            words["torchvision"] = self.torchvision
        if rival == "notebook":
            words |= {"folder": str(self.folder), "data": self.options.cifar if given["what"] == "cifar" else self.options.photographs}
        seconds, memory = job(f"{rival}_rival", words, self.environment)
        return Figure(seconds * scale, memory)
