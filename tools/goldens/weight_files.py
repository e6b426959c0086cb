"""Writes Fixtures/torch of Tests/WeightFilesTests with PyTorch 2.13.0, small weight files in its formats; see README.md."""

import collections
import io
import pathlib
import pickle
import struct
import zipfile

import torch

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/WeightFilesTests/Fixtures/torch"


def numbers(*shape, start=0):
    """Multiples of 1/4 from start on, which halves and bfloat16 hold exactly up to 64."""
    count = torch.Size(shape).numel()
    return (torch.arange(start, start + count, dtype=torch.float32) / 4).reshape(shape)


def state():
    """Names and values of every file: the tests know them by the same formula."""
    return collections.OrderedDict(
        [("conv.weight", numbers(2, 3, 2, 2)), ("fc.weight", numbers(3, 4, start=-5)), ("fc.bias", numbers(3, start=9))]
    )


def save(name, value, legacy=False):
    torch.save(value, FOLDER / name, _use_new_zipfile_serialization=not legacy)


def both(name, value):
    save(name + ".pth", value)
    save(name + "-legacy.pth", value, legacy=True)


def views():
    """The same values in one storage, transposed, permuted and behind an offset."""
    base = torch.zeros(100)
    plain = state()
    conv = base[4:28].view(2, 2, 3, 2).permute(3, 2, 0, 1)
    conv.copy_(plain["conv.weight"])
    fc = base[30:60:2].view(5, 3)[:4].t()
    fc.copy_(plain["fc.weight"])
    bias = base[61:70:4]
    bias.copy_(plain["fc.bias"])
    shared = {"conv.weight": conv, "fc.weight": fc, "fc.bias": bias}
    assert not any(t.is_contiguous() for t in shared.values())
    return shared


def cuda(name):
    """The location replaced in the pickle of a legacy file: PyTorch on a machine without CUDA cannot write it."""
    buffer = io.BytesIO()
    torch.save({"net": state()}, buffer, _use_new_zipfile_serialization=False)
    cpu, gpu = (b"X" + struct.pack("<I", len(s)) + s for s in (b"cpu", b"cuda:0"))
    assert buffer.getvalue().count(cpu) == 1
    (FOLDER / name).write_bytes(buffer.getvalue().replace(cpu, gpu))


def compressed(name):
    """A file of PyTorch's, packed again with deflate, as archivers do."""
    with zipfile.ZipFile(FOLDER / "plain.pth") as source, zipfile.ZipFile(FOLDER / name, "w") as target:
        for entry in source.namelist():
            target.writestr(entry, source.read(entry), compress_type=zipfile.ZIP_DEFLATED)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    plain = state()
    plain._metadata = collections.OrderedDict([("", {"version": 1})])
    both("plain", plain)
    both("nested", {
        "epoch": 7, "best_prec1": torch.tensor(91.5), "arch": "small", "history": [1, 2.5, None],
        "state_dict": {"module." + name: value for name, value in state().items()},
        "optimizer": torch.optim.SGD([torch.nn.Parameter(numbers(2))], lr=0.1, momentum=0.9).state_dict(),
    })
    both("half", {name: value.half() for name, value in state().items()})
    both("bfloat16", {name: value.bfloat16() for name, value in state().items()})
    both("double", {"model": {name: value.double() for name, value in state().items()}})
    both("views", {"model_state_dict": views()})
    both("parameters", {name: torch.nn.Parameter(value) for name, value in state().items()})
    both("integers", {
        "int64": torch.tensor([-1, 2**40]), "int32": torch.tensor([-7], dtype=torch.int32),
        "int16": torch.tensor([-300], dtype=torch.int16), "int8": torch.tensor([-3], dtype=torch.int8),
        "uint8": torch.tensor([200], dtype=torch.uint8), "bool": torch.tensor([True, False]),
        "empty": torch.zeros(0, 3), "scalar": torch.tensor(2.5), "expanded": torch.tensor([1.5]).expand(3),
    })
    cuda("cuda-legacy.pth")
    save("complex.pth", {"a": torch.zeros(2, dtype=torch.complex64)})
    save("module.pth", torch.nn.Linear(2, 1))
    compressed("compressed.pth")
    # Protocol 4 names its classes on the stack.
    torch.save(state(), FOLDER / "protocol4.pth", pickle_protocol=pickle.HIGHEST_PROTOCOL - 1)


if __name__ == "__main__":
    main()
