"""ONNX's node tests, each in several ways: which inputs are computed of the image, and every output alone."""
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from .batches import Wrapper
from .engine import Failed, NotFinite, Refused, compare, predict, same
from .operators import KNOWN, SYMMETRIC, Untranslatable


def values_of(model, inputs, outputs):
    """Every value of the graph by name, computed by ONNX's reference where the test does not say it."""
    values = {value.name: np.asarray(own) for value, own in zip(model.graph.input, inputs)}
    values.update({tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer})
    values.update({value.name: np.asarray(own) for value, own in zip(model.graph.output, outputs)})
    if len(model.graph.node) > 1:
        whole = onnx.ModelProto()
        whole.CopyFrom(model)
        names = [name for node in model.graph.node for name in node.output if name and name not in values]
        whole.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
        results = ReferenceEvaluator(whole).run(None, {value.name: own for value, own in zip(model.graph.input, inputs)})
        for value, own in zip(whole.graph.output, results):
            values.setdefault(value.name, np.asarray(own))
    return values


def forms(model, inputs, operator):
    """Which inputs are computed of the image, by name."""
    numbers = [i for i, own in enumerate(inputs) if own.dtype.kind in "fbiuV"]
    floats = [i for i in numbers if inputs[i].dtype.kind in "fV"]
    if operator not in KNOWN and operator not in ("several", "Constant", "Range", "ConstantOfShape", "Size"):
        return [("computed", [0] if 0 in numbers else [])]
    result = [("constant", [])]
    if operator in ("several",):
        result += [("computed" if i == 0 else f"computed:{i}", [i]) for i in floats]
        if len(floats) > 1:
            result.append(("all", floats))
    elif operator in SYMMETRIC:
        result += [("computed" if i == 0 else f"computed:{i}", [i]) for i in numbers[:2] + numbers[2:][-1:]]
        if len(numbers) > 1:
            result.append(("all", numbers))
    elif operator == "Attention":
        result.append(("all", [0, 1, 2]))
    elif operator == "ScatterND":
        result += [("computed", [0]), ("all", [0, 2])]
    elif 0 in numbers:
        result.append(("computed", [0]))
    return result


def node_test(test, emit):
    inputs, outputs = test.data_sets[0]
    nodes = [node for node in test.model.graph.node if node.op_type != "Constant"]
    operator = nodes[0].op_type if len(nodes) == 1 else "several" if nodes else "Constant"
    if len(nodes) == 1 and nodes[0].domain not in ("", "ai.onnx"):
        operator = f"{nodes[0].domain}.{operator}"
    try:
        tensors = [numpy_helper.to_array(x) if isinstance(x, onnx.TensorProto) else x for x in inputs]
        results = [numpy_helper.to_array(x) if isinstance(x, onnx.TensorProto) else x for x in outputs]
        for own in tensors + results:
            if not isinstance(own, (np.ndarray, np.generic)) or own.dtype.kind not in "fbiuV":
                raise Untranslatable("not tensors of numbers")
        tensors, results = [np.asarray(x) for x in tensors], [np.asarray(x) for x in results]
        values = values_of(test.model, tensors, results)
    except Untranslatable as reason:
        return emit(test.name, operator, "", 0, "left out", reason=reason)
    except Exception as error:
        return emit(test.name, operator, "", 0, "left out", reason=f"ONNX's reference: {str(error).splitlines()[0][:100]}")
    for form, computed in forms(test.model, tensors, operator):
        for position, want in enumerate(results):
            try:
                if want.size == 0:
                    raise Untranslatable("empty output")
                wrapper = Wrapper(test.model, tensors, results, computed, values)
                images = wrapper.build()
                wrapper.translate()
                if wrapper.takes_batch and (want.ndim == 0 or want.shape[0] != len(images)):
                    raise Untranslatable("output without the batch")
                model = wrapper.model_of(position)
                count = len(images)
                if count == 1:
                    further = np.concatenate([images[..., ::-1], images])
                else:
                    further = images[::-1]
                with tempfile.TemporaryDirectory() as folder:
                    try:
                        got = predict(model, np.concatenate([images, further]), folder)
                    except NotFinite:
                        # The other image may be where a function has no value.
                        if not np.isfinite(want.astype(np.float64)).all():
                            raise Untranslatable("logits that are not finite are no logits") from None
                        got = predict(model, np.concatenate([images, images[::-1]]), folder)
                difference = compare(got[:count], want, test.rtol, test.atol)
                if not same(got[:count], got[:-count - 1:-1]):
                    raise Failed("another row where another image is beside it")
                if wrapper.foreign:
                    raise Untranslatable(f"{wrapper.foreign} with a batch")
                emit(test.name, operator, form, position, "passed", difference)
            except Refused as reason:
                emit(test.name, operator, form, position, "refused", reason=reason)
            except Untranslatable as reason:
                emit(test.name, operator, form, position, "left out", reason=reason)
            except Failed as reason:
                emit(test.name, operator, form, position, "failed", reason=reason)
