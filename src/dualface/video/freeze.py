"""The state of an analysis as bytes and back, without what it only borrows: frames, models, functions.

Pickle writes it, so that no stage needs code for this; reading admits only plain data of this package's own stages, or of
the plugins in use, and numbers for numpy, so that a forged file can't make anything run.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Collection, Mapping
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dualface.types import Frame

AnyArray = NDArray[Any]
_MODULES = frozenset(
    {
        "dualface.video.analysis",
        "dualface.video.recorded",
        "dualface.types",
        "dualface.film_clock",
        "dualface.likeness",
        "dualface.render.compose.error_policy",
        "dualface.pixels.thumbnail",
        "dualface.video.counts",
        "dualface.video.absences",
        "dualface.video.enlargement",
        "dualface.video.talking",
        "dualface.video.watched",
        "dualface.video.results",
        "dualface.video.work_folder",
    }
)
_PACKAGES = ("dualface.observe.", "dualface.direct.")
_OTHERS = frozenset(
    {
        ("builtins", "set"),
        ("builtins", "frozenset"),
        ("collections", "deque"),
        ("collections", "Counter"),
        ("collections", "OrderedDict"),
        ("fractions", "Fraction"),
    }
)
_KINDS = [np.dtype(kind) for kind in "?bBhHiIqQlLefd"]
_NUMBERS = {kind.str: kind for kind in _KINDS}
"""What arrays may hold.  Numpy's own way of reading would take bytes for pointers to objects."""


def freeze(state: object, lent: Mapping[str, Any] | None = None) -> bytes:
    """``state`` as bytes.  Frames in it are noted by their index, the objects ``lent`` to it by their names there.

    Raises :class:`pickle.PicklingError` or :class:`TypeError` for something that can't be written.
    """
    names = {id(value): name for name, value in (lent or {}).items()}
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    table: dict[type, Callable[[Any], Any]] = {Frame: lambda frame: (_frame, (frame.index,)), np.ndarray: _reduced}
    table |= {kind.type: lambda one: (_number, (one.dtype.str, one.tobytes())) for kind in _KINDS}
    for value in (lent or {}).values():
        if not isinstance(value, FunctionType):  # functions are written by their names anyway
            table[type(value)] = lambda one: (_lent, (names[id(one)],))
    pickler.dispatch_table = table
    pickler.dump(state)
    return buffer.getvalue()


def thaw(
    data: bytes,
    frames: Mapping[int, Frame] | None = None,
    lent: Mapping[str, Any] | None = None,
    plugins: Collection[str] = (),
) -> Any:
    """What :func:`freeze` wrote, with ``frames`` by index and ``lent`` by name put in again.

    ``plugins``: top-level modules whose classes are admitted too.  Raises :class:`pickle.UnpicklingError` for anything that
    :func:`freeze` would not have written.
    """
    try:
        return _Unpickler(data, frames or {}, lent or {}, plugins).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # damaged or foreign bytes fail in all manner of ways
        raise pickle.UnpicklingError(f"{type(error).__name__}: {error}") from error


class _Unpickler(pickle.Unpickler):
    def __init__(
        self, data: bytes, frames: Mapping[int, Frame], lent: Mapping[str, Any], plugins: Collection[str] = ()
    ) -> None:
        super().__init__(io.BytesIO(data))
        self._plugins = frozenset(plugins)
        self._own: dict[tuple[str, str], Any] = {
            (__name__, _frame.__name__): lambda index: frames[index],
            (__name__, _lent.__name__): lambda name: lent[name],
            (__name__, _array.__name__): _array,
            (__name__, _number.__name__): _number,
        }
        functions = (value for value in lent.values() if isinstance(value, FunctionType))
        self._own |= {(function.__module__, function.__qualname__): function for function in functions}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in self._own:
            return self._own[module, name]
        if (module, name) in _OTHERS:
            return super().find_class(module, name)
        admitted = module in _MODULES or module.startswith(_PACKAGES) or module.partition(".")[0] in self._plugins
        if admitted and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} has no business here")


def _frame(index: int) -> Frame:
    raise pickle.UnpicklingError(f"frame {index} is read by thaw() only")


def _reduced(array: AnyArray) -> tuple[Callable[..., AnyArray], tuple[str, tuple[int, ...], bytes]]:
    if array.dtype.str not in _NUMBERS:
        raise pickle.PicklingError(f"an array of {array.dtype} can't be written")
    return _array, (array.dtype.str, array.shape, array.tobytes())


def _array(numbers: str, shape: tuple[int, ...], data: bytes) -> AnyArray:
    return np.frombuffer(data, _NUMBERS[numbers]).reshape(shape).copy()


def _number(numbers: str, data: bytes) -> Any:
    return np.frombuffer(data, _NUMBERS[numbers])[0]


def _lent(name: str) -> Any:
    raise pickle.UnpicklingError(f"{name} is read by thaw() only")
