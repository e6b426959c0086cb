"""Writes Tests/ModelFilesTests/Fixtures with PyTorch 2.13.0 and onnx 1.23.2: small networks as exported programs and ONNX; see README.md."""

import io
import json
import logging
import math
import pathlib
import sys
import warnings
import zipfile

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper
from torch import nn

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/ModelFilesTests/Fixtures"


class Convolutions(nn.Module):
    """Batch normalisation, a depthwise convolution, a residual, pooling."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU6(inplace=True))
        self.block = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False), nn.BatchNorm2d(4), nn.Hardswish())
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.fc = nn.Linear(4, 5)

    def forward(self, x):
        x = self.stem(x)
        x = self.pool(x + self.block(x))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Attention(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(size, 3 * size)
        self.proj = nn.Linear(size, size)

    def forward(self, x):
        batch, tokens, size = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, size // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, tokens, size))


class Transformer(nn.Module):
    """One block over four patches and a class token."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.positions = nn.Parameter(torch.zeros(1, 5, 8))
        self.norm1 = nn.LayerNorm(8, eps=1e-6)
        self.attn = Attention(8, 2)
        self.norm2 = nn.LayerNorm(8, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Dropout(0.1), nn.Linear(16, 8))
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.positions
        x = x + self.attn(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(x[:, 0])


class Written(nn.Module):
    """A mask written slice by slice, a tied weight, a view whose tensor is written, a buffer that is not kept, strides."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4)
        self.second.weight = self.first.weight
        self.register_buffer("offset", torch.arange(4.0), persistent=False)
        self.turned = nn.Parameter(torch.zeros(4, 4).t())

    def forward(self, x):
        mask = x.new_zeros((4, 4))
        for i, rows in enumerate((slice(0, -2), slice(-2, None))):
            for j, columns in enumerate((slice(0, -2), slice(-2, None))):
                mask[rows, columns] = 2 * i + j
        mask[0].zero_()
        x = self.first(x[:, 0, :4, :4] + mask)
        rows = x.view(-1, 16)
        x.relu_()
        return rows.mul(2).reshape(-1, 4, 4).mean(1) + self.second(self.offset) @ self.turned


class Operators(nn.Module):
    """Pooling over depth, which local response normalisation is; windows as columns; identity matrices; scaled sums."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LocalResponseNorm(2, alpha=0.5, beta=0.6, k=1.5)
        self.fc = nn.Linear(27, 4)

    def forward(self, x):
        columns = nn.functional.unfold(self.norm(x), (3, 3), padding=(1, 0), stride=(2, 1))
        y = self.fc(columns.transpose(1, 2))
        y = torch.add(torch.sub(y, y.tanh(), alpha=0.5), y.sigmoid(), alpha=2)
        y = torch.rsub(y, y.abs(), alpha=3)
        return (y @ (torch.eye(4, 3, dtype=x.dtype) @ (torch.eye(3, dtype=x.dtype) * 2 + 1))).mean(1)


def filled(net):
    """Weights by a formula, statistics too; nothing is 0 throughout."""
    with torch.no_grad():
        for number, (name, value) in enumerate(sorted(net.state_dict().items())):
            if value.is_floating_point():
                wave = torch.sin(torch.arange(value.numel()) * 0.37 + number).reshape(value.shape) * 0.5
                value.copy_(wave + 1 if name.endswith("running_var") else wave)
    return net.eval()


def images(count):
    return torch.sin(torch.arange(count * 3 * 64) * 0.11).reshape(count, 3, 8, 8)


def plain_archive(data, path):
    """Without what a machine left in it: where its sources lie, an identity of the file, the inputs as a pickle."""
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            if "/sample_inputs/" in name or "/.data/" in name or name.endswith(".format"):
                continue
            content = source.read(name)
            if name.endswith("models/model.json"):
                program = json.loads(content)
                for node in program["graph_module"]["graph"]["nodes"]:
                    node["metadata"] = {key: text for key, text in node["metadata"].items() if key == "nn_module_stack"}
                content = json.dumps(program, separators=(",", ":")).encode()
            root, rest = name.split("/", 1)
            target.writestr(zipfile.ZipInfo(f"model/{rest}", (1980, 1, 1, 0, 0, 0)), content)


def program(net, name, decomposed=False, opened=True):
    shapes = ({0: torch.export.Dim("batch")},) if opened else None
    exported = torch.export.export(net, (images(2),), dynamic_shapes=shapes)
    if decomposed:
        exported = exported.run_decompositions()
    buffer = io.BytesIO()
    torch.export.save(exported, buffer, extra_files={"classes.txt": "a\nb\n"})
    plain_archive(buffer.getvalue(), FOLDER / f"{name}.pt2")


def plain_model(model):
    for node in model.graph.node:
        node.ClearField("doc_string")
        keys = ("pkg.torch.onnx.name_scopes", "pkg.onnxscript.rewriter.rule_name")
        kept = [entry for entry in node.metadata_props if entry.key in keys]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    del model.graph.value_info[:]
    return model


def dynamo(net, name):
    exported = torch.onnx.export(
        net, (images(2),), dynamo=True, dynamic_shapes=({0: torch.export.Dim("batch")},), input_names=["input"],
        output_names=["logits"], verbose=False)
    model = plain_model(exported.model_proto)
    onnx.save(model, FOLDER / f"{name}.dynamo.onnx")
    # onnx adds to a file that is there.
    (FOLDER / f"{name}.external.data").unlink(missing_ok=True)
    onnx.save(model, FOLDER / f"{name}.external.onnx", save_as_external_data=True, location=f"{name}.external.data", size_threshold=64)


def legacy(net, name):
    buffer = io.BytesIO()
    torch.onnx.export(
        net, (images(2),), buffer, dynamo=False, opset_version=17, input_names=["input"], output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})
    onnx.save(plain_model(onnx.load_from_string(buffer.getvalue())), FOLDER / f"{name}.legacy.onnx")


def values(names):
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in names]


def save(name, nodes, inputs, outputs, constants=(), opset=20, version=8, **more):
    graph = helper.make_graph(nodes, "main", values(inputs), values(outputs), constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=version, **more)
    onnx.save(model, FOLDER / f"{name}.onnx")


def old():
    """Operator set 9 as files of its time: attributes for what became inputs, initialisers among the inputs, nodes in no order."""
    scale = helper.make_tensor("scale", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0])
    larger = helper.make_tensor("larger", TensorProto.FLOAT, [4], [1.0, 1.0, 2.0, 2.0])
    nodes = [
        helper.make_node("Softmax", ["flat"], ["y"]),
        helper.make_node("Flatten", ["small"], ["flat"]),
        helper.make_node("Squeeze", ["mean"], ["small"], axes=[2, 3]),
        helper.make_node("ReduceMean", ["wide"], ["mean"], axes=[2, 3]),
        helper.make_node("Upsample", ["padded", "larger"], ["wide"], mode="nearest"),
        helper.make_node("Pad", ["part"], ["padded"], pads=[0, 0, 1, 2, 0, 0, 3, 4], value=0.5),
        helper.make_node("Slice", ["gate"], ["part"], starts=[1], ends=[3], axes=[2]),
        helper.make_node("HardSigmoid", ["kept"], ["gate"]),
        helper.make_node("Dropout", ["normal"], ["kept", "unused"], ratio=0.5),
        helper.make_node("BatchNormalization", ["cut", "scale", "scale", "scale", "scale"], ["normal"], epsilon=1e-3),
        helper.make_node("Clip", ["x"], ["cut"], min=-1.0, max=0.75),
    ]
    save("old", nodes, [("x", ["N", 3, 4, 4]), ("scale", [3]), ("larger", [4])], [("y", ["N", 3])], [scale, larger], opset=9, version=3)


def tensors():
    """Numbers in every field that ONNX has for them, and constants of nodes."""
    constants, nodes, names = [], [], []

    def constant(name, kind, shape, numbers, raw=False):
        content = np.array(numbers, helper.tensor_dtype_to_np_dtype(kind)).tobytes() if raw else numbers
        constants.append(helper.make_tensor(name, kind, shape, content, raw=raw))
        names.append(name)

    quarters = [-1.25, 0.0, 0.5, 64.0]
    for kind, label in [(TensorProto.FLOAT, "float32"), (TensorProto.FLOAT16, "float16"), (TensorProto.DOUBLE, "float64"),
                        (TensorProto.BFLOAT16, "bfloat16")]:
        constant(label, kind, [2, 2], quarters)
        if kind != TensorProto.BFLOAT16:
            constant(label + "-raw", kind, [2, 2], quarters, raw=True)
    for kind, label in [(TensorProto.INT64, "int64"), (TensorProto.INT32, "int32"), (TensorProto.INT16, "int16"), (TensorProto.INT8, "int8")]:
        constant(label, kind, [3], [-7, 0, 100])
        constant(label + "-raw", kind, [3], [-7, 0, 100], raw=True)
    constant("uint8", TensorProto.UINT8, [3], [7, 0, 200])
    constant("bool", TensorProto.BOOL, [3], [True, False, True])
    constant("empty", TensorProto.FLOAT, [0, 3], [])
    constant("scalar", TensorProto.INT64, [], [5])
    for name, value in [("value_int", -3), ("value_ints", [1, -2]), ("value_float", 0.25), ("value_floats", [0.5, -1.5])]:
        nodes.append(helper.make_node("Constant", [], [name], **{name: value}))
    nodes.append(helper.make_node("Constant", [], ["value"], value=helper.make_tensor("", TensorProto.FLOAT, [2], [1.5, 2.5])))
    nodes.append(helper.make_node("Identity", ["float32"], ["again"]))
    nodes.append(helper.make_node("Identity", ["x"], ["y"]))
    save("tensors", nodes, [("x", ["N", 2])], [("y", ["N", 2])], constants)


def functions():
    """A function that calls another, with an attribute of the call, and an output that is an input."""
    inner = helper.make_function(
        "own", "Scaled", ["a"], ["b"], [helper.make_node("LeakyRelu", ["a"], ["b"])],
        [helper.make_opsetid("", 20)], attributes=["slope"])
    inner.node[0].attribute.append(onnx.AttributeProto(name="alpha", type=onnx.AttributeProto.FLOAT, ref_attr_name="slope"))
    call = helper.make_node("Scaled", ["p"], ["t"], domain="own")
    call.attribute.append(onnx.AttributeProto(name="slope", type=onnx.AttributeProto.FLOAT, ref_attr_name="slope"))
    outer = helper.make_function(
        "own", "Twice", ["p"], ["q", "p"], [call, helper.make_node("Scaled", ["t"], ["q"], domain="own", slope=0.5)],
        [helper.make_opsetid("", 20), helper.make_opsetid("own", 1)], attributes=["slope"])
    nodes = [
        helper.make_node("Twice", ["x"], ["first", "same"], name="/body/body.0/Twice", domain="own", slope=0.25),
        helper.make_node("Twice", ["first"], ["second"], domain="own", slope=0.125),
        helper.make_node("Add", ["second", "same"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "main", values([("x", ["N", 2])]), values([("y", ["N", 2])]))
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("own", 1)], functions=[inner, outer], ir_version=10)
    onnx.save(model, FOLDER / "functions.onnx")


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    FOLDER.mkdir(parents=True, exist_ok=True)
    expected = {"input": images(2).flatten().tolist(), "shape": [2, 3, 8, 8]}
    # Sums in Float64; each format's own rounding stays far below the tests' bound.
    for name, net in [("convolutions", Convolutions()), ("transformer", Transformer()), ("written", Written()),
                      ("operators", Operators())]:
        filled(net)
        expected[name] = net.double()(images(2).double()).flatten().tolist()
        net.float()
        program(net, name)
        if name == "written":
            expected["turned"] = net.turned.flatten().tolist()
            continue
        program(net, name + ".decomposed", decomposed=True)
        if name == "operators":
            continue
        dynamo(net, name)
        legacy(net, name)
    program(filled(Convolutions()), "fixed", opened=False)
    old()
    tensors()
    functions()
    (FOLDER / "expected.json").write_text(json.dumps(expected) + "\n")
    assert all(math.isfinite(x) for x in expected["transformer"])


if __name__ == "__main__":
    sys.exit(main())
