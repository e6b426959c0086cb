"""A node with a batch in front of its values: axes, shapes, pads and orders moved by one."""
import string

import numpy as np

from .operators import AXIS, BATCHED, BROADCAST, REDUCTIONS, UNARY, Untranslatable, assign, attribute, moved


class Shifting:
    """Of a Wrapper, which has the values and makes the pieces."""

    def shifted(self, node):
        op = node.op_type
        inputs = list(node.input)
        computed = [name for name in inputs if name in self.mapped]
        if op in UNARY:
            if any(name in self.mapped for name in inputs[1:]):
                raise Untranslatable(f"{op} with computed parameters")
            self.nodes.append(node)
        elif op in BROADCAST:
            rank = max(self.rank(name) for name in inputs)
            for i, name in enumerate(inputs):
                if name in self.mapped:
                    node.input[i] = self.raised(name, rank)
            self.nodes.append(node)
        elif op in REDUCTIONS:
            self.reduction(node)
        elif op in AXIS:
            if op == "Concat":
                for i, name in enumerate(inputs):
                    node.input[i] = self.map_of(name)
            elif inputs[0] not in self.mapped or len(computed) > 1:
                raise Untranslatable(f"{op} with computed parameters")
            standard = AXIS[op] if self.opset >= 13 or op not in ("Softmax", "LogSoftmax") else 1
            axis = attribute(node, "axis", standard)
            assign(node, "axis", axis + 1 if axis >= 0 else axis)
            self.nodes.append(node)
        elif op in BATCHED:
            raise Untranslatable(f"{op} among others")
        else:
            getattr(self, "op_" + op.lower())(node)

    def known(self, name):
        if name in self.mapped:
            raise Untranslatable("computed axes or sizes")
        return self.values[name]

    def list_of(self, node, position, key):
        """Numbers that are an input in new operator sets and an attribute in old ones; nil where neither is there."""
        if len(node.input) > position and node.input[position]:
            return [int(x) for x in self.known(node.input[position]).reshape(-1)]
        return attribute(node, key, None)

    def put(self, node, position, key, numbers):
        if attribute(node, key, None) is not None or len(node.input) <= position and not self.is_input(node.op_type):
            assign(node, key, numbers)
            return
        while len(node.input) <= position:
            node.input.append("")
        node.input[position] = self.constant(numbers)

    def is_input(self, op):
        if op == "Slice":
            return self.opset >= 10
        return self.opset >= (13 if op in ("ReduceSum", "Squeeze", "Unsqueeze") else 18)

    def reduction(self, node):
        rank = self.rank(node.input[0])
        axes = self.list_of(node, 1, "axes")
        if not axes and attribute(node, "noop_with_empty_axes", 0):
            self.nodes.append(node)
            return
        axes = axes or list(range(rank))
        if rank == 0:
            raise Untranslatable("reduction of a number")
        self.put(node, 1, "axes", moved(axes))
        self.nodes.append(node)

    def op_reshape(self, node):
        if node.input[0] not in self.mapped:
            raise Untranslatable("computed shape")
        keeps = -1 if attribute(node, "allowzero", 0) else 0
        if len(node.input) < 2:
            assign(node, "shape", [keeps] + list(attribute(node, "shape", [])))
        else:
            if keeps == -1 and (self.known(node.input[1]) <= 0).any():
                raise Untranslatable("sizes of zero")
            node.input[1] = self.node("Concat", [self.constant([keeps]), node.input[1]], axis=0)
        self.nodes.append(node)

    def op_flatten(self, node):
        rank, axis = self.rank(node.input[0]), attribute(node, "axis", 1)
        assign(node, "axis", axis + 1 if axis >= 0 else axis)
        sizes = self.values[node.output[0]].shape
        output, node.output[0] = node.output[0], self.name()
        if rank + 1 <= attribute(node, "axis", 1):
            raise Untranslatable("flattened to a column")
        self.nodes.append(node)
        self.node("Reshape", [node.output[0], self.constant([-1] + list(sizes))], output)

    def op_transpose(self, node):
        order = attribute(node, "perm", list(reversed(range(self.rank(node.input[0])))))
        assign(node, "perm", [0] + [axis + 1 for axis in order])
        self.nodes.append(node)

    def op_squeeze(self, node):
        sizes = self.values[node.input[0]].shape
        axes = self.list_of(node, 1, "axes")
        if axes is None:
            axes = [axis for axis, size in enumerate(sizes) if size == 1]
        self.put(node, 1, "axes", moved(axes))
        self.nodes.append(node)

    def op_unsqueeze(self, node):
        self.put(node, 1, "axes", moved(self.list_of(node, 1, "axes")))
        self.nodes.append(node)

    def op_expand(self, node):
        node.input[0] = self.raised(node.input[0], self.known(node.input[1]).size)
        node.input[1] = self.node("Concat", [self.constant([1]), node.input[1]], axis=0)
        self.nodes.append(node)

    def op_tile(self, node):
        node.input[1] = self.node("Concat", [self.constant([1]), node.input[1]], axis=0)
        self.nodes.append(node)

    def op_shape(self, node):
        rank = self.rank(node.input[0])
        start, end = attribute(node, "start", 0), attribute(node, "end", rank)
        whole = self.node("Shape", [node.input[0]])
        start = max(0, start + rank) if start < 0 else start
        end = end + rank if end < 0 else end
        bounds = [self.constant([min(start, rank) + 1]), self.constant([max(0, min(end, rank)) + 1])]
        self.node("Slice", [whole, *bounds], node.output[0])

    def op_slice(self, node):
        starts = self.list_of(node, 1, "starts")
        axes = self.list_of(node, 3, "axes") or list(range(len(starts)))
        self.put(node, 3, "axes", moved(axes))
        self.nodes.append(node)

    def op_cumsum(self, node):
        axis = int(self.known(node.input[1]).reshape(()))
        node.input[1] = self.constant(moved([axis])[0])
        self.nodes.append(node)

    def op_pad(self, node):
        pads = self.list_of(node, 1, "pads")
        half = len(pads) // 2
        if len(node.input) > 3 and node.input[3]:
            node.input[3] = self.constant(moved(self.list_of(node, 3, "axes")))
        else:
            pads = [0] + pads[:half] + [0] + pads[half:]
            if self.opset >= 11:
                node.input[1] = self.constant(pads)
            else:
                assign(node, "pads", pads)
        self.nodes.append(node)

    def op_matmul(self, node):
        names, ranks = list(node.input), [self.rank(name) for name in node.input]
        if max(ranks) == 1:
            names[1] = self.map_of(names[1])
        output, drop = node.output[0], []
        for i, name in enumerate(names):
            if name in self.mapped and ranks[i] == 1:
                names[i] = self.unsqueeze(name, [1 if i == 0 else 2])
                ranks[i] = 2
                drop.append(-2 if i == 0 else -1)
                self.values[names[i]] = np.expand_dims(self.values[name], 0 if i == 0 else 1)
                self.mapped.add(names[i])
        for i, name in enumerate(names):
            if name in self.mapped:
                names[i] = self.raised(name, max(ranks))
        value = self.node("MatMul", names, None if drop else output)
        for position, axis in enumerate(drop):
            # The second of two is the last axis of what is left.
            value = self.squeeze(value, axis, output if position == len(drop) - 1 else None)

    def op_gemm(self, node):
        raise Untranslatable("Gemm among others")

    def op_einsum(self, node):
        equation = attribute(node, "equation", b"").decode().replace(" ", "")
        left, arrow, right = equation.partition("->")
        terms = left.split(",")
        if not arrow:
            letters = sorted(c for c in set(left) if c.isalpha() and left.count(c) == 1)
            right = ("..." if "..." in left else "") + "".join(letters)
        new = next(c for c in string.ascii_letters if c not in equation)
        terms = [new + term if name in self.mapped else term for term, name in zip(terms, node.input)]
        assign(node, "equation", ",".join(terms) + "->" + new + right)
        self.nodes.append(node)

    def to_last(self, name):
        rank = self.rank(name)
        return self.node("Transpose", [name], perm=list(range(1, rank + 1)) + [0])

    def points(self, node, data):
        """Points are the first axes: the batch goes behind all of them and comes back."""
        for position in data:
            node.input[position] = self.to_last(self.map_of(node.input[position]))
        rank = self.rank(node.output[0])
        output, node.output[0] = node.output[0], self.name()
        self.nodes.append(node)
        self.node("Transpose", [node.output[0]], output, perm=[rank] + list(range(rank)))

    def op_gathernd(self, node):
        self.points(node, [0])

    def op_scatternd(self, node):
        self.points(node, [0, 2])
