"""What moves in a small picture besides the whole of it."""

from __future__ import annotations

import numpy as np

from dualface.pixels.jit import kernel
from dualface.pixels.signature import ArrayOf, Ints
from dualface.types import F32Array, F64Array

Part = tuple[int, int, int, int]
"""Of a picture: its first row, the row after its last, its first column, the column after its last."""

_SMALL = ArrayOf("float32", 2)
_UNKNOWNS, _SHIFTS = 6, 3
_RIDGE = 1e-3


@kernel()
def _slopes(before: F32Array, now: F32Array, y: int, x: int, row: F64Array) -> None:
    """Puts how brightness rises to the right and down, a pixel, in front in ``row``."""
    row[0] = (before[y, x + 1] - before[y, x - 1] + now[y, x + 1] - now[y, x - 1]) * 0.25
    row[1] = (before[y + 1, x] - before[y - 1, x] + now[y + 1, x] - now[y - 1, x]) * 0.25


@kernel()
def _fill(before: F32Array, now: F32Array, y: int, x: int, row: F64Array) -> float:
    """Fills ``row`` with how a pixel changes by each unknown: shift right, down, growth, turn, gain, offset.

    Returns how it has changed.
    """
    _slopes(before, now, y, x, row)
    gx, gy = row[0], row[1]
    u, v = 2.0 * x / before.shape[1] - 1.0, 2.0 * y / before.shape[0] - 1.0
    row[2], row[3] = gx * u + gy * v, gy * u - gx * v
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


@kernel()
def _explain(before: F32Array, now: F32Array, part: Part, a: F64Array, b: F64Array, row: F64Array) -> None:
    """Puts the movement that ``part`` shows in ``b``."""
    top, bottom, left, right = part
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


@kernel()
def _unexplained(before: F32Array, now: F32Array, part: Part, b: F64Array, row: F64Array, left_over: F32Array) -> None:
    """Fills ``left_over``, of the size of ``part``, with what changes there besides the movement ``b``."""
    top, bottom, left, right = part
    for y in range(top, bottom):
        for x in range(left, right):
            change = _fill(before, now, y, x, row)
            for i in range(_UNKNOWNS):
                change -= row[i] * b[i]
            left_over[y - top, x - left] = np.float32(change)


@kernel()
def _unshifted(before: F32Array, now: F32Array, part: Part, change: F32Array) -> float:
    """The mean square of a change in ``part`` once a shift of its own and a change of light are taken away from it."""
    top, bottom, left, right = part
    a, b, row = np.zeros((_SHIFTS, _SHIFTS)), np.zeros(_SHIFTS), np.empty(_UNKNOWNS)
    row[2] = 1.0
    for y in range(top, bottom):
        for x in range(left, right):
            _slopes(before, now, y, x, row)
            for i in range(_SHIFTS):
                b[i] += row[i] * change[y - top, x - left]
                for j in range(i + 1):
                    a[i, j] += row[i] * row[j]
    for i in range(_SHIFTS):
        a[i, i] += _RIDGE
    _solve(a, b)
    total = 0.0
    for y in range(top, bottom):
        for x in range(left, right):
            _slopes(before, now, y, x, row)
            rest = change[y - top, x - left] - row[0] * b[0] - row[1] * b[1] - b[2]
            total += rest * rest
    mean: float = total / change.size
    return mean


@kernel()
def _structure(before: F32Array, now: F32Array, part: Part, row: F64Array) -> float:
    """The mean square of a part's slopes, of brightness a pixel."""
    top, bottom, left, right = part
    total = 0.0
    for y in range(top, bottom):
        for x in range(left, right):
            _slopes(before, now, y, x, row)
            total += row[0] * row[0] + row[1] * row[1]
    mean: float = total / ((bottom - top) * (right - left))
    return mean


@kernel()
def _deviation(now: F32Array, part: Part) -> float:
    """The standard deviation of a part's pixels."""
    top, bottom, left, right = part
    count, total, squares = (bottom - top) * (right - left), 0.0, 0.0
    for y in range(top, bottom):
        for x in range(left, right):
            total += now[y, x]
            squares += now[y, x] * now[y, x]
    deviation: float = np.sqrt(max(squares / count - (total / count) ** 2, 0.0))
    return deviation


@kernel((_SMALL, _SMALL, Ints(4), Ints(4), Ints(4), ArrayOf("float64", 1)))
def unexplained_motion(before: F32Array, now: F32Array, rigid: Part, still: Part, moving: Part, out: F64Array) -> None:
    """Fills ``out``, shape (5,), with what moved from ``before`` to ``now`` besides the movement that ``rigid`` shows.

    The mean square of it in ``still``; that in ``moving``, from which a shift of its own and a change of light are taken away
    too; the mean square of the slopes in ``still`` and in ``moving``, on which it depends how much of a movement that is not
    quite explained is seen there; the standard deviation of ``now`` in ``moving``.  The pictures are float32, shape (h, w); no
    part may touch their outermost pixels.  The movement is a small shift, growth and turn, with a change of light: the least
    squares solution of the linearised brightness constancy (Lucas and Kanade, "An iterative image registration technique",
    1981), one step, which suffices for pictures that lie nearly over each other.
    """
    a, b, row = np.zeros((_UNKNOWNS, _UNKNOWNS)), np.zeros(_UNKNOWNS), np.empty(_UNKNOWNS)
    _explain(before, now, rigid, a, b, row)
    quiet = np.empty((still[1] - still[0], still[3] - still[2]), np.float32)
    _unexplained(before, now, still, b, row, quiet)
    out[0] = 0.0
    for y in range(quiet.shape[0]):
        for x in range(quiet.shape[1]):
            out[0] += quiet[y, x] * quiet[y, x] / quiet.size
    lively = np.empty((moving[1] - moving[0], moving[3] - moving[2]), np.float32)
    _unexplained(before, now, moving, b, row, lively)
    out[1] = _unshifted(before, now, moving, lively)
    out[2], out[3] = _structure(before, now, still, row), _structure(before, now, moving, row)
    out[4] = _deviation(now, moving)
