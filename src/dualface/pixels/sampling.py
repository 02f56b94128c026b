"""Whole planes reduced for machines to look at: four samples an axis and pixel, at a small part of an exact average's cost."""

from __future__ import annotations

import numpy as np

from dualface.pixels.jit import kernel
from dualface.pixels.planes import Grid
from dualface.pixels.signature import PLANE, ArrayOf
from dualface.types import F32Array, U8Array, U16Array, U32Array

TAPS = 4

CENTRED, SITED_LEFT = 0, 2
"""How many eighths of a sample a column's centre lies left of the middle: luma; chroma, which sits on even luma columns."""


@kernel()
def _taps(count: int, size: int, siting: int, index: U32Array, weight: U16Array) -> None:
    """Fills the ``TAPS`` source samples of each of ``count`` outputs, and their weights in 128ths.

    Reducing: the centres of four equal parts of the output's cell.  Enlarging: the two neighbours, linearly.  Positions
    are counted in parts of ``1 / (8 * count)`` of a source sample, so that they are whole numbers.
    """
    unit = 8 * count
    for i in range(count):
        at = (8 * i + 4) * size + (siting - 4) * count
        first = at // unit
        share = ((at - first * unit) * 128 + unit // 2) // unit
        for k in range(TAPS):
            nearest = ((8 * i + 2 * k + 1) * size + siting * count) // unit if size > count else first + min(k, 1)
            index[i, k] = min(max(nearest, 0), size - 1)
            weight[i, k] = 128 // TAPS if size > count else (128 - share, share, 0, 0)[k]


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


@kernel((PLANE, Grid, int, ArrayOf("float32", 2)))
def sample(data: U8Array, source: Grid, siting: int, out: F32Array) -> None:
    """Stretches a component to ``out``: float32, (h, w), 0…255.  ``siting``: ``CENTRED`` or ``SITED_LEFT``."""
    rows, columns = out.shape
    x_index, x_weight = np.empty((columns, TAPS), np.uint32), np.empty((columns, TAPS), np.uint16)
    y_index, y_weight = np.empty((rows, TAPS), np.uint32), np.empty((rows, TAPS), np.uint16)
    _taps(columns, source.width, siting, x_index, x_weight)
    _taps(rows, source.height, CENTRED, y_index, y_weight)
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
