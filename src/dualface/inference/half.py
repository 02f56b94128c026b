"""Models in half precision, as strongly typed networks need them: the types stand in the model itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from dualface.errors import ModelError

_KEPT_INPUTS = {"Resize": (1, 2), "Upsample": (1,), "Range": (0, 1, 2)}
"""Inputs that stay float32 by ONNX' definition: regions and scales."""


def to_half(source: Path) -> bytes:
    """The ONNX model with float16 weights and activations between float32 inputs and outputs, serialised.

    Constants too large for float16 become infinite.  Raises :class:`~dualface.errors.ModelError` if ``source`` can't be read.
    """
    import onnx

    try:
        model = onnx.load(source)
    except Exception as error:  # protobuf's own, and the file system's
        raise ModelError(f"{source} is not a readable ONNX model: get it again.", file=source) from error
    graph = model.graph
    kept = {name for node in graph.node for name in _kept(node)}
    for tensor in graph.initializer:
        if tensor.name not in kept:
            _convert(tensor)
    for node in graph.node:
        _convert_attributes(node, kept)
    _cast_ends(graph)
    del graph.value_info[:]
    return model.SerializeToString(deterministic=True)  # type: ignore[no-any-return, unused-ignore]


def _kept(node: Any) -> Iterable[str]:
    return [node.input[n] for n in _KEPT_INPUTS.get(node.op_type, ()) if n < len(node.input)]


def _convert(tensor: Any) -> None:
    from onnx import TensorProto, numpy_helper

    if tensor.data_type == TensorProto.FLOAT:
        with np.errstate(over="ignore"):
            values = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def _convert_attributes(node: Any, kept: set[str]) -> None:
    """Constants inside nodes, and casts to float32."""
    from onnx import TensorProto

    for attribute in node.attribute:
        if attribute.name == "value" and not kept.intersection(node.output):
            _convert(attribute.t)
        elif node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
            attribute.i = TensorProto.FLOAT16


def _cast_ends(graph: Any) -> None:
    """Puts casts behind the inputs and before the outputs, which keep their names and types."""
    from onnx import TensorProto, helper

    weights = {tensor.name for tensor in graph.initializer}
    inside: dict[str, str] = {}
    casts = []
    for value in graph.input:
        if value.name not in weights and value.type.tensor_type.elem_type == TensorProto.FLOAT:
            inside[value.name] = f"{value.name}_half"
            casts.append(helper.make_node("Cast", [value.name], [inside[value.name]], to=TensorProto.FLOAT16))
    ends = {value.name: f"{value.name}_half" for value in graph.output if value.type.tensor_type.elem_type == TensorProto.FLOAT}
    for node in graph.node:
        node.input[:] = [inside.get(name, ends.get(name, name)) for name in node.input]
        node.output[:] = [ends.get(name, name) for name in node.output]
    nodes = [*casts, *graph.node]
    nodes += [helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT) for name, half in ends.items()]
    del graph.node[:]
    graph.node.extend(nodes)
