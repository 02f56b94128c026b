"""The room that a virtual camera has: a source of a certain size, and a tile of a certain shape."""

from __future__ import annotations

from dataclasses import dataclass

from dualface.direct.framing.aim import Aim
from dualface.geometry import fit_inside
from dualface.types import Box, Crop


@dataclass(frozen=True, slots=True)
class Room:
    """The part of the source that may be shown, ``bounds`` in its pixels, the tile's ``aspect`` (width over height), and
    ``headroom``, the height of the eyes below the tile's top as a share of the tile.
    """

    bounds: Box
    aspect: float
    headroom: float

    @property
    def largest(self) -> float:
        """Height of the largest crop of this aspect."""
        return fit_inside(self.bounds.w, self.bounds.h, self.aspect)[1]

    def inside(self, x: float, y: float, height: float) -> Aim:
        """The aim at ``(x, y)``, moved so that a crop of this height around it lies inside the bounds."""
        b, half = self.bounds, min(height * self.aspect, self.bounds.w) / 2
        above, below = height * self.headroom, height * (1 - self.headroom)
        return Aim(min(max(x, b.x + half), b.right - half), min(max(y, b.y + above), b.bottom - below), height)

    def crop(self, aim: Aim) -> Crop:
        """The crop around an aim of :meth:`inside`, or an average of such; the limits take care of rounding only."""
        w, h = aim.size * self.aspect, aim.size
        x, y, b = aim.x - w / 2, aim.y - self.headroom * h, self.bounds
        return Box(max(min(x, b.right - w), b.x), max(min(y, b.bottom - h), b.y), w, h)
