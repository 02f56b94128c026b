"""Whole planes reduced for machines to look at: four samples an axis and pixel, at a small part of an exact average's cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dualface.pixels.jit import PICTURE, kernel
from dualface.types import F32Array, U8Array

TAPS = 4

CHROMA_SHIFT = 0.25
"""Chroma columns are sited on even luma columns, so luma position ``x`` (from the left edge) lies at ``x / 2 + 0.25``."""


@kernel()
def _taps(count: int, size: int, shift: float, index: NDArray[np.uint32], weight: NDArray[np.unsignedinteger]) -> None:
    """Fills the ``TAPS`` source samples of each of ``count`` outputs, and their weights of 128ths.

    Reducing: the centres of four equal parts of the output's cell.  Enlarging: the two neighbours, linearly.
    """
    scale = size / count
    for i in range(count):
        if scale > 1:
            for k in range(TAPS):
                nearest = int(np.floor((i + (k + 0.5) / TAPS) * scale + shift))
                index[i, k] = min(max(nearest, 0), size - 1)
                weight[i, k] = 128 // TAPS
        else:
            at = (i + 0.5) * scale + shift - 0.5
            first = int(np.floor(at))
            share = int((at - first) * 128 + 0.5)
            for k in range(TAPS):
                index[i, k] = min(max(first + min(k, 1), 0), size - 1)
                weight[i, k] = 0
            weight[i, 0], weight[i, 1] = 128 - share, share


@kernel(f"void({PICTURE}, int64, int64, int64, int64, int64, float64, Array(float32, 2, 'C'))")
def sample(data: U8Array, pitch: int, step: int, offset: int, width: int, height: int, shift: float, out: F32Array) -> None:
    """Stretches a component (see :class:`dualface.pixels.planes.Component`) to ``out``: float32, (h, w), 0…255.

    ``shift`` moves the columns read, in samples of the component.
    """
    rows, columns = out.shape
    x_index, x_weight = np.empty((columns, TAPS), np.uint32), np.empty((columns, TAPS), np.uint32)
    y_index, y_weight = np.empty((rows, TAPS), np.uint32), np.empty((rows, TAPS), np.uint16)
    _taps(columns, width, shift, x_index, x_weight)
    _taps(rows, height, 0.0, y_index, y_weight)
    for x in range(columns):
        for k in range(TAPS):
            x_index[x, k] = x_index[x, k] * np.uint32(step) + np.uint32(offset)
    length = (width - 1) * step + offset + 1
    line = np.empty(length, np.uint16)
    for y in range(rows):
        at = y_index[y].astype(np.int64) * pitch
        a, b = data[at[0] : at[0] + length], data[at[1] : at[1] + length]
        c, d = data[at[2] : at[2] + length], data[at[3] : at[3] + length]
        wa, wb, wc, wd = y_weight[y, 0], y_weight[y, 1], y_weight[y, 2], y_weight[y, 3]
        for x in range(length):
            line[x] = np.uint16(a[x] * wa + b[x] * wb + c[x] * wc + d[x] * wd)
        target = out[y]
        for x in range(columns):
            total = np.uint32(0)
            for k in range(TAPS):
                total += np.uint32(line[x_index[x, k]]) * x_weight[x, k]
            target[x] = np.float32(total) * np.float32(1 / 16384)
