"""What is done once to a published ONNX file so that every inference library takes it at any size."""

from __future__ import annotations

from pathlib import Path

from dualface.errors import ModelError

_FIXES_BATCH = frozenset({"Reshape", "Flatten"})


def free_input_size(source: Path, destination: Path) -> None:
    """Writes a fully convolutional NCHW model whose height and width (and batch, where nothing reshapes it) are symbolic.

    Initialisers are taken off the list of inputs as well: old exports put them there, which keeps optimisers from folding
    them.  Raises :class:`~dualface.errors.ModelError` if ``source`` is no ONNX model with one picture as its input.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load(source)
    except (DecodeError, OSError) as error:
        raise ModelError(f"{source} is not a readable ONNX model: get it again.", file=source) from error
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    if len(inputs) != 1 or len(inputs[0].type.tensor_type.shape.dim) != 4:
        raise ModelError(f"{source} is not a model with one picture as its input: choose another one.", file=source)
    del graph.input[:]
    graph.input.extend(inputs)
    del graph.value_info[:]
    batch, _, height, width = graph.input[0].type.tensor_type.shape.dim
    height.dim_param, width.dim_param = "height", "width"
    if not any(node.op_type in _FIXES_BATCH for node in graph.node):
        batch.dim_param = "batch"
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    destination.write_bytes(model.SerializeToString(deterministic=True))
