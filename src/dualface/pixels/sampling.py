"""Whole planes reduced for machines to look at: four samples an axis and pixel, at a small part of an exact average's cost."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from dualface.pixels.jit import GRID, PLANE, kernel
from dualface.pixels.planes import Grid
from dualface.types import F32Array, U8Array

U16Array = NDArray[np.uint16]
U32Array = NDArray[np.uint32]

TAPS = 4

CHROMA_SHIFT = 0.25
"""Chroma columns are sited on even luma columns, so luma position ``x`` (from the left edge) lies at ``x / 2 + 0.25``."""


@kernel()
def _taps(count: int, size: int, shift: float, index: U32Array, weight: U16Array) -> None:
    """Fills the ``TAPS`` source samples of each of ``count`` outputs, and their weights in 128ths.

    Reducing: the centres of four equal parts of the output's cell.  Enlarging: the two neighbours, linearly.
    """
    scale = size / count
    for i in range(count):
        at = (i + 0.5) * scale + shift - 0.5
        first = int(np.floor(at))
        share = int((at - first) * 128 + 0.5)
        for k in range(TAPS):
            nearest = int(np.floor((i + (k + 0.5) / TAPS) * scale + shift)) if scale > 1 else first + min(k, 1)
            index[i, k] = min(max(nearest, 0), size - 1)
            weight[i, k] = 128 // TAPS if scale > 1 else (128 - share, share, 0, 0)[k]


@kernel()
def _mean(line: U16Array, index: U32Array, out: F32Array) -> None:
    for x in range(out.shape[0]):
        low = np.uint32(line[index[x, 0]]) + np.uint32(line[index[x, 1]])
        total = low + np.uint32(line[index[x, 2]]) + np.uint32(line[index[x, 3]])
        out[x] = np.float32(np.int32(total)) * np.float32(1 / (128 * TAPS))


@kernel()
def _between(line: U16Array, index: U32Array, weight: U16Array, out: F32Array) -> None:
    for x in range(out.shape[0]):
        total = np.uint32(line[index[x, 0]]) * weight[x, 0] + np.uint32(line[index[x, 1]]) * weight[x, 1]
        out[x] = np.float32(np.int32(total)) * np.float32(1 / (128 * 128))


@kernel(types.void(PLANE, GRID, types.float64, types.Array(types.float32, 2, "C")))
def sample(data: U8Array, source: Grid, shift: float, out: F32Array) -> None:
    """Stretches a component to ``out``: float32, (h, w), 0…255.  ``shift`` moves the columns read, in its samples."""
    rows, columns = out.shape
    x_index, x_weight = np.empty((columns, TAPS), np.uint32), np.empty((columns, TAPS), np.uint16)
    y_index, y_weight = np.empty((rows, TAPS), np.uint32), np.empty((rows, TAPS), np.uint16)
    _taps(columns, source.width, shift, x_index, x_weight)
    _taps(rows, source.height, 0.0, y_index, y_weight)
    x_index *= np.uint32(source.step)
    length = (source.width - 1) * source.step + 1
    line = np.empty(length, np.uint16)
    for y in range(rows):
        at = source.offset + y_index[y].astype(np.int64) * source.pitch
        a, b = data[at[0] : at[0] + length], data[at[1] : at[1] + length]
        c, d = data[at[2] : at[2] + length], data[at[3] : at[3] + length]
        wa, wb, wc, wd = y_weight[y, 0], y_weight[y, 1], y_weight[y, 2], y_weight[y, 3]
        for x in range(length):
            line[x] = np.uint16(a[x] * wa + b[x] * wb + c[x] * wc + d[x] * wd)
        if source.width > columns:
            _mean(line, x_index, out[y])
        else:
            _between(line, x_index, x_weight, out[y])
