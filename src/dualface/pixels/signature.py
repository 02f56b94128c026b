"""What the pixel loops take, said without Numba, and how it is handed to machine code that Numba has made.

Numba's functions take plain numbers only: an array is a pointer with its sizes, a tuple its elements, one after the other.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """A C-contiguous array of ``ndim`` axes; one to read only may be ``readonly``."""

    dtype: str
    ndim: int
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class Ints:
    """A tuple of ``count`` whole numbers; a class of named tuples of whole numbers stands for itself."""

    count: int


Kind = ArrayOf | Ints | type
"""Of an argument: an array, whole numbers, or ``int`` (64 bits), ``float`` (64 bits) or ``bool``."""
Signature = tuple[Kind, ...]

PLANE = ArrayOf("uint8", 1, readonly=True)
"""A plane to read, as :class:`~dualface.pixels.planes.Component` holds it."""
DEEP_PLANE = ArrayOf("uint16", 1, readonly=True)
"""The same, of 16-bit samples."""

_NUMBERS: dict[type, Any] = {int: ctypes.c_int64, float: ctypes.c_double, bool: ctypes.c_uint8}


def c_types(signature: Signature) -> list[Any]:
    """The types of all numbers that the arguments become."""
    found: list[Any] = []
    for kind in signature:
        if isinstance(kind, ArrayOf):  # owner, parent, number of items, bytes of one, where; shape, strides
            sizes = [ctypes.c_int64] * (2 * kind.ndim)
            found += [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, *sizes]
        else:
            found += [ctypes.c_int64] * length if (length := _length(kind)) is not None else [_NUMBERS[_plain(kind)]]
    return found


def flattened(signature: Signature, arguments: Sequence[Any]) -> list[Any]:
    """The arguments as such numbers.  Raises :class:`TypeError` for what the signature does not take."""
    if len(arguments) != len(signature):
        raise TypeError(f"{len(signature)} arguments are taken, not {len(arguments)}")
    numbers: list[Any] = []
    for kind, value in zip(signature, arguments, strict=True):
        if isinstance(kind, ArrayOf):
            _check(kind, value)
            numbers += [None, None, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides]
        elif (length := _length(kind)) is not None:
            if len(value) != length:
                raise TypeError(f"{length} whole numbers are taken, not {value!r}")
            numbers += map(index, value)
        else:
            numbers.append(_plain(kind)(value))
    return numbers


@cache
def _dtype(name: str) -> np.dtype[Any]:
    return np.dtype(name)


def _check(kind: ArrayOf, value: NDArray[Any]) -> None:
    fits = isinstance(value, np.ndarray) and value.dtype == _dtype(kind.dtype) and value.ndim == kind.ndim
    if not fits or not value.flags.c_contiguous or not (kind.readonly or value.flags.writeable):
        what = f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)
        raise TypeError(f"{kind} is taken, not {what}")


def _length(kind: Kind) -> int | None:
    """How many whole numbers a tuple has; ``None`` for what is none."""
    if isinstance(kind, Ints):
        return kind.count
    fields: tuple[str, ...] | None = getattr(kind, "_fields", None)
    return None if fields is None else len(fields)


def _plain(kind: Kind) -> type:
    assert isinstance(kind, type)
    return kind


def numba_type(kind: Kind) -> Any:
    """What Numba calls it."""
    from numba import typeof, types

    if isinstance(kind, ArrayOf):
        return types.Array(getattr(types, kind.dtype), kind.ndim, "C", readonly=kind.readonly)
    length = _length(kind)
    if length is None:
        return {int: types.int64, float: types.float64, bool: types.boolean}[_plain(kind)]
    numbers = (0,) * length
    value = numbers if isinstance(kind, Ints) else _plain(kind)(*numbers)
    return typeof(value)  # type: ignore[no-untyped-call, unused-ignore]
