"""A network's graph seen at work: its shapes, and the steps that its scores depend on."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from autograder.errors import ModelError
from autograder.networks.description import Description, Kind, Step
from autograder.networks.made_up import made_up
from autograder.networks.runtime.onnx_file import SCORES
from autograder.networks.runtime.session import Session
from autograder.networks.runtime.wiring import Constants, Wire, wires_between
from autograder.observables import InputSignature

Array = NDArray[Any]
Takes = Sequence[InputSignature]

# The share of the difference between two images' scores below which a step counts as without
# effect. Branches of honestly trained networks are orders of magnitude above it.
_NO_EFFECT = 1e-4
# Below this share of numbers dropped, dropout does nothing that could be noticed.
_LEAST_DROPPED = 0.005
_MOST_PROBED = 1_000
_WEIGHTS = {onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16}
# The types that ONNX Runtime's Where takes on a processor; that of conditions is none of them.
_EXCHANGEABLE = {np.dtype(name) for name in ("f4", "f8", "i4", "i8", "u1")}


def describe(model: onnx.ModelProto, takes: Takes) -> Description:
    """What the model computes of two made-up inputs, and of two others, dropout switched off.

    Steps that give the same for all of them, such as a product with zero, are left out. Raises
    ModelError where the model does not run.
    """
    given = [one.name for one in takes]
    plain = without_dropout(model)
    here, there = _values(plain, takes)
    still = {name for name, value in here.items() if _same(value, there[name])}
    # A network that has collapsed gives the same for all images: then its wiring must do.
    wires = wires_between(model.graph, given, frozenset(set() if SCORES in still else still))
    constants = Constants(model.graph)
    numbers = {name: number for number, name in enumerate(given)}
    # Dropout's mask, which is not computed here, is an output without a shape.
    for name in [*here, *(name for wire in wires for name in wire.outputs), SCORES]:
        numbers.setdefault(name, len(numbers))
    matters = _effects(plain, wires, here, there, takes)
    steps = [
        _step(position, wire, numbers, matters[position], constants, here)
        for position, wire in enumerate(wires)
    ]
    scores = here.get(SCORES, np.empty((0,)))
    return Description(
        steps=tuple(steps),
        shapes=(
            *(one.shape for one in takes),
            *(_shape_of(here.get(name)) for name in list(numbers)[len(given) :]),
        ),
        inputs=len(given),
        scores=numbers[SCORES],
        parameters=_parameters(model.graph),
        has_bad_weights=_has_bad_weights(model.graph),
        vectors=frozenset(_vectors(wires, constants)),
        probed=_rows(scores),
    )


def without_dropout(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its dropout switched off."""
    plain = onnx.ModelProto()
    plain.CopyFrom(model)
    for node in plain.graph.node:
        if node.op_type == "Dropout":
            node.op_type = "Identity"
            del node.input[1:], node.output[1:], node.attribute[:]
    return plain


def _values(plain: onnx.ModelProto, takes: Takes) -> tuple[dict[str, Array], dict[str, Array]]:
    """Every tensor on the way to the scores, for two made-up inputs and for two others."""
    wires = wires_between(plain.graph, {one.name for one in takes})
    names = sorted({name for wire in wires for name in wire.outputs})
    if not names:
        return {}, {}
    probe = onnx.ModelProto()
    probe.CopyFrom(plain)
    del probe.graph.output[:]
    probe.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = Session(probe.SerializeToString(), exact=True)
    here, there = (
        dict(zip(names, session.run(names, made_up(takes, seed)), strict=True)) for seed in (1, 2)
    )
    for values in (here, there):
        values[SCORES] = values[SCORES].astype(np.float32)
    shapes = [values[SCORES].shape for values in (here, there)]
    if any(not prod(shape) or shape != shapes[0] or not shape for shape in shapes):
        raise ModelError("the network does not give the same number of scores for each example")
    return here, there


def _effects(
    plain: onnx.ModelProto,
    wires: list[Wire],
    here: Mapping[str, Array],
    there: Mapping[str, Array],
    takes: Takes,
) -> list[bool]:
    """For each operator: do an image's scores change when it gets another image's result of it?

    Each result passes a switch, so that one session serves for all of them.
    """
    if not wires:
        return []
    scores = here[SCORES]
    with np.errstate(invalid="ignore"):  # the logarithm of nothing, less the same
        spread = np.abs(scores - there[SCORES]).max()
    if not np.isfinite(spread) or spread == 0:
        return [True for _ in wires]
    results = [wire.outputs[0] for wire in wires]
    switched = [
        name
        for name in dict.fromkeys(results)
        if name != SCORES
        and name in there
        and there[name].dtype in _EXCHANGEABLE
        and here[name].shape == there[name].shape
    ]
    session = Session(_with_switches(plain, switched, there).SerializeToString(), exact=True)
    feed = made_up(takes, 1) | {_other(name): there[name] for name in switched}
    off = {_switch(name): np.array(False) for name in switched}
    effects: dict[str, bool] = {}
    for name in switched:
        changed = session.run([SCORES], feed | off | {_switch(name): np.array(True)})[0]
        change = (
            np.abs(changed.astype(np.float32) - scores).max()
            if changed.shape == scores.shape
            else np.inf
        )
        effects[name] = bool(not change <= _NO_EFFECT * spread)
    return [effects.get(name, True) for name in results]


def _with_switches(
    plain: onnx.ModelProto, names: Iterable[str], values: Mapping[str, Array]
) -> onnx.ModelProto:
    """The model in which each of these tensors is as computed or, switched, as it is given."""
    cut, wanted = onnx.ModelProto(), set(names)
    cut.CopyFrom(plain)
    nodes = list(cut.graph.node)
    del cut.graph.node[:]
    for node in nodes:
        exchanged = wanted.intersection(node.output)
        for position, output in enumerate(node.output):
            if output in exchanged:
                node.output[position] = _computed(output)
        cut.graph.node.append(node)
        for name in exchanged:
            parts = [_switch(name), _other(name), _computed(name)]
            cut.graph.node.append(onnx.helper.make_node("Where", parts, [name]))
    tensor = onnx.helper.make_tensor_value_info
    for name in wanted:
        kind = onnx.helper.np_dtype_to_tensor_dtype(values[name].dtype)
        cut.graph.input.append(tensor(_switch(name), onnx.TensorProto.BOOL, []))
        cut.graph.input.append(tensor(_other(name), kind, [None] * values[name].ndim))
    return cut


def _switch(name: str) -> str:
    return f"{name} exchanged?"


def _other(name: str) -> str:
    return f"{name} of another image"


def _computed(name: str) -> str:
    return f"{name} as computed"


def _step(
    position: int,
    wire: Wire,
    numbers: Mapping[str, int],
    matters: bool,
    constants: Constants,
    here: Mapping[str, Array],
) -> Step:
    settings = {a.name: onnx.helper.get_attribute_value(a) for a in wire.node.attribute}
    return Step(
        position=position,
        op=wire.node.op_type,
        kind=wire.kind,
        inputs=tuple(numbers[name] for name in wire.inputs),
        outputs=tuple(numbers[name] for name in wire.outputs),
        matters=matters,
        kernel_shape=tuple(settings.get("kernel_shape", ())),
        strides=tuple(settings.get("strides", ())),
        pads=tuple(settings.get("pads", ())),
        dilations=tuple(settings.get("dilations", ())),
        groups=settings.get("group", 1),
        axes=_axes(wire, settings, constants, here),
        pads_to_same=settings.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"),
        by_the_batch=bool(settings.get("training_mode")),
        drops=wire.kind is Kind.DROPOUT and _drops(wire, constants),
        learned=wire.kind is Kind.BATCH_NORM and _has_learned(wire, settings, constants),
    )


def _axes(
    wire: Wire, settings: Mapping[str, Any], constants: Constants, here: Mapping[str, Array]
) -> tuple[int, ...]:
    """The axes of a reduction, counted from the first; in later versions of ONNX, an input."""
    axes = settings.get("axes", ())
    if not wire.node.op_type.startswith("Reduce"):
        return ()
    if not axes and len(wire.node.input) > 1:
        given = constants.value(wire.node.input[1])
        axes = () if given is None else given.reshape(-1).tolist()
    rank = here[wire.inputs[0]].ndim if wire.inputs and wire.inputs[0] in here else 4
    return tuple(int(axis) % rank if rank else 0 for axis in axes)


def _drops(wire: Wire, constants: Constants) -> bool:
    if wire.node.op_type != "Dropout":
        return True
    # ONNX's inputs are the data, the share that is dropped and whether it is training.
    if len(wire.others) < 2:
        return False
    ratio, training = (constants.value(name) for name in wire.others[:2])
    return bool(ratio is not None and ratio > _LEAST_DROPPED and training is not None and training)


def _has_learned(wire: Wire, settings: Mapping[str, Any], constants: Constants) -> bool:
    if settings.get("training_mode") or len(wire.others) < 2:
        return False
    # ONNX's inputs end with the running mean and the running variance; PyTorch starts at 0 and 1.
    mean, variance = (constants.value(name) for name in wire.others[-2:])
    if mean is None or variance is None:
        return False
    finite = bool(np.isfinite(mean).all() and np.isfinite(variance).all())
    return finite and not (np.all(mean == 0) and np.all(variance == 1))


def _vectors(wires: Iterable[Wire], constants: Constants) -> Iterable[str]:
    """Digests of the finite vectors that steps use and that are not all one number.

    A step need not use one as it lies there: `mean[None, :, None, None]` is another tensor.
    """
    for name in constants.behind(name for wire in wires for name in wire.others):
        value = constants.value(name)
        if value is None or value.size < 2 or value.dtype != np.float32:
            continue
        if np.isfinite(value).all() and np.ptp(value) > 0:
            yield hashlib.sha256(value.tobytes()).hexdigest()[:32]


def _has_bad_weights(graph: onnx.GraphProto) -> bool:
    weights = (onnx.numpy_helper.to_array(t) for t in graph.initializer)
    return any(np.issubdtype(w.dtype, np.floating) and not np.isfinite(w).all() for w in weights)


def _parameters(graph: onnx.GraphProto) -> int:
    """How many numbers the network has learned: its weights without running statistics."""
    statistics = {
        name
        for node in graph.node
        if node.op_type == "BatchNormalization"
        for name in node.input[3:5]
    }
    return sum(
        prod(tensor.dims)
        for tensor in graph.initializer
        if tensor.data_type in _WEIGHTS and tensor.name not in statistics
    )


def _rows(scores: Array) -> tuple[tuple[float, ...], ...]:
    if scores.ndim != 2 or scores.size > _MOST_PROBED:
        return ()
    return tuple(map(tuple, scores.tolist()))


def _shape_of(value: Array | None) -> tuple[int, ...]:
    return () if value is None else tuple(value.shape[1:])


def _same(one: Array, other: Array) -> bool:
    inexact = np.issubdtype(one.dtype, np.inexact)
    return bool(np.array_equal(one, other, equal_nan=inexact))
