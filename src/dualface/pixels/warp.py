"""A turned and scaled part of a frame, straight from the decoder's planes: what faces are recognised and lips are read by."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dualface.pixels.color import rgb_coefficients
from dualface.pixels.jit import kernel
from dualface.pixels.planes import CHROMA_SHIFT, Grid, components
from dualface.pixels.signature import PLANE, ArrayOf
from dualface.pixels.tensor import yuv_to_rgb
from dualface.types import F32Array, F64Array, Frame, I32Array, U8Array

SHIFT = 16
ONE = 1 << SHIFT
_COARSE = 3.0
"""Pixels of the frame from sample to sample where a picture is only compared with its like."""


@kernel()
def _locate(source: Grid, matrix: F64Array, v: float, aside: float, places: I32Array, across: F64Array, down: F64Array) -> None:
    """Where a row of samples lies: the number of the first of the four around each, and its distances from that.

    The component's edges are continued outside.
    """
    right, bottom = source.width - 1.0, source.height - 1.0
    last_x, last_y = max(right - 1.0, 0.0), max(bottom - 1.0, 0.0)
    pitch, step = float(source.pitch), float(source.step)
    for column in range(places.shape[0]):
        u = np.float64(np.int32(column)) + aside - 0.5
        x = matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2]
        y = matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2]
        x, y = min(max(x, 0.0), right), min(max(y, 0.0), bottom)
        left, top = min(np.floor(x), last_x), min(np.floor(y), last_y)
        across[column], down[column] = x - left, y - top
        places[column] = np.int32(top * pitch + left * step)


@kernel()
def _pick(data: U8Array, source: Grid, places: I32Array, four: U8Array) -> None:
    """The four samples around each place: look-ups in a loop of their own, as in :mod:`~dualface.pixels.resample`."""
    offset = np.uint64(source.offset)  # without a sign: no index from the end
    right = np.uint64(source.step if source.width > 1 else 0)
    low = np.uint64(source.pitch if source.height > 1 else 0)
    a, b, c, d = four[0], four[1], four[2], four[3]
    for column in range(places.shape[0]):
        at = offset + np.uint64(places[column])
        a[column], b[column], c[column], d[column] = data[at], data[at + right], data[at + low], data[at + low + right]


@kernel()
def _add(four: U8Array, across: F64Array, down: F64Array, total: F64Array) -> None:
    """Adds what is between the four of each."""
    a, b, c, d = four[0], four[1], four[2], four[3]
    for column in range(total.shape[0]):
        fx, fy = across[column], down[column]
        above = np.float64(np.int32(a[column])) * (1 - fx) + np.float64(np.int32(b[column])) * fx
        below = np.float64(np.int32(c[column])) * (1 - fx) + np.float64(np.int32(d[column])) * fx
        total[column] += above * (1 - fy) + below * fy


@kernel((PLANE, Grid, ArrayOf("float64", 2), int, ArrayOf("float32", 2)))
def _warp_component(data: U8Array, source: Grid, matrix: F64Array, taps: int, out: F32Array) -> None:
    """Fills ``out`` (h, w); ``matrix`` (2, 3) takes its pixels' indices to those of the component's samples.

    Each value is the mean of ``taps × taps`` bilinear samples spread evenly over the pixel's cell.
    """
    rows, columns = out.shape
    share = np.float32(1 / (taps * taps))
    places, four = np.empty(columns, np.int32), np.empty((4, columns), np.uint8)
    across, down, total = np.empty(columns), np.empty(columns), np.empty(columns)
    for row in range(rows):
        total[:] = 0
        for i in range(taps):
            v = row + (i + 0.5) / taps - 0.5
            for k in range(taps):
                _locate(source, matrix, v, (k + 0.5) / taps, places, across, down)
                _pick(data, source, places, four)
                _add(four, across, down, total)
        line = out[row]
        for column in range(columns):
            line[column] = np.float32(total[column]) * share


@kernel()
def _between(data: U8Array, above: Any, below: Any, x: int, y: int) -> int:
    """The value between four samples, ``x`` and ``y`` from the first, all of it times 2³²."""
    one = np.uint64(1)
    a, b = int(data[above]), int(data[below])
    upper = (a << SHIFT) + (int(data[above + one]) - a) * x
    lower = (b << SHIFT) + (int(data[below + one]) - b) * x
    return (upper << SHIFT) + (lower - upper) * y


@kernel((PLANE, Grid, ArrayOf("float64", 2), int, ArrayOf("float32", 2)))
def _warp_luma(data: U8Array, source: Grid, matrix: F64Array, taps: int, out: F32Array) -> None:
    """The same for samples that lie side by side, in whole numbers of 2⁻¹⁶: three times as fast, and right to a hundredth."""
    rows, columns = out.shape
    share = np.float32(1 / (taps * taps * ONE * ONE))
    first = 0.5 / taps - 0.5
    x_right, x_down = int(matrix[0, 0] / taps * ONE), int(matrix[0, 1] / taps * ONE)
    y_right, y_down = int(matrix[1, 0] / taps * ONE), int(matrix[1, 1] / taps * ONE)
    x_first = int((matrix[0, 0] * first + matrix[0, 1] * first + matrix[0, 2]) * ONE)
    y_first = int((matrix[1, 0] * first + matrix[1, 1] * first + matrix[1, 2]) * ONE)
    x_most, y_most = (source.width - 1) * ONE - 1, (source.height - 1) * ONE - 1
    offset, pitch = np.uint64(source.offset), np.uint64(source.pitch)
    for row in range(rows):
        for column in range(columns):
            total = 0
            for i in range(taps):
                x_at = x_first + x_right * (column * taps) + x_down * (row * taps + i)
                y_at = y_first + y_right * (column * taps) + y_down * (row * taps + i)
                for _ in range(taps):
                    x, y = min(max(x_at, 0), x_most), min(max(y_at, 0), y_most)
                    a = offset + np.uint64(y >> SHIFT) * pitch + np.uint64(x >> SHIFT)
                    total += _between(data, a, a + pitch, x & (ONE - 1), y & (ONE - 1))
                    x_at, y_at = x_at + x_right, y_at + y_right
            out[row, column] = np.float32(total) * share


def warp_to_rgb(frame: Frame, matrix: F64Array, out: F32Array) -> None:
    """Fills ``out`` with the part of ``frame`` (CPU) that ``matrix`` points to.

    ``out``: float32, C-contiguous, shape (3, h, w), R, G, B 0…255, not rounded.  ``matrix``: float64, shape (2, 3); it takes
    ``(x, y, 1)`` of ``out``, counted from its top-left pixel's *centre*, to pixels of the frame, counted from its top-left
    *corner*.  Up to twofold reduction is bilinear, beyond it averages as many such samples as the reduction needs.  What lies
    outside the frame continues its edge.  Raises :class:`ValueError` when the samples of a row don't lie side by side.
    """
    taps = _taps(matrix)
    for component, scale, shift, plane in zip(
        components(frame), (1.0, 0.5, 0.5), (0.0, CHROMA_SHIFT, CHROMA_SHIFT), out, strict=True
    ):
        own = matrix * scale
        own[:, 2] += (shift - 0.5, -0.5)
        _warp_component(*component, own, taps, plane)
    yuv_to_rgb(out, rgb_coefficients(frame.color, frame.height), False)


def warp_to_luma(frame: Frame, matrix: F64Array, out: F32Array) -> None:
    """As :func:`warp_to_rgb`, but only the luma, as it is in the frame, and in a hurry.

    ``out``: float32, C-contiguous, shape (h, w), 0…255.  The frame has two rows and two columns at least.
    """
    own = matrix.copy()
    own[:, 2] -= 0.5
    _warp_luma(*components(frame)[0], own, _taps(matrix, _COARSE), out)


def _taps(matrix: F64Array, pitch: float = 2.0) -> int:
    """Samples an axis and pixel that a reduction needs to have one every ``pitch`` pixels of the frame."""
    (a, b, _), (c, d, _) = matrix.tolist()
    reduction = math.sqrt(abs(a * d - b * c))
    return max(math.ceil(reduction / pitch), 1)
