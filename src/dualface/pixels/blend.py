"""Laying colours over a picture through a mask."""

from __future__ import annotations

import numpy as np
from numba import types

from dualface.pixels.jit import GRID, kernel
from dualface.pixels.planes import Grid
from dualface.types import U8Array

_MASK = types.Array(types.uint8, 2, "C", readonly=True)


@kernel(types.void(types.Array(types.uint8, 1, "C"), GRID, _MASK, _MASK))
def blend(out: U8Array, target: Grid, alpha: U8Array, values: U8Array) -> None:
    """Mixes ``values`` into the samples of ``target`` (``step`` 1), by ``alpha`` 255ths; both are uint8, (height, width)."""
    for y in range(target.height):
        begin = target.offset + y * target.pitch
        row, shares, over = out[begin : begin + target.width], alpha[y], values[y]
        for x in range(target.width):
            share = np.int32(shares[x])
            mixed = np.int32(row[x]) * (np.int32(255) - share) + np.int32(over[x]) * share
            row[x] = np.uint8((mixed + np.int32(127)) // np.int32(255))
