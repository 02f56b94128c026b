"""Reads dlib's face recognition network (``dlib_face_recognition_resnet_model_v1.dat``) layer by layer.

The format is dlib's serialisation of ``loss_metric`` around its layers; see dlib's ``dnn/core.h`` and ``dnn/layers.h``.
Anything unexpected is an error: there is one such file, and a guess about another one would be wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dualface.errors import ModelError
from dualface.types import F32Array

_TENSOR, _ALIAS = 2, 1
"""Versions of the serialised forms of a tensor and of a view into one."""
_LAYERS = 108
_WRAPPERS = 129
_INPUT_MEAN = (122.782, 117.001, 104.298)
_INPUT_SIZE = (150, 150)


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """``weights``: (filters, channels, h, w); ``bias``: (filters,); ``stride`` and ``padding`` alike on both axes."""

    weights: F32Array
    bias: F32Array
    stride: int
    padding: int


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """``gamma * x + beta`` for each channel, both (channels,): a batch normalisation at rest."""

    gamma: F32Array
    beta: F32Array


@dataclass(frozen=True, slots=True)
class Pool:
    """``maximum`` or average over square windows without padding; ``window`` 0 is the whole plane."""

    maximum: bool
    window: int
    stride: int


@dataclass(frozen=True, slots=True, eq=False)
class FullyConnected:
    """``x @ weights``, weights: (inputs, outputs)."""

    weights: F32Array


@dataclass(frozen=True, slots=True)
class Relu:
    pass


@dataclass(frozen=True, slots=True)
class AddPrevious:
    """Adds the block's input; the smaller operand is filled up with zeros at the end of each axis."""


Layer = Convolution | Affine | Pool | FullyConnected | Relu | AddPrevious


def read_layers(source: Path) -> list[Layer]:
    """Every layer, from input to output.

    Raises :class:`~dualface.errors.ModelError` if ``source`` can't be read or is anything else than this network.
    """
    try:
        reader = _Reader(source.read_bytes())
    except OSError as error:
        raise ModelError(f"{source} can't be read ({error.strerror}): check its permissions.", file=source) from error
    try:
        _check_header(reader)
        return list(_layers(reader))
    except _UnexpectedError as error:
        raise ModelError(
            f"{source} is not dlib's face recognition network (at byte {reader.position}: {error}): get the file again.",
            file=source,
        ) from error


class _UnexpectedError(Exception):
    pass


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise _UnexpectedError(f"{what} is {found!r}, not {wanted!r}")


class _Reader:
    """dlib's primitive types, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    @property
    def at_end(self) -> bool:
        return self.position == len(self._data)

    def _take(self, count: int) -> bytes:
        if count > len(self._data) - self.position:
            raise _UnexpectedError("the file ends too early")
        self.position += count
        return self._data[self.position - count : self.position]

    def integer(self) -> int:
        control = self._take(1)[0]
        length = control & 0x0F
        if control & 0x70 or not 1 <= length <= 8:
            raise _UnexpectedError(f"{control:#04x} starts no integer")
        magnitude = int.from_bytes(self._take(length), "little")
        return -magnitude if control & 0x80 else magnitude

    def integers(self, count: int) -> tuple[int, ...]:
        return tuple(self.integer() for _ in range(count))

    def real(self) -> float:
        mantissa, exponent = self.integers(2)
        if abs(exponent) > 1000:
            raise _UnexpectedError(f"{exponent} is no number's exponent")
        return math.ldexp(mantissa, exponent)

    def reals(self, count: int) -> tuple[float, ...]:
        return tuple(self.real() for _ in range(count))

    def boolean(self) -> bool:
        byte = self._take(1)
        if byte not in (b"0", b"1"):
            raise _UnexpectedError(f"{byte!r} is no truth value")
        return byte == b"1"

    def text(self) -> str:
        length = self.integer()
        if not 0 < length <= 64:
            raise _UnexpectedError(f"{length} is no length of a name")
        return self._take(length).decode("ascii", "replace")

    def tensor(self) -> F32Array:
        """Float32, shape (n, k, rows, columns)."""
        _expect("a tensor's version", self.integer(), _TENSOR)
        shape = self.integers(4)
        if min(shape) < 0 or max(shape) > 1 << 24:
            raise _UnexpectedError(f"{shape} is no tensor's shape")
        values = np.frombuffer(self._take(4 * math.prod(shape)), "<f4").reshape(shape).astype(np.float32)
        if not np.isfinite(values).all():
            raise _UnexpectedError("a weight is not a finite number")
        return values

    def alias(self) -> tuple[int, ...]:
        """The shape of a view into a tensor."""
        _expect("a view's version", self.integer(), _ALIAS)
        return self.integers(4)


def _check_header(reader: _Reader) -> None:
    _expect("the version", reader.integer(), 1)
    _expect("the loss", reader.text(), "loss_metric_2")
    _expect("the loss's margin and threshold", tuple(round(v, 4) for v in reader.reals(2)), (0.04, 0.6))
    if not set(reader.integers(_WRAPPERS)) <= {1, 2}:
        raise _UnexpectedError("a wrapper has an unknown version")
    _expect("the input's version", reader.integer(), 3)
    _expect("the input", reader.text(), "input_rgb_image_sized")
    _expect("the input's mean", tuple(round(v, 3) for v in reader.reals(3)), _INPUT_MEAN)
    _expect("the input's size", reader.integers(2), _INPUT_SIZE)


def _layers(reader: _Reader) -> Iterator[Layer]:
    for number in range(_LAYERS):
        layer = _layer(reader)
        for _ in range(3):
            reader.boolean()
        for _ in range(3):
            _expect("a layer's leftover", reader.tensor().size, 0)
        if number == 0:
            _expect("the mark after the first layer", reader.integer(), 1)
        yield layer
    if not reader.at_end:
        raise _UnexpectedError("there is more after the last layer")


def _layer(reader: _Reader) -> Layer:
    name = reader.text()
    match name:
        case "con_4":
            return _convolution(reader)
        case "affine_":
            return _affine(reader)
        case "relu_":
            return Relu()
        case "add_prev_":
            return AddPrevious()
        case "max_pool_2" | "avg_pool_2":
            return _pool(reader, maximum=name == "max_pool_2")
        case "fc_2":
            return _fully_connected(reader)
    raise _UnexpectedError(f"there is no layer called {name!r}")


def _convolution(reader: _Reader) -> Convolution:
    parameters = reader.tensor().ravel()
    filters, rows, columns, stride_y, stride_x, padding_y, padding_x = reader.integers(7)
    shape, bias = reader.alias(), reader.alias()
    reader.reals(4)
    _expect("a convolution's filters", (shape[0], *shape[2:]), (filters, rows, columns))
    _expect("a convolution's bias", bias, (1, filters, 1, 1))
    _expect("a convolution's number of weights", parameters.size, math.prod(shape) + filters)
    _expect("a convolution's steps", (stride_y, padding_y), (stride_x, padding_x))
    if not (filters > 0 and stride_y > 0 and padding_y >= 0):
        raise _UnexpectedError("a convolution has no filters, no step or a negative margin")
    return Convolution(parameters[:-filters].reshape(shape), parameters[-filters:], stride_y, padding_y)


def _affine(reader: _Reader) -> Affine:
    parameters = reader.tensor().ravel()
    views = (reader.alias(), reader.alias())
    _expect("an affine layer's mode", reader.integer(), 0)
    channels = parameters.size // 2
    _expect("an affine layer's views", views, ((1, channels, 1, 1),) * 2)
    return Affine(parameters[:channels], parameters[channels:])


def _pool(reader: _Reader, *, maximum: bool) -> Pool:
    rows, columns, stride_y, stride_x, padding_y, padding_x = reader.integers(6)
    _expect("a pooling layer's shape", (rows, stride_y, padding_y, padding_x), (columns, stride_x, 0, 0))
    return Pool(maximum, rows, stride_y)


def _fully_connected(reader: _Reader) -> FullyConnected:
    outputs, inputs = reader.integers(2)
    parameters = reader.tensor()
    views = (reader.alias(), reader.alias())
    _expect("the last layer's mode", reader.integer(), 1)
    reader.reals(4)
    _expect("the last layer's weights", parameters.shape, (inputs, outputs, 1, 1))
    _expect("the last layer's views", views, (parameters.shape, (0, 0, 0, 0)))
    return FullyConnected(parameters[:, :, 0, 0])
