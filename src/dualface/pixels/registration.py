"""What changed in a small picture, once a movement of the whole of it is taken away."""

from __future__ import annotations

import numpy as np

from dualface.pixels.jit import kernel
from dualface.pixels.signature import ArrayOf, Ints
from dualface.types import F32Array, F64Array

Part = tuple[int, int, int, int]
"""Of a picture: its first row, the row after its last, its first column, the column after its last."""

_SMALL = ArrayOf("float32", 2)
_UNKNOWNS = 6
_RIDGE = 1e-3


@kernel()
def _fill(before: F32Array, now: F32Array, y: int, x: int, row: F64Array) -> float:
    """Fills ``row`` with how a pixel changes by each unknown: shift right, down, growth, turn, gain, offset.

    Returns how it has changed.
    """
    gx = (before[y, x + 1] - before[y, x - 1] + now[y, x + 1] - now[y, x - 1]) * 0.25
    gy = (before[y + 1, x] - before[y - 1, x] + now[y + 1, x] - now[y - 1, x]) * 0.25
    u, v = 2.0 * x / before.shape[1] - 1.0, 2.0 * y / before.shape[0] - 1.0
    row[0], row[1], row[2], row[3] = gx, gy, gx * u + gy * v, gy * u - gx * v
    row[4], row[5] = (before[y, x] + now[y, x]) * 0.5 - 128.0, 8.0
    change: float = now[y, x] - before[y, x]
    return change


@kernel()
def _solve(a: F64Array, b: F64Array) -> None:
    """Puts the solution of ``a @ x = b`` in ``b``; ``a`` is symmetric, positive definite, and is lost (Cholesky)."""
    n = b.shape[0]
    for i in range(n):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            a[i, j] = np.sqrt(max(total, 1e-12)) if i == j else total / a[j, j]
    for i in range(n):
        for k in range(i):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            b[i] -= a[k, i] * b[k]
        b[i] /= a[i, i]


@kernel((_SMALL, _SMALL, Ints(4), _SMALL))
def unexplained_change(before: F32Array, now: F32Array, rigid: Part, out: F32Array) -> None:
    """Fills ``out`` with what changed from ``before`` to ``now``, but for a movement that ``rigid``, a part of them, shows.

    All are float32, shape (h, w); the outermost pixels of ``out`` are 0, and ``rigid`` must not touch them.  The movement is a
    small shift, growth and turn, with a change of light: the least squares solution of the linearised brightness constancy
    (Lucas and Kanade, "An iterative image registration technique", 1981), one step, which suffices for pictures that lie
    nearly over each other.
    """
    a, b = np.zeros((_UNKNOWNS, _UNKNOWNS)), np.zeros(_UNKNOWNS)
    row = np.empty(_UNKNOWNS)
    top, bottom, left, right = rigid
    for y in range(top, bottom):
        for x in range(left, right):
            change = _fill(before, now, y, x, row)
            for i in range(_UNKNOWNS):
                b[i] += row[i] * change
                for j in range(i + 1):
                    a[i, j] += row[i] * row[j]
    for i in range(_UNKNOWNS):
        a[i, i] += _RIDGE
    _solve(a, b)
    out[:] = 0
    for y in range(1, out.shape[0] - 1):
        for x in range(1, out.shape[1] - 1):
            change = _fill(before, now, y, x, row)
            for i in range(_UNKNOWNS):
                change -= row[i] * b[i]
            out[y, x] = np.float32(change)
