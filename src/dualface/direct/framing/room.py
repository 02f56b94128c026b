"""The room that a virtual camera has: a source of a certain size, and a tile of a certain shape."""

from __future__ import annotations

from dataclasses import dataclass

from dualface.direct.framing.aim import Aim
from dualface.geometry import fit_inside
from dualface.types import Box, Crop


@dataclass(frozen=True, slots=True)
class Room:
    """The source's ``width`` and ``height`` in pixels, the tile's ``aspect`` (width over height), and ``headroom``, the height
    of the eyes below the tile's top as a share of the tile.
    """

    width: int
    height: int
    aspect: float
    headroom: float

    @property
    def largest(self) -> float:
        """Height of the largest crop of this aspect."""
        return fit_inside(self.width, self.height, self.aspect)[1]

    @property
    def whole(self) -> Crop:
        """The whole source."""
        return Box(0.0, 0.0, float(self.width), float(self.height))

    def inside(self, x: float, y: float, height: float) -> Aim:
        """The aim at ``(x, y)``, moved so that a crop of this height around it lies inside the source."""
        half, above, below = min(height * self.aspect, self.width) / 2, height * self.headroom, height * (1 - self.headroom)
        return Aim(min(max(x, half), self.width - half), min(max(y, above), self.height - below), height)

    def crop(self, aim: Aim) -> Crop:
        """The crop around an aim of :meth:`inside`, or an average of such; the limits take care of rounding only."""
        w, h = aim.size * self.aspect, aim.size
        x, y = aim.x - w / 2, aim.y - self.headroom * h
        return Box(max(min(x, self.width - w), 0.0), max(min(y, self.height - h), 0.0), w, h)
