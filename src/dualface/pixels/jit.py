"""Compiling pixel loops with Numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit, typeof, types

from dualface.pixels.planes import Grid

Function = TypeVar("Function", bound=Callable[..., Any])

PLANE = types.Array(types.uint8, 1, "C", readonly=True)
"""Numba's type of a plane to read, as :class:`~dualface.pixels.planes.Component` holds it."""


DEEP_PLANE = types.Array(types.uint16, 1, "C", readonly=True)
"""The same, of 16-bit samples."""


def type_of(value: Any) -> Any:
    """Numba's type of a value, for signatures."""
    return typeof(value)  # type: ignore[no-untyped-call, unused-ignore]


GRID = type_of(Grid(0, 0, 0, 0, 0))
"""Numba's type of :class:`~dualface.pixels.planes.Grid`."""


def kernel(signature: Any = None) -> Callable[[Function], Function]:
    """Compiles a loop that runs without the GIL; the machine code is kept on disk where there is a place for it.

    With a ``signature`` it is compiled, or loaded, when its module is imported, and for these types only: read-only
    and writable planes, padded or not, share one version, and nothing is compiled in the middle of a video.  Without
    one it is a helper of the kernels in its own file, and part of them (Numba looks at no other file's age).
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}

    def decorate(function: Function) -> Function:
        if signature is None:
            return cast(Function, njit(**options)(function))
        try:
            return cast(Function, njit(signature, cache=True, **options)(function))
        except (RuntimeError, OSError):  # no folder that Numba could keep it in, or no space there
            return cast(Function, njit(signature, **options)(function))

    return decorate
