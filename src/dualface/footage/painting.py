"""Pixel loops of the footage maker: paint a cut-out person on a canvas, add grain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dualface.pixels.jit import kernel
from dualface.pixels.signature import ArrayOf, Ints
from dualface.types import F32Array, F64Array, U8Array

_U8_3 = ArrayOf("uint8", 3)
_F32_3 = ArrayOf("float32", 3)
_F64_1 = ArrayOf("float64", 1)
_WINDOW = Ints(4)
_I8_2 = ArrayOf("int8", 2)


@kernel((_U8_3, _U8_3, _F32_3, _F64_1, _WINDOW, float, float))
def paint(
    canvas: U8Array,
    cutout: U8Array,
    warp: F32Array,
    inverse: F64Array,
    window: tuple[int, int, int, int],
    gain: float,
    pivot: float,
) -> None:
    """Blends a cut-out into ``canvas`` at a place, size and angle given to fractions of a pixel.

    ``canvas``: uint8, (c, H, W), changed in place.  ``cutout``: uint8, (c + 1, h, w), the last channel is alpha.
    ``warp``: float32, (2, gh, gw): how far beside itself each part of the cut-out is read, in shares of its width and
    height.  ``inverse``: six numbers ``a…f``; canvas pixel ``(x, y)`` reads the cut-out at ``(ax + by + c, dx + ey + f)``,
    in shares of its size.  ``window``: left, top, right, bottom of the canvas part to paint.  Samples are multiplied by
    ``gain`` around ``pivot``.
    """
    channels, height, width = cutout.shape
    _, rows, columns = warp.shape
    left, top, right, bottom = window
    for y in range(top, bottom):
        for x in range(left, right):
            u = inverse[0] * (x + 0.5) + inverse[1] * (y + 0.5) + inverse[2]
            v = inverse[3] * (x + 0.5) + inverse[4] * (y + 0.5) + inverse[5]
            if u < 0.0 or v < 0.0 or u >= 1.0 or v >= 1.0:
                continue
            gx, gy = u * (columns - 1), v * (rows - 1)
            i, j = int(gx), int(gy)
            p, q = gx - i, gy - j
            w00, w01, w10, w11 = (1 - p) * (1 - q), p * (1 - q), (1 - p) * q, p * q
            du = warp[0, j, i] * w00 + warp[0, j, i + 1] * w01 + warp[0, j + 1, i] * w10 + warp[0, j + 1, i + 1] * w11
            dv = warp[1, j, i] * w00 + warp[1, j, i + 1] * w01 + warp[1, j + 1, i] * w10 + warp[1, j + 1, i + 1] * w11
            sx = min(max((u + du) * width - 0.5, 0.0), width - 1.001)
            sy = min(max((v + dv) * height - 0.5, 0.0), height - 1.001)
            i, j = int(sx), int(sy)
            p, q = sx - i, sy - j
            w00, w01, w10, w11 = (1 - p) * (1 - q), p * (1 - q), (1 - p) * q, p * q
            a = cutout[channels - 1]
            alpha = (a[j, i] * w00 + a[j, i + 1] * w01 + a[j + 1, i] * w10 + a[j + 1, i + 1] * w11) / 255.0
            if alpha <= 0.0:
                continue
            for k in range(channels - 1):
                s = cutout[k]
                value = s[j, i] * w00 + s[j, i + 1] * w01 + s[j + 1, i] * w10 + s[j + 1, i + 1] * w11
                value = (value - pivot) * gain + pivot
                mixed = canvas[k, y, x] * (1.0 - alpha) + value * alpha
                canvas[k, y, x] = np.uint8(min(max(mixed + 0.5, 0.0), 255.0))


@kernel((_U8_3, _I8_2, int, int))
def add_grain(luma: U8Array, grain: NDArray[np.int8], row: int, column: int) -> None:
    """Adds ``grain``, read from ``(row, column)`` on, to ``luma``: uint8, (1, H, W), changed in place.

    ``grain``: int8, at least ``(row + H, column + W)``.
    """
    _, height, width = luma.shape
    for y in range(height):
        for x in range(width):
            value = np.int64(luma[0, y, x]) + grain[y + row, x + column]
            luma[0, y, x] = np.uint8(min(max(value, 0), 255))
