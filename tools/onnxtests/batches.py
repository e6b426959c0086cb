"""A node test of ONNX as a network over images: what its inputs are is computed of the image, with a batch in front.

The network that comes out has one input, of N × 3 × rows × columns bytes as floats. A Float32 is its mantissa of
24 bits, one byte a channel, times a power of two with a sign that stands in the network as a constant: every step of
putting it together is exact, so the network computes what the test says, of numbers that are in the image alone.

Where a node takes axis 0 for the batch (`BATCHED`), its own batch is N, and there are as many images as it is long. Every
other value gets N in front of its axes, and axes, shapes, pads and orders are moved by one. Inputs that are not computed
of the image are constants.

Bodies of functions have CastLike, which becomes the Cast that it is there.

Left out: what has no such form (`Untranslatable` says why). Needs: numpy, onnx.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .operators import BATCHED, KNOWN, Untranslatable, attribute
from .shifts import Shifting

IMAGE, RESULT = "wrapped_image", "wrapped_result"


def bytes_and_scales(values):
    """Mantissas of 24 bits as bytes, 3 × size, lowest first, and what they are multiplied by."""
    flat = values.astype(np.float32).reshape(-1)
    finite = np.isfinite(flat)
    fraction, exponent = np.frexp(np.where(finite, flat, 1).astype(np.float64))
    exponent = np.maximum(exponent, -125)  # Numbers below the normal ones have a shorter mantissa.
    fraction = np.ldexp(np.where(finite, flat, 1).astype(np.float64), -exponent)
    mantissa = np.abs(np.ldexp(fraction, 24)).astype(np.int64)
    scale = np.copysign(np.ldexp(1.0, exponent - 24), flat).astype(np.float32)
    mantissa[~finite], scale[~finite] = 1, flat[~finite]
    planes = np.stack([(mantissa >> shift) & 255 for shift in (0, 8, 16)]).astype(np.uint8)
    return planes, scale


def side_by_side(images, scales):
    """Images whose numbers have different scales: each gets a place of its own, and is 0 in the others'."""
    if len(images) == 1:
        return np.stack(images), scales[0]
    if not all(np.isfinite(scale).all() for scale in scales):
        raise Untranslatable("infinities in a batch")
    size = images[0].shape[1]
    result = np.zeros((len(images), 3, len(images) * size), np.uint8)
    for i, image in enumerate(images):
        result[i, :, i * size:(i + 1) * size] = image
    return result, np.concatenate(scales)


class Wrapper(Shifting):
    """Builds the network of one test with some of its inputs computed of the image.

    - inputs: arrays, one for each of the graph's inputs.
    - computed: positions of those that the image carries.
    - values: every value of the graph as an array, by name.
    """

    def __init__(self, model, inputs, outputs, computed, values):
        self.model, self.graph, self.values = model, model.graph, values
        self.opset = max([o.version for o in model.opset_import if o.domain in ("", "ai.onnx")], default=20)
        self.nodes, self.initialisers, self.mapped, self.count = [], [], set(), 0
        self.inputs, self.outputs, self.computed = inputs, outputs, computed
        real = [n for n in self.graph.node if n.op_type != "Constant"]
        self.single = real[0] if len(real) == 1 else None
        self.takes_batch = self.single is not None and bool(computed) and self.is_batched(self.single)

    def is_batched(self, node):
        if node.op_type == "Flatten":
            return attribute(node, "axis", 1) == 1 and self.inputs[0].ndim > 1
        return node.op_type in BATCHED or node.op_type == "Gemm"

    # Pieces

    def name(self):
        self.count += 1
        return f"wrapped_{self.count}"

    def constant(self, values, kind=np.int64):
        name = self.name()
        self.initialisers.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def node(self, op, inputs, output=None, **attributes):
        output = output or self.name()
        self.nodes.append(helper.make_node(op, inputs, [output], name=f"{op}_{output}", **attributes))
        return output

    def unsqueeze(self, value, axes, output=None):
        if not axes:
            return value
        if self.opset >= 13:
            return self.node("Unsqueeze", [value, self.constant(axes)], output)
        return self.node("Unsqueeze", [value], output, axes=list(axes))

    def sum(self, value):
        """Over axis 1."""
        if self.opset >= 13:
            return self.node("ReduceSum", [value, self.constant([1])], keepdims=0)
        return self.node("ReduceSum", [value], axes=[1], keepdims=0)

    def squeeze(self, value, axis, output):
        if self.opset >= 13:
            return self.node("Squeeze", [value, self.constant([axis])], output)
        return self.node("Squeeze", [value], output, axes=[axis])

    def rank(self, name):
        return self.values[name].ndim

    def raised(self, value, rank):
        """A mapped value with axes of size 1 behind the batch until it has as many as `rank` without it."""
        return self.unsqueeze(value, list(range(1, rank - self.rank(value) + 1)))

    def map_of(self, name):
        """A constant as a value that every image has."""
        if name in self.mapped:
            return name
        own = self.values[name]
        zero = self.node("Reshape", [self.zero, self.constant([0] + [1] * max(own.ndim, 1))])
        result = self.node("Add", [self.unsqueeze(name, [0]), zero])
        self.values[result] = own
        self.mapped.add(result)
        return result

    # The image

    def build(self):
        """Puts the inputs together; the images, N × 3 × rows × columns: as many as the test's batch is long."""
        arrays = [(self.graph.input[i].name, np.asarray(self.inputs[i])) for i in range(len(self.inputs))]
        carried = [arrays[i] for i in self.computed]
        if self.takes_batch and self.single:
            carried = self.rows_carried(arrays, carried)
        batch = carried[0][1].shape[0] if self.takes_batch else 1
        parts = [(name, own if self.takes_batch else own[None]) for name, own in carried]
        if any(own.size == 0 for _, own in parts):
            raise Untranslatable("empty input")
        if any(own.shape[0] != batch for _, own in parts):
            raise Untranslatable("inputs of several batches")
        planes, scales = [], []
        for _, own in parts:
            exact = own.astype(np.float32)
            if own.dtype.kind in "iu" and not (exact.astype(np.float64) == own.astype(np.float64)).all():
                raise Untranslatable("whole numbers that no Float32 has")
            rows = [bytes_and_scales(row) for row in exact]
            planes.append([row[0] for row in rows])
            scales.append([row[1] for row in rows])
        if parts:
            images = [np.concatenate([part[i] for part in planes], axis=1) for i in range(batch)]
            scales = [np.concatenate([part[i] for part in scales]) for i in range(batch)]
        else:
            images, scales = [np.array([[1], [2], [3]], np.uint8)], [np.ones(1, np.float32)]
        size, sections = images[0].shape[1], len(images)
        images, scales = side_by_side(images, scales)
        columns = next(c for c in range(min(images.shape[2], 4096), 0, -1) if images.shape[2] % c == 0)
        images = images.reshape(len(images), 3, -1, columns)
        self.image = images.shape[1:]
        weights = self.constant(np.array([1, 256, 65536]).reshape(1, 3, 1, 1), np.float32)
        summed = self.sum(self.node("Mul", [IMAGE, weights]))
        flat = self.node("Reshape", [summed, self.constant([0, sections * size])])
        scaled = self.node("Mul", [flat, self.constant(scales, np.float32)])
        if sections > 1:
            scaled = self.sum(self.node("Reshape", [scaled, self.constant([0, sections, size])]))
        first = self.cut(flat, 0, 1) if sections * size > 1 else flat
        self.zero = self.node("Mul", [first, self.constant(0, np.float32)])
        self.values[self.zero] = np.zeros(1)
        place = 0
        for name, own in parts:
            length = int(np.prod(own.shape[1:]))
            part = self.cut(scaled, place, place + length) if length != size else scaled
            place += length
            kind = helper.np_dtype_to_tensor_dtype(own.dtype)
            shaped = name if kind == TensorProto.FLOAT else self.name()
            self.node("Reshape", [part, self.constant([0] + list(own.shape[1:]))], shaped)
            if shaped != name:
                self.node("Cast", [shaped], name, to=kind)
            self.mapped.add(name)
        for name, own in arrays:
            if name not in self.mapped:
                self.initialisers.append(numpy_helper.from_array(own, name))
        self.initialisers += list(self.graph.initializer)
        return images

    def rows_carried(self, arrays, carried):
        """What the batch of a node that takes one is in: of Gemm the rows of A, and C's where it has rows of its own."""
        if self.single.op_type == "Attention":
            mask = self.inputs[3] if len(self.inputs) > 3 and len(self.single.input) > 3 and self.single.input[3] else None
            if mask is not None and mask.ndim == 4 and mask.shape[0] > 1:
                raise Untranslatable("mask of each sample")
        if self.single.op_type != "Gemm":
            return carried
        name, a = carried[0]
        if attribute(self.single, "transA", 0):
            a = a.T
        result = [(name, np.ascontiguousarray(a))]
        if len(arrays) > 2 and arrays[2][1].ndim == 2 and arrays[2][1].shape[0] > 1:
            result.append(arrays[2])
        return result

    def cut(self, value, start, end):
        if self.opset >= 10:
            return self.node("Slice", [value, self.constant([start]), self.constant([end]), self.constant([1])])
        return self.node("Slice", [value], starts=[start], ends=[end], axes=[1])

    # The nodes

    def translate(self):
        for node in self.graph.node:
            if node.op_type == "CastLike" and self.single is None:
                kind = helper.np_dtype_to_tensor_dtype(self.values[node.output[0]].dtype)
                node = helper.make_node("Cast", [node.input[0]], [node.output[0]], node.name, to=kind)
            computed = [name for name in node.input if name in self.mapped]
            if node.op_type in ("If", "Loop", "Scan", "SequenceMap") or not computed:
                self.nodes.append(node)
                continue
            if node.domain not in ("", "ai.onnx") or node.op_type not in KNOWN:
                self.nodes.append(node)  # The engine says that it has none.
                self.mapped.update(node.output)
                self.foreign = node.op_type
                continue
            new = onnx.NodeProto()
            new.CopyFrom(node)
            if self.takes_batch:
                self.with_batch(new)
            else:
                self.shifted(new)
            if node.op_type != "Shape":
                self.mapped.update(name for name in node.output if name)

    foreign = None

    def with_batch(self, node):
        op = node.op_type
        if op == "Gemm" and attribute(node, "transA", 0):
            node.input[0] = self.node("Transpose", [node.input[0]], perm=[1, 0])
        if op == "Resize" and len(node.input) > 3 and node.input[3] and attribute(node, "axes", None) is None:
            shape = self.node("Shape", [node.input[0]])
            first = self.node("Slice", [shape, self.constant([0]), self.constant([1])])
            rest = self.constant(self.values[node.input[3]][1:])
            node.input[3] = self.node("Concat", [first, rest], axis=0)
        if op == "Resize" and 0 in (attribute(node, "axes", None) or []):
            raise Untranslatable("resized batch")
        self.nodes.append(node)

    # The output

    def model_of(self, position):
        """A network whose output is the test's of this position, N × size."""
        name = self.graph.output[position].name
        want = self.outputs[position]
        nodes, initialisers = list(self.nodes), list(self.initialisers)
        count = self.count
        value = self.node("Cast", [name], to=TensorProto.FLOAT)
        if name in self.mapped:
            size = want.size // (want.shape[0] if self.takes_batch else 1)
            self.node("Reshape", [value, self.constant([0, size])], RESULT)
        else:
            size = want.size
            whole = self.node("Reshape", [value, self.constant([1, size])])
            self.node("Add", [whole, self.zero], RESULT)
        graph = helper.make_graph(
            self.nodes, self.graph.name,
            [helper.make_tensor_value_info(IMAGE, TensorProto.FLOAT, ["N", *self.image])],
            [helper.make_tensor_value_info(RESULT, TensorProto.FLOAT, ["N", size])], self.initialisers)
        model = helper.make_model(graph, opset_imports=list(self.model.opset_import), functions=list(self.model.functions))
        model.ir_version = max(self.model.ir_version, 8)
        self.nodes, self.initialisers, self.count = nodes, initialisers, count
        return model
