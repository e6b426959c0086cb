#!/usr/bin/env python3
"""Records what the fully connected layers of a PyTorch model do, for `engram-ingest recording`.

Needs PyTorch and NumPy alone; copy this file beside your script:

    from record import Recorder

    with Recorder(model, "rec", layers="last:3", classes=dataset.classes, outputs="classes") as r:
        for images, labels, keys in loader:
            r(images, labels, keys)

or, for a model of torchvision over a folder of images, run it: `python record.py --help`.

It writes the folder that Schema/Recording.md of Engram describes, version 1. Memory holds three parts at most, however
many samples there are. Whatever ends the script, the same script goes on behind the last whole part. The model is left
as it was: its modes are put back and its hooks removed.

What it leaves out: layers that are not fully connected; a layer that one forward pass calls several times, which is
refused where it is named and passed over, saying so, where a pattern covers it.
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import fnmatch
import json
import os
import queue
import re
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

TYPES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64", torch.uint8: "U8"}
PART = re.compile(r"part-(\d{5,})\.safetensors")
WRAPPERS = ("module", "_orig_mod")


class RecordingError(Exception):
    """What keeps a recording from being made, in one line."""


# ---------------------------------------------------------------------------------------------------------------------
# Files


class Array:
    """An array of a part as blocks that follow each other along the first axis: nothing is copied to join them."""

    def __init__(self, dtype: torch.dtype, blocks: Sequence[np.ndarray]):
        self.kind = TYPES[dtype]
        self.blocks = blocks
        self.shape = [sum(len(block) for block in blocks), *blocks[0].shape[1:]]
        self.size = sum(block.nbytes for block in blocks)


def as_numpy(tensor: Tensor) -> np.ndarray:
    """A tensor's elements, without a copy where it is on the CPU; BF16, which NumPy lacks, as integers of its bits."""
    tensor = tensor.detach().to("cpu").contiguous()
    return (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy()


def replace_file(path: Path, write: Callable[[Any], None]) -> None:
    """Has the file written under another name and renamed when all of it is on the disk."""
    draft = path.with_name(path.name + ".tmp")
    try:
        with open(draft, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_safetensors(path: Path, arrays: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> int:
    """Writes a safetensors file and returns its bytes."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, array in arrays.items():
        header[name] = {"dtype": array.kind, "shape": array.shape, "data_offsets": [end, end + array.size]}
        end += array.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)

    def write(file: Any) -> None:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            for block in array.blocks:
                file.write(np.ascontiguousarray(block).data)

    replace_file(path, write)
    return 8 + len(text) + end


def read_header(path: Path) -> dict[str, Any] | None:
    """The header of a safetensors file; None where the file is not whole."""
    with open(path, "rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        size = os.fstat(file.fileno()).st_size
        if not 0 < length <= size - 8:
            return None
        try:
            header = json.loads(file.read(length))
        except ValueError:
            return None
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    return header if 8 + length + max(ends, default=0) == size else None


class PartWriter:
    """Writes parts on a thread of its own. One part waits at most; what goes wrong is raised by the next call."""

    def __init__(self) -> None:
        self.bytes = 0
        self._error: BaseException | None = None
        self._queue: queue.Queue[tuple[Path, dict[str, Array], dict[str, str]] | None] = queue.Queue(maxsize=1)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            # After an error the queue is emptied, so that nobody waits for it.
            if self._error is None:
                try:
                    self.bytes += write_safetensors(*job)
                except OSError as error:
                    self._error = RecordingError(f"{job[0]}: {error.strerror or error}; what is written is whole")
                except BaseException as error:  # raised again by `check`, on the thread that can tell it
                    self._error = error
            del job

    def check(self) -> None:
        """Raises what went wrong."""
        if self._error is not None:
            raise self._error

    def put(self, path: Path, arrays: dict[str, Array], metadata: dict[str, str]) -> None:
        """Has a part written, waiting while another one waits already."""
        self.check()
        self._queue.put((path, arrays, metadata))

    def close(self) -> None:
        """Ends when everything is written, or when nothing more can be."""
        self._queue.put(None)
        self._thread.join()


# ---------------------------------------------------------------------------------------------------------------------
# The model


def is_fully_connected(module: nn.Module) -> bool:
    """nn.Linear and its kinds, and Hugging Face's Conv1D, which has its weights transposed."""
    return isinstance(module, nn.Linear) or is_conv1d(module)


def is_conv1d(module: nn.Module) -> bool:
    return any(kind.__name__ == "Conv1D" for kind in type(module).__mro__) and hasattr(module, "nf")


def weights_of(name: str, module: nn.Module) -> tuple[Tensor, Tensor | None]:
    """W, n_out × n_in, and b on the CPU."""
    weight, bias = module.weight, module.bias
    for tensor in (weight, bias):
        if tensor is not None and tensor.dtype not in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
            raise RecordingError(f"layer {name}: expected weights of 16, 32 or 64 bits a number, found {tensor.dtype}")
    weight = weight.detach().to("cpu")
    weight = weight.t() if is_conv1d(module) else weight
    return weight.contiguous(), None if bias is None else bias.detach().to("cpu")


def clean_name(name: str) -> str:
    """A module's name without what torch.compile puts into it where a part of the model is compiled."""
    return ".".join(part for part in name.split(".") if part != "_orig_mod")


def unwrapped(model: nn.Module) -> tuple[nn.Module, nn.Module, list[str]]:
    """What is to be called, where the layers are, and what there is to say."""
    notes = []
    if hasattr(model, "_orig_mod"):
        model = model._orig_mod
        notes.append(
            "the model is compiled; its layers are recorded from the model that was compiled, not from compiled code"
        )
    called = inner = model
    if isinstance(model, nn.parallel.DistributedDataParallel):
        called = inner = model.module
        notes.append(
            "the model is DistributedDataParallel; what this process's samples do is recorded, from the module in it"
        )
    elif isinstance(model, nn.DataParallel):
        inner = model.module
    return called, getattr(inner, "_orig_mod", inner), notes


def to_device(value: Any, device: torch.device) -> Any:
    """Tensors at any depth of lists and dictionaries, on the device."""
    if isinstance(value, (Tensor, nn.utils.rnn.PackedSequence)):
        return value.to(device)
    if isinstance(value, Mapping):
        return {key: to_device(item, device) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(to_device(item, device) for item in value)
    return value


@contextlib.contextmanager
def eager(fused: bool):
    """Compiled code and fused transformer layers pass modules by: here they run as they are written."""
    with contextlib.ExitStack() as stack:
        # Where it was never imported nothing is compiled, and importing it takes seconds.
        if "torch._dynamo" in sys.modules and hasattr(torch.compiler, "set_stance"):
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        if fused and hasattr(torch.backends, "mha") and torch.backends.mha.get_fastpath_enabled():
            torch.backends.mha.set_fastpath_enabled(False)
            stack.callback(torch.backends.mha.set_fastpath_enabled, True)
        stack.enter_context(torch.inference_mode())
        yield


def found_logits(output: Any) -> Tensor:
    """A tensor, the member `logits` (Hugging Face's ModelOutput, a dictionary), or the first tensor of a tuple."""
    if isinstance(output, Tensor):
        return output
    found = output.get("logits") if isinstance(output, Mapping) else getattr(output, "logits", None)
    if found is None and isinstance(output, (list, tuple)):
        found = next((item for item in output if isinstance(item, Tensor)), None)
    if not isinstance(found, Tensor):
        raise RecordingError(
            f"the model's output: expected a tensor, a tuple, or logits in it, found {type(output).__name__}; "
            "logits=FUNCTION takes them from it"
        )
    return found


class Taken:
    """What hooks take in one forward pass: of each layer x, and z where it is wanted, by device, which DataParallel has
    several of. Tensors are copied when they pass, as what follows may change them in place."""

    def __init__(self, wanted_z: set[str], only: Sequence[str] | None, keep: int | None):
        """`only`: the layers to take, where they are known; of others it is noted that they are called. `keep`: how
        many layers to take, the last ones."""
        self.wanted_z, self.only, self.keep = wanted_z, only, keep
        self.layers: dict[str, dict[torch.device, tuple[Tensor, Tensor | None] | None]] = {}
        self.repeated: set[str] = set()
        self._lock = threading.Lock()

    def take(self, name: str, x: Tensor, z: Tensor) -> None:
        with self._lock:
            places = self.layers.setdefault(name, {})
            if x.device in places:
                self.repeated.add(name)
                places[x.device] = None
                return
            places[x.device] = None
            if self.only is not None and name not in self.only:
                return
        kept = (copied(x), copied(z) if name in self.wanted_z else None)
        with self._lock:
            if name not in self.repeated:
                places[x.device] = kept
            if self.keep is not None:
                # While it is not known which layers come last, earlier ones are let go.
                for early in [other for other in self.layers if other not in self.repeated][: -self.keep]:
                    self.layers[early] = dict.fromkeys(self.layers[early])

    def joined(self, name: str, devices: Sequence[torch.device]) -> tuple[Tensor, Tensor | None] | None:
        """The samples of all devices in the batch's order, on the first one; None where they were let go."""
        places = self.layers.get(name, {})
        order = sorted(places, key=lambda device: devices.index(device) if device in devices else -1)
        kept = [places[device] for device in order]
        if not kept or any(both is None for both in kept):
            return None
        xs, zs = [both[0] for both in kept], [both[1] for both in kept]
        if len(kept) == 1:
            return xs[0], zs[0]
        return joined_tensors(xs), None if zs[0] is None else joined_tensors(zs)


def joined_tensors(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat([tensor.to("cpu") for tensor in tensors])


def copied(tensor: Tensor) -> Tensor:
    return tensor.detach().clone(memory_format=torch.contiguous_format)


# ---------------------------------------------------------------------------------------------------------------------
# The recorder


class Recorder:
    """Records a model's fully connected layers: `with Recorder(model, "rec") as r: r(images, labels, keys)`.

    Args:
        model: Any module; also compiled, in DataParallel, in half precision. It is in evaluation mode meanwhile.
        folder: Where the recording goes; one of the same model, layers and data set is gone on with.
        layers: `"all"`, `"last:N"` of those the model calls, a name, a glob such as `"encoder.*.mlp.*"`, or a list of
            names and globs.
        classes: What labels mean: keys, (key, name) pairs, or how many there are. Needed for labels.
        outputs: What the columns of logits mean, in the same forms; `"classes"` where they are the classes, in order.
            Without it they are known by position, and nothing says whether a prediction is right.
        dataset, name: What data set and model are called; without `name` it is the model's class.
        architecture, state, weights_sha256, preprocessing, perturbation, notes: As in `recording.json`.
        logits: A function that takes logits, n × outputs, from what the model returns. Without it: a tensor, `logits`
            of a dictionary or ModelOutput, the first tensor of a tuple. Of n × tokens × outputs, those of the tokens
            that are kept of the layers; where no layer has these tokens, those of the last valid one.
        tokens: `"all"`, or what to keep of layers that are applied to tokens, and of their logits: `"first"`, `"last"`
            or `"mean"`. All logits of a large vocabulary take much room: of GPT-2's 50,257 outputs a token's are 201 kB in
            32 bits, those of 8 × 1024 tokens 1.6 GB, in memory and in the folder. `logits=lambda out: out.logits[:, -1]`
            keeps the last token's alone, `out.logits[..., ids]` with `outputs` naming these ids alone some of each token,
            and `out.logits.half()` rounds them.
        z: Whether to write z as well. Without it the reader computes it.
        part_bytes: How large a part is, about; memory holds three.
        progress: Whether to show progress; without it, on a terminal.
    """

    def __init__(
        self,
        model: nn.Module,
        folder: str | os.PathLike,
        layers: str | Sequence[str] = "last:1",
        *,
        classes: int | Sequence | None = None,
        outputs: int | str | Sequence | None = None,
        dataset: str = "data",
        name: str | None = None,
        architecture: str | None = None,
        state: str | None = None,
        weights_sha256: str | None = None,
        preprocessing: str | None = None,
        perturbation: str = "none",
        notes: str | None = None,
        logits: Callable[[Any], Tensor] | None = None,
        tokens: str = "all",
        z: bool = False,
        part_bytes: int = 32 << 20,
        progress: bool | None = None,
    ):
        if sys.byteorder != "little":
            raise RecordingError("recordings are little-endian, and so must be the machine")
        if tokens not in ("all", "first", "last", "mean"):
            raise RecordingError(f"tokens: expected all, first, last or mean, found {tokens!r}")
        if state not in (None, "untrained", "best", "overtrained", "random"):
            raise RecordingError(f"state: expected untrained, best, overtrained or random, found {state!r}")
        self.folder = Path(folder)
        self.model = model
        self._called, self._inner, self._said = unwrapped(model)
        self._choice = [layers] if isinstance(layers, str) else list(layers)
        self._classes = entries(classes, "classes")
        self._outputs = (
            self._classes if isinstance(outputs, str) and outputs == "classes" else entries(outputs, "outputs")
        )
        self._tokens, self._z, self._part_bytes = tokens, z, part_bytes
        self._logits = logits or found_logits
        model_entry = {
            "name": name or type(self._inner).__name__,
            "architecture": architecture,
            "weights_sha256": weights_sha256,
            "state": state,
        }
        self._about = {
            "format": "engram-recording",
            "version": 1,
            "model": {key: value for key, value in model_entry.items() if value is not None},
            "dataset": {"name": dataset, "classes": self._classes or []},
            "outputs": self._outputs,
            "preprocessing": preprocessing,
            "perturbation": perturbation,
            "notes": notes,
        }
        self._progress = sys.stderr.isatty() if progress is None else progress
        self._modules = {
            clean_name(path): module for path, module in self._inner.named_modules() if is_fully_connected(module)
        }
        if not self._modules:
            raise RecordingError(
                f"{type(self._inner).__name__}: expected fully connected layers (nn.Linear, Conv1D), found none"
            )
        self._candidates = self._matching()
        self._fused = any(isinstance(module, nn.TransformerEncoderLayer) for module in self._inner.modules())
        self._chosen: list[str] | None = None
        self._described: list[dict[str, Any]] = []
        self._rectified: dict[str, str] = {}
        self._forms: dict[str, tuple] = {}
        self._pending: list[dict[str, Tensor]] = []
        self._pending_keys: list[str] = []
        self._seen_keys: set[str] = set()
        self._inexact: set[str] = set()
        self._versions: dict[str, tuple] = {}
        self._part_samples: int | None = None
        self._has_keys: bool | None = None
        self._taken: Taken | None = None
        self._next_part = self._n_pending = self._n_new = self._n_stored = self._n_found = self._seen = 0
        self._locked: int | None = None
        self._entered = self._open = self._confirmed = self._finished = self._told_tokens = False
        self._relations_known = self._forms_known = False
        self.stored_keys: set[str] = set()
        """Keys of the samples that the folder had when it was opened; batches of these alone need not be made."""

    # Opening and closing

    def __enter__(self) -> Recorder:
        if self._entered:
            raise RecordingError("a Recorder is used in one with statement; make another one to go on")
        self._entered = True
        if self.folder.is_dir():
            self._lock()
        try:
            if (self.folder / "recording.json").exists() or self._parts():
                self._resume()
        except BaseException:
            self._unlock()
            raise
        self._modes = [(module, module.training) for module in self.model.modules()]
        self._handles: dict[str, Any] = {}
        try:
            for name in self._candidates:
                self._handles[name] = self._modules[name].register_forward_hook(self._hook(name), with_kwargs=True)
            self.model.eval()
        except BaseException:
            self._restore()
            self._unlock()
            raise
        self._writer = PartWriter()
        self._open, self._started = True, time.monotonic()
        self._shown = 0.0
        for line in self._said:
            self._say(line)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: Any) -> None:
        self._open = False
        self._restore()
        try:
            self._end(kind is None)
        finally:
            self._unlock()

    def _end(self, well: bool) -> None:
        try:
            if well and self._n_pending:
                self._cut(self._n_pending)
        finally:
            # Parts that are complete are written whatever happened; what an incomplete one holds is recorded again.
            self._writer.close()
            if self._progress and self._shown:
                self._show(end="\n")
        if not well:
            return
        self._writer.check()
        if not self._n_stored:
            raise RecordingError(f"{self.folder}: expected samples, found none: no batch was recorded")
        if not self._finished:
            self._describe(self._n_stored)

    def _lock(self) -> None:
        """Keeps other recorders out of the folder, where the system can; the lock ends with the process."""
        if fcntl is None or self._locked is not None:
            return
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise RecordingError(
                f"{self.folder}: expected a folder that nobody records into, found another recorder at work; processes "
                "that share the samples need a folder each"
            ) from error
        self._locked = descriptor

    def _unlock(self) -> None:
        if self._locked is not None:
            # By name, as processes that decode images may have the descriptor too.
            fcntl.flock(self._locked, fcntl.LOCK_UN)
            os.close(self._locked)
            self._locked = None

    def _restore(self) -> None:
        for handle in self._handles.values():
            handle.remove()
        for module, training in self._modes:
            module.training = training

    def _say(self, line: str) -> None:
        print(f"record: {line}", file=sys.stderr)

    # Layers

    def _matching(self) -> list[str]:
        """The layers that are hooked in the first forward pass."""
        names: list[str] = []
        self._named: set[str] = set()
        self._last: int | None = None
        for pattern in self._choice:
            if pattern == "all":
                found = list(self._modules)
            elif match := re.fullmatch(r"last:([1-9]\d*)", pattern):
                if len(self._choice) > 1:
                    raise RecordingError(f"layers: expected {pattern} alone, found it in a list")
                self._last, found = int(match[1]), list(self._modules)
            elif pattern in self._modules:
                self._named.add(pattern)
                found = [pattern]
            else:
                found = [name for name in self._modules if fnmatch.fnmatchcase(name, pattern)]
            if not found:
                shown = ", ".join(list(self._modules)[-8:])
                more = len(self._modules) - 8
                raise RecordingError(
                    f"layers: expected all, last:N, or names or globs of fully connected layers, found {pattern!r}; "
                    f"the model has {f'{more} and ' if more > 0 else ''}{shown}"
                )
            names += [name for name in found if name not in names]
        return names

    def _hook(self, name: str) -> Callable:
        def hook(module: nn.Module, args: tuple, kwargs: dict, output: Tensor) -> None:
            if self._taken is not None:
                self._taken.take(name, args[0] if args else next(iter(kwargs.values())), output)

        return hook

    def _choose(self, taken: Taken) -> None:
        """Which layers are recorded, in the order in which the model calls them."""
        called = [name for name in taken.layers if name not in taken.repeated]
        for name in taken.repeated & self._named:
            raise RecordingError(f"layer {name}: expected one call in a forward pass, found several; leave it out")
        for name in self._named - set(taken.layers):
            raise RecordingError(
                f"layer {name}: expected one call in a forward pass, found none: fused code passes it by"
            )
        if self._last is not None:
            called = called[-self._last :]
        if not called:
            raise RecordingError("layers: expected layers that are called once in a forward pass, found none")
        repeated = [name for name in taken.layers if name in taken.repeated]
        if repeated and self._last is None:
            self._say(f"left out, as one forward pass calls them several times: {', '.join(repeated)}")
        passed = [name for name in self._candidates if name not in taken.layers]
        if passed and self._last is None:
            self._say(f"left out, as the model does not call them as modules: {', '.join(passed)}")
        if self._last is not None and len(called) < self._last:
            self._say(f"the model calls {len(called)} fully connected layers once, not {self._last}")
        if self._chosen is not None and self._chosen != called:
            raise RecordingError(
                f"{self.folder}: expected a recording of the layers {', '.join(called)}, found one of "
                f"{', '.join(self._chosen)}; give another folder"
            )
        self._chosen = called
        for name in set(self._handles) - set(called):
            self._handles.pop(name).remove()

    # The folder

    def _parts(self) -> dict[int, Path]:
        if not self.folder.is_dir():
            return {}
        found = ((PART.fullmatch(path.name), path) for path in self.folder.iterdir())
        return dict(sorted((int(match[1]), path) for match, path in found if match))

    def _describe(self, n_samples: int | None) -> None:
        layers = [
            {**layer, "relu_of": None if n_samples is None else self._rectified.get(layer["name"])}
            for layer in self._described
        ]
        text = (
            json.dumps({**self._about, "layers": layers, "n_samples": n_samples}, ensure_ascii=False, indent=1) + "\n"
        )
        replace_file(self.folder / "recording.json", lambda file: file.write(text.encode()))

    def _layer_entries(self, names: Iterable[str]) -> tuple[list[dict[str, Any]], dict[str, Array]]:
        described, weights = [], {}
        for name in names:
            weight, bias = weights_of(name, self._modules[name])
            weights[f"{name}.weight"] = Array(weight.dtype, [as_numpy(weight)])
            if bias is not None:
                weights[f"{name}.bias"] = Array(bias.dtype, [as_numpy(bias)])
            described.append(
                {"name": name, "n_in": weight.shape[1], "n_out": weight.shape[0], "bias": bias is not None}
            )
        return described, weights

    def _begin(self) -> None:
        """The folder of a new recording, once its layers are known."""
        self._described, weights = self._layer_entries(self._chosen)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock()
        other = [path.name for path in self.folder.iterdir() if re.match(r"(weights|part-\d+)(\.|$)", path.name)]
        if other and not (self.folder / "recording.json").exists():
            raise RecordingError(
                f"{self.folder}: expected an empty folder or a recording, found {other[0]} without recording.json"
            )
        self._describe(None)
        write_safetensors(self.folder / "weights.safetensors", weights)

    def _resume(self) -> None:
        """Goes on with the recording that the folder has."""
        place = self.folder / "recording.json"
        try:
            stored = json.loads(place.read_text(encoding="utf-8"))
            old_layers = [layer["name"] for layer in stored["layers"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RecordingError(
                f"{place}: expected what describes the folder's recording, found {error!r}; give another folder"
            ) from error
        if stored.get("format") != "engram-recording" or stored.get("version") != 1:
            raise RecordingError(
                f"{place}: expected format engram-recording, version 1, found {short(stored.get('format'))}, "
                f"{short(stored.get('version'))}; give another folder"
            )
        other = next(
            (path.name for path in self.folder.iterdir() if re.fullmatch(r"(weights|part-\d+)(\.npz)?", path.name)),
            None,
        )
        if other is not None:
            raise RecordingError(
                f"{self.folder}: expected a recording in safetensors, found {other}; give another folder"
            )
        parts, torn = self._whole_parts()
        if not parts:
            self._remove_drafts(torn)
            return
        for key, wanted in self._about.items():
            if key != "notes" and stored.get(key) != json.loads(json.dumps(wanted)):
                raise RecordingError(
                    f"{place}: expected a recording with {key} {short(wanted)}, found {short(stored.get(key))}; "
                    "give another folder, or the same options"
                )
        missing = [name for name in old_layers if name not in self._candidates]
        described, weights = self._layer_entries(name for name in old_layers if not missing)
        known = [{key: value for key, value in layer.items() if key != "relu_of"} for layer in stored["layers"]]
        if missing or described != known:
            raise RecordingError(
                f"{place}: expected a recording of this model's layers as they are chosen, found "
                f"{', '.join(old_layers)}; give another folder, or the same layers"
            )
        written = self.folder / "weights.safetensors"
        again = written.with_name("weights.check.tmp")
        try:
            write_safetensors(again, weights)
            same = written.exists() and filecmp.cmp(again, written, shallow=False)
        finally:
            again.unlink(missing_ok=True)
        if not same:
            raise RecordingError(f"{written}: expected this model's weights, found others; give another folder")
        self._remove_drafts(torn)
        self._chosen, self._described = old_layers, described
        self._take_up(parts)
        self._finished = stored.get("n_samples") == self._n_stored

    def _remove_drafts(self, torn: Path | None) -> None:
        """Removes what a recorder that was killed left half written."""
        for draft in self.folder.glob("*.tmp"):
            if PART.fullmatch(draft.stem) or draft.stem in ("recording.json", "weights.safetensors"):
                draft.unlink()
        if torn is not None:
            torn.unlink()
            self._said.append(f"{torn}: not whole; recorded again")

    def _whole_parts(self) -> tuple[dict[int, dict[str, Any]], Path | None]:
        """The parts' headers, and the last part where it is not whole."""
        headers, parts, torn = {}, self._parts(), None
        for place, (number, path) in enumerate(parts.items()):
            header = read_header(path)
            if number != place:
                raise RecordingError(
                    f"{self.folder}: expected part-{place:05d}.safetensors, found {path.name} after the ones before it"
                )
            if header is None:
                if number != len(parts) - 1:
                    raise RecordingError(f"{path}: expected a whole part, found a damaged one before others")
                torn = path
            else:
                headers[number] = header
        return headers, torn

    def _take_up(self, headers: dict[int, dict[str, Any]]) -> None:
        self._next_part = len(headers)
        self._n_stored = self._n_found = sum(header["logits"]["shape"][0] for header in headers.values())
        self._part_samples = headers[0]["logits"]["shape"][0]
        texts = [header.get("__metadata__", {}) for header in headers.values()]
        self._has_keys = "keys" in texts[0]
        if self._has_keys:
            self.stored_keys = {key for text in texts for key in json.loads(text["keys"])}
        for name, entry in headers[0].items():
            if name != "__metadata__":
                shape = entry["shape"]
                per_token = name == "token_labels" or len(shape) == 3
                self._forms[name] = (entry["dtype"], len(shape), tuple(shape[2 if per_token else 1 :]))
        self._forms_known = self._relations_known = True
        relations = [json.loads(text.get("rectified", "{}")) for text in texts]
        self._rectified = {
            name: other
            for name, other in relations[0].items()
            if all(relation.get(name) == other for relation in relations)
        }
        self._said.append(
            f"{self.folder}: {self._n_stored:,} samples in {len(headers)} parts are there and are not recorded again"
        )

    # Samples

    def __call__(
        self,
        inputs: Any,
        labels: Any = None,
        keys: Sequence[str] | None = None,
        *,
        lengths: Any = None,
        token_labels: Any = None,
        images: Any = None,
    ) -> Any:
        """Runs the model on a batch and records it.

        Args:
            inputs: What the model takes: a tensor, a tuple of arguments, or a dictionary of named ones.
            labels: Positions in `classes`, n of them; -1 for a sample without one.
            keys: Texts that name the samples; no two the same. Without them, their positions do.
            lengths: How many tokens of each sample are valid; without it, what the inputs' `attention_mask` says.
            token_labels: n × tokens positions in `classes`, -1 for none, of padding anything. What a language model is to
                predict: `torch.nn.functional.pad(ids[:, 1:], (0, 1), value=-1)`.
            images: What the samples look like, n × height × width × 3 (red, green, blue) or × 1 bytes, all of one size:
                small ones, for thumbnails. With every batch, or with none.

        Returns:
            What the model returned, or None where all the batch's samples are in the folder already.
        """
        if not self._open:
            raise RecordingError(
                "a Recorder is called in its with statement: with Recorder(model, FOLDER) as r: r(inputs)"
            )
        self._writer.check()
        keys = None if keys is None else key_texts(keys)
        n = batch_size(inputs, keys, labels)
        fresh = self._fresh(n, keys)
        try:
            output = self._record(inputs, labels, keys, lengths, token_labels, images, fresh)
        except BaseException:
            # A batch that failed was never there, should the caller go on.
            self._seen -= n
            self._seen_keys.difference_update(keys or ())
            raise
        self._show()
        return output

    def _record(
        self,
        inputs: Any,
        labels: Any,
        keys: list[str] | None,
        lengths: Any,
        token_labels: Any,
        images: Any,
        fresh: np.ndarray,
    ) -> Any:
        if self._confirmed and not fresh.any():
            return None
        output, taken = self._forward(inputs)
        if not self._confirmed:
            # With a folder that is gone on with, the first batch runs even if it is there: it tells the layers.
            self._choose(taken)
            if not fresh.any():
                self._confirmed = True
                return None
            if any(taken.joined(name, self._devices()) is None for name in self._chosen):
                output, taken = self._forward(inputs)
            if not self._described:
                self._begin()
            self._confirmed = True
        if self._finished:
            self._finished = False
            self._describe(None)
        width = None
        if lengths is None:
            lengths, width = mask_lengths(inputs)
        self._check_weights()
        arrays = self._batch(output, taken, labels, lengths, width, token_labels, len(fresh))
        if images is not None:
            arrays["images"] = pictures(images, len(fresh))
        self._add(arrays, keys, fresh)
        return output

    def _check_weights(self) -> None:
        """Refuses weights that were trained meanwhile: those of the first batch are the recording's."""
        versions = {name: weight_versions(self._modules[name]) for name in self._chosen}
        self._versions = self._versions or versions
        for name, version in versions.items():
            if version != self._versions[name]:
                raise RecordingError(
                    f"layer {name}: expected the weights of the first batch, found that they were changed"
                )

    def _fresh(self, n: int, keys: list[str] | None) -> np.ndarray:
        """Which samples of a batch are not in the folder."""
        if keys is not None and len(keys) != n:
            raise RecordingError(f"keys: expected {n}, one a sample, found {len(keys)}")
        if self._has_keys is None:
            self._has_keys = keys is not None
        if self._has_keys != (keys is not None):
            raise RecordingError(
                f"keys: expected {'them with every batch' if self._has_keys else 'none'}, as in the batches before, "
                f"found {'none' if self._has_keys else 'some'}"
            )
        start, self._seen = self._seen, self._seen + n
        if keys is None:
            return np.arange(start, start + n) >= self._n_found
        twice = next((key for key in keys if key in self._seen_keys), None) or first_repeated(keys)
        if twice is not None:
            self._seen -= n
            raise RecordingError(f"keys: expected one of its own for every sample, found {twice!r} twice")
        self._seen_keys.update(keys)
        return np.array([key not in self.stored_keys for key in keys], bool)

    def _devices(self) -> list[torch.device]:
        ids = getattr(self._called, "device_ids", None) or []
        return [torch.device("cuda", item) if isinstance(item, int) else torch.device(item) for item in ids]

    def _forward(self, inputs: Any) -> tuple[Any, Taken]:
        sources = set(self._rectified.values()) if self._relations_known else set(self._sources())
        wanted = set(self._handles) if self._z else sources
        self._taken = taken = Taken(wanted, self._chosen, self._last if self._chosen is None else None)
        parameter = next(self._inner.parameters())
        inputs = to_device(inputs, parameter.device)
        try:
            with eager(self._fused):
                if isinstance(inputs, Mapping):
                    output = self._called(**inputs)
                elif isinstance(inputs, tuple):
                    output = self._called(*inputs)
                else:
                    output = self._called(inputs)
        finally:
            self._taken = None
        return output, taken

    def _sources(self) -> Iterable[str]:
        """Layers whose rectified output may be another layer's input."""
        widths = {weight_shape(self._modules[name])[1] for name in self._handles}
        return (name for name in self._handles if weight_shape(self._modules[name])[0] in widths)

    def _batch(
        self, output: Any, taken: Taken, labels: Any, lengths: Any, width: int | None, token_labels: Any, n: int
    ) -> dict[str, Tensor]:
        """The arrays of a batch, on the CPU. `width`: of the mask that `lengths` come from."""
        logits, devices = self._logits(output), self._devices()
        layers = {name: taken.joined(name, devices) for name in self._chosen}
        for name, both in layers.items():
            if both is None:
                found = "several" if name in taken.repeated else "none"
                raise RecordingError(f"layer {name}: expected one call in every forward pass, found {found}")
        self._relate(layers)
        arrays: dict[str, Tensor] = {}
        n_tokens: dict[str, int] = {}
        lengths = None if lengths is None else whole(lengths, "lengths", (n,))
        given = {x.flatten(1, -2).shape[1] for x, _ in layers.values() if x.ndim > 2}
        for name, (x, z) in layers.items():
            if x.shape[0] != n or x.ndim < 2:
                raise RecordingError(
                    f"layer {name}: expected an input of {n} samples, as the batch has, found one of shape "
                    f"{tuple(x.shape)}; leave the layer out"
                )
            for part, tensor in (("x", x), ("z", z if self._z else None)):
                if tensor is None or part == "z" and not self._is_exact(name, x, tensor):
                    continue
                if tensor.dtype not in TYPES or not tensor.dtype.is_floating_point:
                    raise RecordingError(
                        f"layer {name}: expected {part} of 16, 32 or 64 bits a number, found {tensor.dtype}"
                    )
                if tensor.ndim > 2:
                    tensor = tensor.flatten(1, -2)
                    count = tensor.shape[1]
                    if width not in (None, count):
                        raise RecordingError(
                            f"layer {name}: expected {width} tokens, as attention_mask has, found {count}; "
                            "give lengths="
                        )
                    if lengths is not None and not ((lengths >= 1) & (lengths <= count)).all():
                        raise RecordingError(
                            f"lengths: expected 1 to {count}, the tokens of layer {name}, found "
                            f"{int(lengths.min())} to {int(lengths.max())}"
                        )
                    tensor = self._reduced(tensor, lengths)
                if tensor.ndim == 3:
                    n_tokens[name] = tensor.shape[1]
                arrays[f"{name}.{part}"] = tensor.to("cpu")
        if len(set(n_tokens.values())) > 1:
            shown = ", ".join(f"{name} {count}" for name, count in n_tokens.items())
            raise RecordingError(
                f"layers: expected the same number of tokens in all, found {shown}; record them one by one"
            )
        tokens = next(iter(n_tokens.values()), None)
        arrays = {"logits": self._logits_of(logits, lengths, n, given), **arrays}
        if labels is not None:
            arrays["labels"] = self._checked_labels(labels, "labels", (n,))
        if tokens is not None:
            arrays["lengths"] = torch.full((n,), tokens) if lengths is None else lengths
            if token_labels is not None:
                arrays["token_labels"] = self._checked_labels(
                    token_labels, "token_labels", (n, tokens), arrays["lengths"]
                )
        elif token_labels is not None:
            raise RecordingError("token_labels: expected a layer whose tokens are recorded, found none")
        return arrays

    def _is_exact(self, name: str, x: Tensor, z: Tensor) -> bool:
        """Whether z is worth writing: rounded to 16 bits more than its x and W are, it is no W x + b any more."""
        exact = z.dtype in (torch.float32, torch.float64) or (
            z.dtype == x.dtype == self._modules[name].weight.dtype == torch.float16
        )
        if not exact and name not in self._inexact:
            self._inexact.add(name)
            self._say(
                f"layer {name}: z is not written, as it is {z.dtype} and less exact than what can be computed from x"
            )
        return exact

    def _reduced(self, tensor: Tensor, lengths: Tensor | None) -> Tensor:
        """Of n × tokens × width what `tokens` asks for."""
        n, tokens = tensor.shape[:2]
        if self._tokens == "all":
            return tensor
        if self._tokens == "first":
            # A copy, so that the other tokens are not kept with it.
            return tensor[:, 0].clone()
        ends = torch.full((n,), tokens) if lengths is None else lengths
        if self._tokens == "last":
            return tensor[torch.arange(n), ends.to(tensor.device) - 1]
        valid = torch.arange(tokens)[None, :] < ends[:, None]
        valid = valid.to(tensor.device)[..., None]
        wide = torch.where(valid, tensor, 0).to(torch.promote_types(tensor.dtype, torch.float32))
        return wide.sum(1) / valid.sum(1)

    def _logits_of(self, logits: Tensor, lengths: Tensor | None, n: int, tokens: set[int]) -> Tensor:
        """`tokens`: how many the layers have. Where logits have as many, what is kept of those is kept of these."""
        if not isinstance(logits, Tensor):
            raise RecordingError(f"logits: expected a tensor, found {type(logits).__name__}")
        of_tokens = logits.ndim == 3 and logits.shape[0] == n
        if of_tokens and tokens == {logits.shape[1]}:
            logits = self._reduced(logits, lengths)
        elif of_tokens:
            if not self._told_tokens:
                self._told_tokens = True
                self._say("logits: n × tokens × outputs; those of each sample's last valid token are recorded")
            ends = torch.full((n,), logits.shape[1]) if lengths is None else lengths
            logits = logits[torch.arange(n), ends.to(logits.device) - 1]
        if not (logits.ndim == 2 or of_tokens) or logits.dtype not in TYPES or not logits.dtype.is_floating_point:
            raise RecordingError(
                f"logits: expected n × outputs numbers, found {tuple(logits.shape)} of {logits.dtype}; "
                "logits=FUNCTION takes them from the model's output"
            )
        if logits.shape[0] != n:
            raise RecordingError(
                f"the batch: expected {n} samples, as it has keys, labels or inputs, found logits of {logits.shape[0]}"
            )
        if self._outputs is not None and len(self._outputs) != logits.shape[-1]:
            raise RecordingError(f"outputs: expected {logits.shape[-1]}, as the model has, found {len(self._outputs)}")
        return copied(logits.to("cpu"))

    def _checked_labels(
        self, labels: Any, name: str, shape: tuple[int, ...], lengths: Tensor | None = None
    ) -> Tensor:
        """Positions in the classes; -1 beyond the lengths, whatever is given there."""
        if self._classes is None:
            raise RecordingError(
                f"{name}: expected classes=, what they mean (dataset.classes, or how many there are), found none"
            )
        labels = whole(labels, name, shape)
        if lengths is not None:
            labels[torch.arange(shape[1])[None, :] >= lengths[:, None]] = -1
        if labels.numel() and not -1 <= int(labels.min()) <= int(labels.max()) < len(self._classes):
            raise RecordingError(
                f"{name}: expected -1 to {len(self._classes) - 1}, positions in the {len(self._classes)} classes, "
                f"found {int(labels.min())} to {int(labels.max())}"
            )
        return labels

    def _relate(self, layers: Mapping[str, tuple[Tensor, Tensor | None]]) -> None:
        """Keeps those layers as each other's rectified outputs that have been it in every element of every sample."""

        def holds(name: str, other: str) -> bool:
            x, z = layers[name][0], layers[other][1]
            # The mean of rectified tokens is not the rectified mean.
            if self._tokens == "mean" and x.ndim > 2:
                return False
            return z is not None and x.shape == z.shape and x.dtype == z.dtype and torch.equal(x, z.clamp(min=0))

        if self._relations_known:
            self._rectified = {name: other for name, other in self._rectified.items() if holds(name, other)}
            return
        self._relations_known = True
        for place, name in enumerate(self._chosen):
            for other in reversed(self._chosen[:place]):
                if holds(name, other):
                    self._rectified[name] = other
                    break

    def _add(self, arrays: dict[str, Tensor], keys: list[str] | None, fresh: np.ndarray) -> None:
        """Puts the new ones of a batch's samples behind the others and writes what fills a part."""
        for name, tensor in arrays.items():
            per_token = name == "token_labels" or tensor.ndim == 3
            form = (TYPES[tensor.dtype], tensor.ndim, tuple(tensor.shape[2 if per_token else 1 :]))
            known = self._forms.setdefault(name, form) if not self._forms_known else self._forms.get(name)
            if form != known:
                raise RecordingError(
                    f"{name}: expected {shown_form(known)} as in the batches before, found {shown_form(form)}"
                )
        self._forms_known = True
        if len(arrays) != len(self._forms):
            gone = next(name for name in self._forms if name not in arrays)
            raise RecordingError(f"{gone}: expected it with every batch, found a batch without it")
        if not fresh.all():
            arrays = {name: tensor[torch.from_numpy(fresh)] for name, tensor in arrays.items()}
        count = int(fresh.sum())
        if self._part_samples is None:
            each = max(1, sum(tensor.numel() * tensor.element_size() for tensor in arrays.values()) // count)
            size = max(1, self._part_bytes // each)
            # Whole batches to a part, so that a recording that is gone on with sees the batches it would have seen.
            self._part_samples = size - size % count if size > count else size
        self._pending.append(arrays)
        self._pending_keys += [key for key, new in zip(keys or (), fresh, strict=False) if new]
        self._n_pending += count
        self._n_new += count
        while self._n_pending >= self._part_samples:
            self._cut(self._part_samples)

    def _cut(self, count: int) -> None:
        """Has the first samples that wait written as a part."""
        blocks: list[dict[str, Tensor]] = []
        left = count
        while left:
            arrays = self._pending[0]
            size = len(arrays["logits"])
            if size <= left:
                blocks.append(self._pending.pop(0))
            else:
                blocks.append({name: tensor[:left] for name, tensor in arrays.items()})
                # A copy, so that the rest does not keep all of the batch in memory.
                self._pending[0] = {name: tensor[left:].clone() for name, tensor in arrays.items()}
            left -= min(size, left)
        metadata = {}
        if self._has_keys:
            metadata["keys"] = json.dumps(self._pending_keys[:count], ensure_ascii=False)
            del self._pending_keys[:count]
        if self._rectified:
            metadata["rectified"] = json.dumps(self._rectified)
        arrays = {name: joined_blocks(name, [block[name] for block in blocks]) for name in self._forms}
        self._writer.put(self.folder / f"part-{self._next_part:05d}.safetensors", arrays, metadata)
        self._next_part += 1
        self._n_pending -= count
        self._n_stored += count

    def _show(self, end: str = "") -> None:
        now = time.monotonic()
        if not self._progress or not end and now - self._shown < 0.5:
            return
        self._shown = now
        rate = self._n_new / max(now - self._started, 1e-9)
        count = self._n_stored + self._n_pending
        print(
            f"\r{count:,} samples, {rate:,.1f} a second, {self._writer.bytes / 1e6:,.0f} MB written ",
            end=end,
            file=sys.stderr,
            flush=True,
        )


# ---------------------------------------------------------------------------------------------------------------------
# Small things


def joined_blocks(name: str, tensors: Sequence[Tensor]) -> Array:
    """Blocks of an array; where samples have tokens, the shorter ones are filled up behind their last token."""
    if tensors[0].ndim == 3 or name == "token_labels":
        longest = max(tensor.shape[1] for tensor in tensors)
        tensors = [padded(tensor, longest, -1 if name == "token_labels" else 0) for tensor in tensors]
    return Array(tensors[0].dtype, [as_numpy(tensor) for tensor in tensors])


def padded(tensor: Tensor, tokens: int, filling: int) -> Tensor:
    if tensor.shape[1] == tokens:
        return tensor
    result = torch.full((len(tensor), tokens, *tensor.shape[2:]), filling, dtype=tensor.dtype)
    result[:, : tensor.shape[1]] = tensor
    return result


def entries(given: int | Sequence | None, name: str) -> list | None:
    """Classes or outputs as `recording.json` has them: a key, or a key and a name."""
    if given is None:
        return None
    if isinstance(given, str):
        raise RecordingError(f"{name}: expected keys, (key, name) pairs or how many there are, found {given!r}")
    listed = (
        [str(place) for place in range(given)]
        if isinstance(given, int)
        else [str(item) if isinstance(item, (str, int)) else [str(part) for part in item] for item in given]
    )
    keys = [item if isinstance(item, str) else item[0] for item in listed]
    if any(isinstance(item, list) and len(item) != 2 for item in listed):
        raise RecordingError(f"{name}: expected keys or (key, name) pairs, found {short(listed)}")
    twice = first_repeated(keys)
    if twice is not None:
        raise RecordingError(f"{name}: expected keys of which no two are the same, found {twice!r} twice")
    return listed


def pictures(images: Any, n: int) -> Tensor:
    """Bytes by sample, row, column and channel, on the CPU."""
    tensor = torch.as_tensor(images).to("cpu")
    if tensor.dtype != torch.uint8 or tensor.ndim != 4 or len(tensor) != n or tensor.shape[3] not in (1, 3):
        raise RecordingError(
            f"images: expected bytes (uint8) of the shape ({n}, height, width, 1 or 3), "
            f"found {str(tensor.dtype).removeprefix('torch.')} of {tuple(tensor.shape)}"
        )
    return tensor.contiguous()


def whole(values: Any, name: str, shape: tuple[int, ...]) -> Tensor:
    """Whole numbers of that shape as I64 on the CPU; n may be given as n × 1."""
    if not isinstance(values, (Tensor, np.ndarray)):
        values = [-1 if value is None else value for value in values]
    tensor = torch.as_tensor(values).detach().to("cpu")
    if tensor.dtype.is_floating_point or tensor.dtype.is_complex:
        raise RecordingError(f"{name}: expected whole numbers, found {tensor.dtype}")
    if len(shape) == 1 and tensor.ndim == 2 and tensor.shape[1] == 1:
        tensor = tensor[:, 0]
    if tuple(tensor.shape) != shape:
        raise RecordingError(
            f"{name}: expected {' × '.join(map(str, shape))} of them, found {' × '.join(map(str, tensor.shape))}"
        )
    return tensor.to(torch.int64, copy=True)


def batch_size(inputs: Any, keys: Any, labels: Any) -> int:
    """Samples of a batch: as many as it has keys or labels, or as its first tensor has rows."""
    for given in (keys, labels):
        if given is not None:
            return len(given)
    items = (
        inputs.values() if isinstance(inputs, Mapping) else inputs if isinstance(inputs, (list, tuple)) else [inputs]
    )
    for item in items:
        if isinstance(item, Tensor) and item.ndim:
            return item.shape[0]
    raise RecordingError(
        "inputs: expected a tensor of n samples, or labels or keys that tell how many there are, found neither"
    )


def mask_lengths(inputs: Any) -> tuple[Tensor | None, int | None]:
    """How many tokens of each sample an attention mask leaves, which must be the first ones, and how many it has."""
    mask = inputs.get("attention_mask") if isinstance(inputs, Mapping) else None
    if not isinstance(mask, Tensor) or mask.ndim != 2:
        return None, None
    mask = mask.detach().to("cpu") != 0
    lengths = mask.sum(1)
    if (mask != (torch.arange(mask.shape[1])[None, :] < lengths[:, None])).any():
        raise RecordingError(
            "attention_mask: expected the valid tokens before the padding, found others; "
            "tokenizer.padding_side = 'right' makes it so"
        )
    return lengths, mask.shape[1]


def key_texts(keys: Iterable) -> list[str]:
    """Keys as texts; whole numbers in a tensor or list become theirs."""
    texts = [str(key) for key in (keys.tolist() if isinstance(keys, (Tensor, np.ndarray)) else keys)]
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise RecordingError(f"keys: expected text in UTF-8, found {text!r}; rename the sample") from error
    return texts


def first_repeated(keys: Iterable[str]) -> str | None:
    """The first key that stood before."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return None


def weight_versions(module: nn.Module) -> tuple:
    """How often W and b were changed in place; PyTorch does not count it of tensors made in inference mode."""
    tensors = [tensor for tensor in (module.weight, module.bias) if tensor is not None]
    return tuple(None if tensor.is_inference() else tensor._version for tensor in tensors)


def weight_shape(module: nn.Module) -> tuple[int, int]:
    rows, columns = module.weight.shape
    return (columns, rows) if is_conv1d(module) else (rows, columns)


def short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"


def shown_form(form: tuple | None) -> str:
    return (
        "no such array"
        if form is None
        else f"{form[0]}, {'n × tokens' if form[1] == 3 else 'n'}" + "".join(f" × {side}" for side in form[2])
    )


# ---------------------------------------------------------------------------------------------------------------------
# python record.py --torchvision MODEL --images DIR --out FOLDER

IMAGE_NAMES = {"jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "dib", "pnm", "ppm", "pgm", "pbm"}
HEAD_KEYS = ("state_dict", "model_state_dict", "model", "model_ema", "net", "state", "params", "weights")


def class_order(names: Iterable[str]) -> list[str]:
    """Whole numbers in the order of their values, other names in that of their bytes."""
    ordered = sorted(names, key=os.fsencode)
    if all(re.fullmatch(r"[+-]?[0-9]+", name) for name in ordered):
        ordered.sort(key=int)
    return ordered


def image_files(folder: Path, below: str) -> list[str]:
    """Images at any depth of a folder, as paths from `folder` on, in the order of their folders' and names' bytes."""
    found = []
    for place, folders, files in os.walk(folder / below, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__MACOSX"]
        inside = Path(place).relative_to(folder).as_posix()
        if len(Path(inside).parts) > 32:
            raise RecordingError(
                f"{place}: expected at most 32 folders in one another, found more; a link may lead in a circle"
            )
        found += [
            (inside, name)
            for name in files
            if not name.startswith(".") and name.rpartition(".")[2].lower() in IMAGE_NAMES and "." in name
        ]
    found.sort(key=lambda item: (os.fsencode(item[0]), os.fsencode(item[1])))
    return [name if inside == "." else f"{inside}/{name}" for inside, name in found]


def listed_images(folder: Path) -> tuple[list[str], list[str], list[int]]:
    """Classes, keys and labels of a folder with a folder for each class; of images alone no classes and labels -1."""
    if not folder.is_dir():
        raise RecordingError(f"{folder}: expected a folder of images, found none")
    names = [
        path.name
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name != "__MACOSX"
    ]
    classes, keys, labels = class_order(names), [], []
    for label, name in enumerate(classes):
        files = image_files(folder, name)
        keys += files
        labels += [label] * len(files)
    if not classes:
        keys = image_files(folder, ".")
        labels = [-1] * len(keys)
    if not keys:
        raise RecordingError(f"{folder}: expected images ({', '.join(sorted(IMAGE_NAMES))}), found none")
    return classes, keys, labels


class Images(torch.utils.data.Dataset):
    """Images of a folder as a torchvision model takes them, with label, key and a small picture of their middle."""

    def __init__(self, folder: Path, keys: list[str], labels: list[int], transform: Callable, side: int):
        self.folder, self.keys, self.labels, self.transform = folder, keys, labels, transform
        self.side = side

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, place: int) -> tuple[Tensor, int, str, Tensor]:
        from PIL import Image, ImageOps

        path = self.folder / self.keys[place]
        try:
            with Image.open(path) as image:
                pixels = image.convert("RGB")
                shown = np.zeros((0, 0, 3), np.uint8)
                if self.side:
                    shown = np.array(ImageOps.fit(pixels, (self.side, self.side), Image.Resampling.BOX))
                return self.transform(pixels), self.labels[place], self.keys[place], torch.from_numpy(shown)
        except OSError as error:
            raise RecordingError(
                f"{path}: expected an image, found one that cannot be read ({error}); take it out of the folder"
            ) from error


def read_classes(path: str) -> list:
    """A key a line, or a key, a tab and a name."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [line.split("\t", 1) if "\t" in line else line for line in lines if line.strip()]


def read_weights(path: Path) -> dict[str, Tensor]:
    """A state dictionary, out of what training scripts wrap it in."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # PyTorch raises many kinds
        reason = re.split(r"\n|\. ", str(error), maxsplit=1)[0]
        raise RecordingError(
            f"{path}: expected weights that torch.load(weights_only=True) reads, found {reason}"
        ) from error
    for key in HEAD_KEYS:
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
            break
    if not isinstance(state, Mapping):
        raise RecordingError(f"{path}: expected a dictionary of tensors, found {type(state).__name__}")
    tensors = {name: tensor for name, tensor in state.items() if isinstance(tensor, Tensor)}
    for prefix in WRAPPERS:
        while tensors and all(name.startswith(prefix + ".") for name in tensors):
            tensors = {name[len(prefix) + 1 :]: tensor for name, tensor in tensors.items()}
    if not tensors:
        raise RecordingError(f"{path}: expected a dictionary of tensors, found none in it")
    return tensors


def torchvision_model(
    name: str, weights: str | None, seed: int, n_outputs: int | None
) -> tuple[nn.Module, Callable, str]:
    """The model, its preprocessing and what its weights are.

    Args:
        n_outputs: Of a model with random weights; None for as many as torchvision gives it.
    """
    try:
        import torchvision
    except (ImportError, RuntimeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise RecordingError(f"--torchvision: expected torchvision beside PyTorch, found {reason}") from error

    try:
        known = torchvision.models.get_model_weights(name)
    except ValueError as error:
        import difflib

        near = difflib.get_close_matches(name, torchvision.models.list_models(module=torchvision.models), 3)
        raise RecordingError(
            f"--torchvision: expected a model of torchvision, found {name!r}"
            + (f"; near it are {', '.join(near)}" if near else "")
        ) from error
    entry = known.DEFAULT if hasattr(known, "DEFAULT") else next(iter(known))
    if weights is not None and not Path(weights).exists() and (weights == "DEFAULT" or weights in known.__members__):
        entry = known[weights]
        return torchvision.models.get_model(name, weights=entry), entry.transforms(), str(entry)
    if weights is None:
        torch.manual_seed(seed)
        more = {} if n_outputs is None else {"num_classes": n_outputs}
        model = torchvision.models.get_model(name, weights=None, **more)
        return model, entry.transforms(), f"random weights, seed {seed}"
    if not Path(weights).exists():
        raise RecordingError(f"--weights: expected a file, or one of {', '.join(known.__members__)}, found {weights!r}")
    state = read_weights(Path(weights))
    heads = [tensor for key, tensor in state.items() if key.endswith(".weight") and tensor.ndim in (2, 4)]
    if not heads:
        raise RecordingError(f"{weights}: expected weights of {name}, found no layer in it")
    model = torchvision.models.get_model(name, weights=None, num_classes=len(heads[-1]))
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise RecordingError(f"{weights}: expected weights of {name}, found others: {reason[:200]}") from error
    return model, entry.transforms(), f"weights of {Path(weights).name}"


class Parser(argparse.ArgumentParser):
    """Wrong usage ends with 64, and one line says what is wrong."""

    def error(self, message: str) -> None:
        print(f"record.py: {message} (see record.py --help)", file=sys.stderr)
        raise SystemExit(64)


def parser() -> Parser:
    def positive(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise argparse.ArgumentTypeError(f"expected a whole number above 0, found {text!r}")
        return int(text)

    result = Parser(
        prog="record.py",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
        usage="python record.py --torchvision MODEL --images DIR --out FOLDER [OPTION]...",
        description="Records what a torchvision model's fully connected layers do with a folder of images, for\n"
        "'engram-ingest recording FOLDER --into w.db'. Run again, it goes on where it ended.",
        epilog="DIR holds a folder for each class, or images alone, which have no labels. Classes that are whole\n"
        "numbers stand in the order of their values, others in that of their bytes. Keys are paths from DIR on.\n"
        "Images are told by their names; lists of labels are not read.\n\n"
        "Examples:\n"
        "  python record.py --torchvision resnet50 --weights IMAGENET1K_V2 --images val --out rec\n"
        "  python record.py --torchvision resnet50 --weights mine.pth --outputs classes --images val --out rec\n"
        "  python record.py --torchvision vit_b_16 --layers '*layer_11.mlp.*' --layers heads.head \\\n"
        "      --tokens first --images val --limit 1000 --out rec\n\n"
        "For models of your own:\n"
        "  from record import Recorder\n"
        '  with Recorder(model, "rec", layers="last:3", classes=dataset.classes, outputs="classes") as r:\n'
        "      for images, labels, keys in loader:\n"
        "          r(images, labels, keys)",
    )
    add = result.add_argument
    add("--torchvision", metavar="MODEL", required=True, help="the model's name: alexnet, resnet50, vit_b_16, ...")
    add("--images", metavar="DIR", required=True, type=Path, help="the images")
    add("--out", metavar="FOLDER", required=True, type=Path, help="where the recording goes")
    add(
        "--weights",
        metavar="FILE",
        help="a .pth file, or the name of torchvision's own, which it downloads; without it they are random",
    )
    add(
        "--layers",
        metavar="LAYERS",
        action="append",
        help="all, last:N, a name or a glob; may be given again (default: last:1)",
    )
    add(
        "--outputs",
        metavar="FILE",
        help="what the outputs are: a file with a key a line, or a key, a tab and a name; "
        "'classes' where they are the folders' classes, in their order",
    )
    add(
        "--tokens",
        choices=("all", "first", "last", "mean"),
        default="all",
        help="what to keep of layers over tokens (default: all)",
    )
    add("--z", action="store_true", help="write z too; without it the reader computes it")
    add("--limit", metavar="N", type=positive, help="the first N images alone")
    add(
        "--pictures",
        metavar="N",
        type=int,
        default=48,
        help="keep the middle of each image, N × N pixels, for thumbnails; 0: none (default: 48)",
    )
    add("--batch-size", metavar="N", type=positive, default=32, help="images in a forward pass (default: 32)")
    add("--workers", metavar="N", type=int, default=0, help="processes that decode images (default: 0, none)")
    add("--device", default="cpu", help="cpu, cuda, cuda:1, mps (default: cpu)")
    add("--seed", type=int, default=0, help="of random weights (default: 0)")
    add("--state", choices=("untrained", "best", "overtrained", "random"), help="the state of the weights")
    add("--name", help="what the model is called (default: MODEL)")
    add("--notes", help="kept with the recording")
    add("--help", action="help", help="print this help and stop")
    return result


def record_images(options: argparse.Namespace) -> None:
    """What the command does."""
    if not 0 <= options.pictures <= 4096:
        raise RecordingError(f"--pictures: expected 0 to 4096 pixels, found {options.pictures}")
    classes, keys, labels = listed_images(options.images)
    outputs = options.outputs if options.outputs in (None, "classes") else read_classes(options.outputs)
    n_outputs = None if outputs is None else len(classes if outputs == "classes" else outputs)
    if outputs == "classes" and not classes:
        raise RecordingError(
            f"--outputs classes: expected a folder for each class in {options.images}, found images alone"
        )
    model, transform, weights = torchvision_model(options.torchvision, options.weights, options.seed, n_outputs)
    try:
        model = model.to(options.device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).split("\n", 1)[0]
        raise RecordingError(
            f"--device: expected a device that PyTorch has here, found {options.device}: {reason}"
        ) from error
    if options.weights is None:
        print(f"record: {weights}; --weights gives others", file=sys.stderr)
    elif outputs is None and classes:
        print("record: without --outputs nothing says which output is which class", file=sys.stderr)
    keys, labels = keys[: options.limit], labels[: options.limit]
    recorder = Recorder(
        model,
        options.out,
        options.layers or "last:1",
        classes=classes,
        outputs=outputs,
        dataset=options.images.resolve().name,
        name=options.name or options.torchvision,
        architecture=options.torchvision,
        state=options.state or ("untrained" if options.weights is None else None),
        preprocessing="torchvision: " + " ".join(str(transform).split()),
        notes="; ".join(text for text in (weights, options.notes) if text),
        tokens=options.tokens,
        z=options.z,
    )
    size = options.batch_size
    with recorder as r:
        batches = [range(start, min(start + size, len(keys))) for start in range(0, len(keys), size)]
        # Batches that are there already are not decoded, but for the first, which tells the layers; others stay as
        # they were.
        fresh = batches[:1] + [
            batch for batch in batches[1:] if any(keys[place] not in r.stored_keys for place in batch)
        ]
        images = Images(options.images, keys, labels, transform, options.pictures)
        for batch in torch.utils.data.DataLoader(images, batch_sampler=fresh, num_workers=options.workers):
            pixels, numbers, names, shown = batch
            r(pixels, numbers if classes else None, names, images=shown if options.pictures else None)


def main(words: Sequence[str] | None = None) -> int:
    options = parser().parse_args(words)
    try:
        record_images(options)
    except (RecordingError, OSError) as error:
        # A process that decodes images puts its own traceback before the line.
        print(f"record.py: {str(error).rpartition('RecordingError: ')[2].strip()}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"record.py: interrupted; the same command goes on with {options.out}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
