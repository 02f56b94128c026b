"""Rounded corners: how much of each pixel lies inside, and where the corners of a tile are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from dualface.render.compose.overlay import reduced
from dualface.types import Placement, Rect, U8Array


class CornerMask(NamedTuple):
    """The four corners of a tile, pushed together: uint8, 0 (outside) to 255 (inside).

    ``full``: shape (side, side), ``half``: (side / 2, side / 2), for chroma; of 4:2:2 (side, side / 2).  ``side`` is a multiple
    of four.
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
def corner_mask(radius: int, *, every_row: bool = False) -> CornerMask:
    """The corners of any tile with this radius, in pixels; ``every_row``: for 4:2:2."""
    side = 2 * (radius + radius % 2)
    full = rounded(side, side, radius)
    return CornerMask(side, full, reduced(full, every_row=every_row))


def corners(at: Rect, side: int, across: int, down: int) -> Iterator[tuple[Any, Any]]:
    """For each corner the part of a plane where it lies, and its part of the mask.

    ``across`` and ``down`` are 1 where the plane has half as many columns or rows as the canvas, else 0.
    """
    each = side // 2
    for top in (0, 1):
        for left in (0, 1):
            place = Rect(at.x + left * (at.w - each), at.y + top * (at.h - each), each, each)
            yield part_of(place, across, down), part_of(Rect(left * each, top * each, each, each), across, down)


def part_of(rect: Rect, across: int, down: int) -> Any:
    """Where a rectangle lies in a plane, rows and columns; the others as for :func:`corners`."""
    return np.s_[rect.y >> down : rect.y + rect.h >> down, rect.x >> across : rect.x + rect.w >> across]
