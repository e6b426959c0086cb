"""The light models of ONNX's backend tests: with the outputs stored beside them, and with random weights."""
import pathlib
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.runner import Runner
from onnx.reference import ReferenceEvaluator

from .batches import IMAGE, RESULT, Wrapper
from .engine import Failed, Refused, compare, predict, same


def opened(model):
    """The same network of any batch, and how many shapes were opened."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for value in list(model.graph.output) + [v for v in model.graph.input if v.name not in constants]:
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    del model.graph.value_info[:]
    produced = {name for node in model.graph.node if node.op_type != "ConstantOfShape" for name in node.output}
    names = {value.name for value in model.graph.input if value.name not in constants}
    count = 0
    for node in model.graph.node:
        if node.op_type != "Reshape" or node.input[0] not in produced | names:
            continue
        shape = numpy_helper.to_array(constants[node.input[1]]).copy()
        if shape[0] == 1:
            shape[0] = 0
            constants[node.input[1]].CopyFrom(numpy_helper.from_array(shape, node.input[1]))
            count += 1
    return count


def with_random_weights(model):
    """The same network with weights that differ: the stored ones are constants, and so is every output."""
    random = np.random.default_rng(20)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    spread = {name for node in model.graph.node if node.op_type == "BatchNormalization"
              for name in (node.input[1], node.input[4])}
    spread |= {node.input[1] for node in model.graph.node if node.op_type == "Mul"}
    kept, shapes = [], {}
    for node in model.graph.node:
        if node.op_type in ("Reshape", "Unsqueeze") and node.input[0] in shapes and node.output[0] in spread:
            spread.add(node.input[0])
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape":
            kept.append(node)
            continue
        shape, name = [int(n) for n in constants[node.input[0]]], node.output[0]
        if name in spread or any(name in other.input and other.output[0] in spread for other in model.graph.node):
            values = random.uniform(0.5, 1.5, shape)
        else:
            values = random.standard_normal(shape, np.float32) * np.sqrt(2 / max(1, np.prod(shape[1:])))
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
    if kept[-1].op_type == "Softmax":  # It says nothing where it saturates.
        model.graph.output[0].name = kept.pop().input[0]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model


def model_test(test, emit):
    path = pathlib.Path(onnx.__file__).parents[1] / test.url
    model = onnx.load(path)
    want = numpy_helper.to_array(onnx.load_tensor(f"{str(path).removesuffix('.onnx')}_output_0.pb"))
    names = {tensor.name for tensor in model.graph.initializer}
    given = next(value for value in model.graph.input if value.name not in names)
    name, x = given.name, Runner.generate_dummy_data(given)
    run_model(test, emit, "stored", model, given, x, want)
    model = with_random_weights(onnx.load(path))
    x = np.random.default_rng(21).standard_normal(x.shape, np.float32)
    try:
        import onnxruntime
        onnxruntime.set_default_logger_severity(3)
        want, = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {name: x})
    except ImportError:
        want, = ReferenceEvaluator(model).run(None, {name: x})
    given = next(value for value in model.graph.input if value.name == name)
    run_model(test, emit, "random", model, given, x, want)


def run_model(test, emit, form, model, given, x, want):
    count = opened(model)
    # The floats of the test are put together of bytes in front of the model.
    holder = onnx.helper.make_model(
        onnx.helper.make_graph([], test.name, [given], []), opset_imports=list(model.opset_import))
    wrapper = Wrapper(holder, [x], [want], [0], {given.name: x})
    wrapper.takes_batch = True
    images = wrapper.build()
    node = onnx.helper.make_node("Reshape", [model.graph.output[0].name, wrapper.constant([0, -1])], [RESULT])
    model.graph.output[0].CopyFrom(
        onnx.helper.make_tensor_value_info(RESULT, onnx.TensorProto.FLOAT, ["N", want.size]))
    given.CopyFrom(onnx.helper.make_tensor_value_info(IMAGE, onnx.TensorProto.FLOAT, ["N", *wrapper.image]))
    nodes = wrapper.nodes + list(model.graph.node) + [node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(wrapper.initialisers)
    try:
        with tempfile.TemporaryDirectory() as folder:
            got = predict(model, np.concatenate([images, images[..., ::-1], images]), folder)
        atol = test.atol if form == "stored" else 1e-5 * float(np.abs(want).max())
        difference = compare(got[:1], want, test.rtol, atol)
        if not same(got[0], got[2]):
            raise Failed("another row where another image is beside it")
        emit(test.name, test.model_name, form, 0, "passed", difference,
             f"{count} shapes opened; outputs from {want.min():.3g} to {want.max():.3g}")
    except Refused as reason:
        emit(test.name, test.model_name, form, 0, "refused", reason=reason)
    except Failed as reason:
        emit(test.name, test.model_name, form, 0, "failed", reason=reason)
