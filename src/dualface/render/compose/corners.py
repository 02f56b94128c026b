"""Rounded corners: how much of each pixel lies inside, and where the corners of a tile are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from dualface.types import Placement, Rect, U8Array


class CornerMask(NamedTuple):
    """The four corners of a tile, pushed together: uint8, 0 (outside) to 255 (inside).

    ``full``: shape (side, side), ``half``: (side / 2, side / 2), for chroma.  ``side`` is a multiple of four.
    """

    side: int
    full: U8Array
    half: U8Array


def corner_of(placement: Placement) -> int:
    """The radius of a placement's corners in pixels, as far as its place has room for it."""
    return min(placement.corner, min(placement.at.w, placement.at.h) // 4 * 2)


def rounded(width: int, height: int, radius: float) -> U8Array:
    """How much of each pixel lies in a rectangle with rounded corners: uint8, shape (height, width), 255: all of it."""
    x, y = (np.abs(np.arange(length) + 0.5 - length / 2) - (length / 2 - radius) for length in (width, height))
    inside = np.minimum(np.maximum(x[None, :], y[:, None]), 0)
    beyond = np.hypot(np.maximum(x, 0)[None, :], np.maximum(y, 0)[:, None]) + inside - radius
    alpha: U8Array = np.rint(255 * np.clip(0.5 - beyond, 0, 1)).astype(np.uint8)
    return alpha


@lru_cache(maxsize=32)
def corner_mask(radius: int) -> CornerMask:
    """The corners of any tile with this radius, in pixels."""
    side = 2 * (radius + radius % 2)
    full = rounded(side, side, radius)
    half = (full.reshape(side // 2, 2, side // 2, 2).sum((1, 3), dtype=np.uint16) + 2 >> 2).astype(np.uint8)
    return CornerMask(side, full, half)


def corners(at: Rect, side: int, half: int) -> Iterator[tuple[Any, Any]]:
    """For each corner the part of a plane where it lies, and its part of the mask; ``half`` is 1 for chroma, else 0."""
    each = side // 2
    for top in (0, 1):
        for left in (0, 1):
            x, y = at.x + left * (at.w - each), at.y + top * (at.h - each)
            where = np.s_[y >> half : y + each >> half, x >> half : x + each >> half]
            yield where, np.s_[top * each >> half : (top + 1) * each >> half, left * each >> half : (left + 1) * each >> half]
