"""Which operators of ONNX become networks over a batch, and how each one's axes are counted."""
from onnx import helper

UNARY = set("""Relu Sigmoid Tanh Gelu HardSwish HardSigmoid LeakyRelu Elu Selu Celu Softplus Softsign Mish Swish Exp Log Sqrt
Reciprocal Neg Abs Erf Floor Ceil Round Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Not IsNaN Identity
Dropout Cast IsInf Trilu Clip Shrink ThresholdedRelu""".split())
BROADCAST = set("""Add Sub Mul Div Pow Mod Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor Where Sum Max Min Mean
PRelu""".split())
REDUCTIONS = set("""ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL2 ReduceL1 ReduceSumSquare ReduceLogSum
ReduceLogSumExp""".split())
AXIS = {"Softmax": -1, "LogSoftmax": -1, "Concat": None, "Split": 0, "Gather": 0, "LpNormalization": -1,
        "LayerNormalization": -1, "RMSNormalization": -1}
BATCHED = set("""Conv ConvTranspose MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool BatchNormalization InstanceNormalization
GroupNormalization LRN DepthToSpace SpaceToDepth Resize Upsample Attention""".split())
OTHERS = set("""Reshape Flatten Transpose Squeeze Unsqueeze Expand Tile Shape Slice Pad MatMul Gemm Einsum GatherND
ScatterND CumSum""".split())
KNOWN = UNARY | BROADCAST | REDUCTIONS | set(AXIS) | BATCHED | OTHERS
# Whose inputs may all be computed of the image.
SYMMETRIC = BROADCAST | {"MatMul", "Einsum", "Concat"}


class Untranslatable(Exception):
    pass


def attribute(node, name, standard):
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), standard)


def assign(node, name, value):
    kept = [a for a in node.attribute if a.name != name]
    del node.attribute[:]
    node.attribute.extend(kept + [helper.make_attribute(name, value)])


def moved(axes):
    """Axes behind a batch; those that are counted from the back stay."""
    return [axis + 1 if axis >= 0 else axis for axis in axes]
