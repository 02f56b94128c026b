"""A line around each tile, drawn over its edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dualface.render.compose.corners import corner_of, rounded
from dualface.render.compose.overlay import Captioning
from dualface.types import Fill, Overlay, Placement, Rect, U8Array


class Borders:
    """What a composer takes as its ``captions``: what ``others`` draw, and a line of ``width`` pixels around a placement.

    ``color``: ``#RRGGBB``.
    """

    def __init__(self, width: int, color: str, others: Captioning) -> None:
        self._width, self._color, self._others = width, color, others
        self._made: dict[tuple[Rect, int], list[Overlay]] = {}

    def __call__(self, placement: Placement) -> Sequence[Overlay]:
        """The overlays of a placement, the same ones for the same person and place."""
        others = self._others(placement)
        if not self._width or placement.fill is Fill.BACKDROP:
            return others
        at, radius = placement.at, corner_of(placement)
        if (at, radius) not in self._made:
            self._made[at, radius] = border(at, radius, self._width, self._color)
        return [*others, *self._made[at, radius]]


def border(at: Rect, radius: int, width: int, color: str) -> list[Overlay]:
    """The line in four pieces, so that the middle of the tile costs nothing: above, below, left and right.

    It ends at the tile's own edge; the composer takes what is outside of rounded corners away.
    """
    ring = np.full((at.h, at.w), 255, np.uint8)
    inner = at.w - 2 * width, at.h - 2 * width
    if min(inner) > 0:
        ring[width:-width, width:-width] -= rounded(*inner, max(radius - width, 0))
    depth = max(radius, width)
    depth += depth % 2
    if 2 * depth >= min(at.w, at.h):
        return [Overlay(at.x, at.y, ring, color)]
    across, down = (np.s_[:depth], np.s_[-depth:]), np.s_[depth:-depth]
    side = width + width % 2
    pieces: list[tuple[int, int, U8Array]] = [
        (0, 0, ring[across[0]]),
        (0, at.h - depth, ring[across[1]]),
        (0, depth, ring[down, :side]),
        (at.w - side, depth, ring[down, -side:]),
    ]
    return [Overlay(at.x + x, at.y + y, np.ascontiguousarray(alpha), color) for x, y, alpha in pieces]
