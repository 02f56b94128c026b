"""dlib's face recognition network as ONNX.

A residual network of 29 convolutions that describes an aligned face by 128 numbers (King, "High Quality Face Recognition with
Deep Metric Learning", 2017; He et al., "Deep Residual Learning for Image Recognition", 2016).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from dualface.errors import ModelError
from dualface.models.dlib_file import AddPrevious, Affine, Convolution, FullyConnected, Layer, Pool, Relu, read_layers
from dualface.types import F32Array

_SIZE = 150
_MEAN = (122.782, 117.001, 104.298)
_RANGE = 256.0
_OPSET = 17
_IR_VERSION = 8

Kind = TypeVar("Kind", bound=Layer)


def convert(source: Path, destination: Path) -> None:
    """Writes dlib's ``.dat`` file as ONNX.

    Input ``picture``: float32, (batch, 3, 150, 150), R, G, B, 0…255; it is normalised inside.  Output ``embedding``: float32,
    (batch, 128), as dlib gives it, *not* L2-normalised.  Affine layers are folded into the convolutions before them.
    Raises :class:`~dualface.errors.ModelError` if ``source`` is not this very network.
    """
    import onnx

    try:
        model = _Network(read_layers(source)).model()
    except _ArchitectureError as error:
        raise ModelError(
            f"{source} is not dlib's face recognition network ({error}): get the file again.", file=source
        ) from error
    onnx.checker.check_model(model, full_check=True)
    destination.write_bytes(model.SerializeToString(deterministic=True))


class _ArchitectureError(Exception):
    pass


class _Network:
    """Builds the graph, layer by layer, keeping account of the newest value's name and shape."""

    def __init__(self, layers: list[Layer]) -> None:
        self._layers: Iterator[Layer] = iter(layers)
        self._ahead: Layer | None = next(self._layers, None)
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._value, self._channels, self._size = "picture", 3, _SIZE

    def model(self) -> Any:
        from onnx import TensorProto, helper

        self._normalise()
        self._convolve()
        self._relu()
        self._pool(self._take(Pool))
        while not isinstance(self._ahead, Pool):
            self._block()
        self._embed()
        picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["batch", 3, _SIZE, _SIZE])
        result = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", self._channels])
        graph = helper.make_graph(self._nodes, "dlib_face_recognition_resnet", [picture], [result], self._constants)
        opset = helper.make_opsetid("", _OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION, producer_name="dualface")

    def _take(self, kind: type[Kind]) -> Kind:
        layer, self._ahead = self._ahead, next(self._layers, None)
        if not isinstance(layer, kind):
            raise _ArchitectureError(f"there is a {type(layer).__name__} where a {kind.__name__} belongs")
        return layer

    def _constant(self, values: Any) -> str:
        from onnx import numpy_helper

        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        name = f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], name, **attributes))
        self._value = name
        return name

    def _normalise(self) -> None:
        mean = self._constant(np.array(_MEAN, np.float32).reshape(1, 3, 1, 1))
        self._add("Sub", self._value, mean)
        self._add("Mul", self._value, self._constant(np.float32(1 / _RANGE)))

    def _convolve(self) -> None:
        """A convolution and the affine layer after it, in one."""
        layer, affine = self._take(Convolution), self._take(Affine)
        filters, channels, window, _ = layer.weights.shape
        if channels != self._channels or affine.gamma.size != filters:
            raise _ArchitectureError(f"a convolution from {channels} channels follows {self._channels}")
        gamma = affine.gamma.astype(np.float64)
        weights: F32Array = (layer.weights * gamma[:, None, None, None]).astype(np.float32)
        bias: F32Array = (layer.bias * gamma + affine.beta).astype(np.float32)
        self._add(
            "Conv",
            self._value,
            self._constant(weights),
            self._constant(bias),
            kernel_shape=[window, window],
            strides=[layer.stride] * 2,
            pads=[layer.padding] * 4,
        )
        self._channels, self._size = filters, (self._size + 2 * layer.padding - window) // layer.stride + 1

    def _relu(self) -> None:
        self._take(Relu)
        self._add("Relu", self._value)

    def _pool(self, pool: Pool) -> None:
        operator = "MaxPool" if pool.maximum else "AveragePool"
        self._add(operator, self._value, kernel_shape=[pool.window] * 2, strides=[pool.stride] * 2)
        self._size = (self._size - pool.window) // pool.stride + 1

    def _block(self) -> None:
        """Two convolutions, and the block's input (pooled if the block reduces) added to their result."""
        start = self._value, self._channels, self._size
        self._convolve()
        self._relu()
        self._convolve()
        end = self._value, self._channels, self._size
        self._value, self._channels, self._size = start
        if isinstance(self._ahead, Pool):
            self._pool(self._take(Pool))
        start = self._value, self._channels, self._size
        self._take(AddPrevious)
        channels, size = max(start[1], end[1]), max(start[2], end[2])
        self._add("Add", *(self._filled_up(*operand, channels, size) for operand in (end, start)))
        self._channels, self._size = channels, size
        self._relu()

    def _filled_up(self, value: str, channels: int, size: int, to_channels: int, to_size: int) -> str:
        """The value with zeros after its last channel, row and column, as many as the sum needs."""
        missing = [0, to_channels - channels, to_size - size, to_size - size]
        if not any(missing):
            return value
        return self._add("Pad", value, self._constant(np.array([0, 0, 0, 0, *missing], np.int64)))

    def _embed(self) -> None:
        pool, layer = self._take(Pool), self._take(FullyConnected)
        if pool.maximum or pool.window or layer.weights.shape[0] != self._channels or self._ahead is not None:
            raise _ArchitectureError("it does not end in an average and one matrix")
        self._add("GlobalAveragePool", self._value)
        self._add("Flatten", self._value)
        self._channels = layer.weights.shape[1]
        from onnx import helper

        weights = self._constant(layer.weights)
        self._nodes.append(helper.make_node("MatMul", [self._value, weights], ["embedding"], "embedding"))
