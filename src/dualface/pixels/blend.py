"""Laying colours over a picture through a mask."""

from __future__ import annotations

import numpy as np

from dualface.pixels.jit import kernel
from dualface.pixels.planes import Grid
from dualface.pixels.signature import ArrayOf
from dualface.types import U8Array, U16Array

_ALPHA = ArrayOf("uint8", 2, readonly=True)


@kernel(*[(ArrayOf(kind, 1), Grid, _ALPHA, ArrayOf(kind, 2, readonly=True)) for kind in ("uint8", "uint16")])
def blend(out: U8Array | U16Array, target: Grid, alpha: U8Array, values: U8Array | U16Array) -> None:
    """Mixes ``values`` into the samples of ``target`` (``step`` 1), by ``alpha`` 255ths.

    ``alpha``: uint8, (height, width); ``values``: the same shape, of the samples' type.
    """
    for y in range(target.height):
        begin = target.offset + y * target.pitch
        row, shares, over = out[begin : begin + target.width], alpha[y], values[y]
        for x in range(target.width):
            share = np.int32(shares[x])
            mixed = np.int32(row[x]) * (np.int32(255) - share) + np.int32(over[x]) * share
            row[x] = (mixed + np.int32(127)) // np.int32(255)
